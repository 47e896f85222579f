import type { Cell, Matrix } from './matrix.js';

interface Kind {
  left: number;
  ran: number;
  ranMs: number;
}

/**
 * Estimates how long a matrix still takes. One strategy's runs may take ten times another's, so
 * each contender at each point is estimated by its own runs.
 */
export class TimeLeft {
  private readonly kinds = new Map<number, Kind>();

  constructor(
    private readonly matrix: Matrix,
    private readonly jobs: number,
  ) {
    for (const cell of matrix.cells) this.kindOf(cell).left++;
  }

  /** A run needs not be done: it was stored. */
  recalled(cell: Cell): void {
    this.kindOf(cell).left--;
  }

  /** A run is over. */
  ran(cell: Cell, ms: number): void {
    const kind = this.kindOf(cell);
    kind.left--;
    kind.ran++;
    kind.ranMs += ms;
  }

  /**
   * @param running - the runs in progress, and how far each is
   * @returns the time left in ms; `undefined` until the first run is over
   */
  ms(running: readonly { readonly cell: Cell; readonly share: number }[]): number | undefined {
    const all = [...this.kinds.values()];
    const ran = all.reduce((sum, kind) => sum + kind.ran, 0);
    if (ran === 0) return undefined;
    const meanMs = all.reduce((sum, kind) => sum + kind.ranMs, 0) / ran;
    const oneMs = (kind: Kind): number => (kind.ran === 0 ? meanMs : kind.ranMs / kind.ran);
    const leftMs = all.reduce((sum, kind) => sum + kind.left * oneMs(kind), 0);
    const begunMs = running.reduce(
      (sum, { cell, share }) => sum + share * oneMs(this.kindOf(cell)),
      0,
    );
    const left = all.reduce((sum, kind) => sum + kind.left, 0);
    return Math.max(0, leftMs - begunMs) / Math.max(1, Math.min(this.jobs, left));
  }

  private kindOf({ contender, point }: Cell): Kind {
    const key = contender * this.matrix.points.length + point;
    const known = this.kinds.get(key);
    if (known !== undefined) return known;
    const kind = { left: 0, ran: 0, ranMs: 0 };
    this.kinds.set(key, kind);
    return kind;
  }
}
