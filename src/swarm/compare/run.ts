/** Runs a matrix: as many runs at once as the machine has room for, and none that is stored. */
import { availableParallelism } from 'node:os';
import { UsageError } from '../../errors.js';
import { monotonicMs } from '../report-types.js';
import type { RunOptions } from '../config.js';
import type { RunResult } from '../result.js';
import { type RunHooks, runSwarm } from '../run.js';
import { TimeLeft } from './time-left.js';
import type { Cell, Matrix } from './matrix.js';

/** How far a comparison is. */
export interface MatrixProgress {
  readonly runs: number;
  /** Runs that are over, the stored ones included. */
  readonly runsDone: number;
  /** Of those, the ones that were stored before. */
  readonly runsRecalled: number;
  /** The part of the work that is done, 0 to 1. */
  readonly share: number;
  /** Absent until the first run is over. */
  readonly msLeft?: number;
}

/** Runs one swarm: `runSwarm`, or somebody who does it elsewhere. */
export type Runner = (options: RunOptions, hooks: RunHooks) => Promise<RunResult>;

/** Others who take over runs. */
export interface Crew {
  /** Whether all runs are theirs. */
  readonly isAlone: boolean;
  /** One for each run that goes on at once. */
  readonly places: readonly Runner[];
}

/** What becomes of the results, and who watches. */
export interface MatrixHooks<Kept> {
  /** What an earlier session has kept of a run; `undefined` where it must run. */
  readonly recall: (cell: Cell) => Kept | undefined;
  /** Called with each result as it comes; what it returns is kept in memory. */
  readonly keep: (cell: Cell, result: RunResult) => Kept;
  /** Runs at once; by default as many as the cores have room for, with the real clock one. */
  readonly jobs?: number;
  readonly crew?: Crew;
  /** Ends the comparison early; runs in progress are lost. */
  readonly signal?: AbortSignal;
  /** Called after each run and about ten times a second. */
  readonly onProgress?: (progress: MatrixProgress) => void;
}

/**
 * Runs all cells of a matrix.
 *
 * @returns what was kept of each cell, in the order of the matrix; `undefined` for those that an
 *   interrupted comparison did not come to
 * @throws what a run throws; the other runs in progress are stopped first
 */
export async function runMatrix<Kept>(
  matrix: Matrix,
  hooks: MatrixHooks<Kept>,
): Promise<(Kept | undefined)[]> {
  return new MatrixRun(matrix, hooks).run();
}

class MatrixRun<Kept> {
  private readonly kept: (Kept | undefined)[];
  private readonly stopping = new AbortController();
  private readonly jobs: number;
  /** For each run that goes on at once who runs it. */
  private readonly places: readonly Runner[];
  private readonly timeLeft: TimeLeft;
  private readonly shares = new Map<number, number>();
  private next = 0;
  private done = 0;
  private recalled = 0;

  constructor(
    private readonly matrix: Matrix,
    private readonly hooks: MatrixHooks<Kept>,
  ) {
    this.kept = matrix.cells.map(() => undefined);
    this.jobs = hooks.jobs ?? jobsFor(matrix);
    if (!Number.isInteger(this.jobs) || this.jobs < 1) {
      throw new UsageError(`--jobs: expected a whole number from 1, found ${this.jobs}`);
    }
    const { isAlone = false, places = [] } = hooks.crew ?? {};
    const own = Array.from({ length: isAlone ? 0 : this.jobs }, (): Runner => runSwarm);
    this.places = [...own, ...places];
    this.timeLeft = new TimeLeft(matrix, this.places.length);
  }

  async run(): Promise<(Kept | undefined)[]> {
    const { signal } = this.hooks;
    const stop = (): void => this.stopping.abort();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    try {
      this.recallAll();
      this.tellProgress();
      const workers = this.places.map((run) => this.work(run));
      const failed = (await Promise.allSettled(workers)).find(
        (worker): worker is PromiseRejectedResult => worker.status === 'rejected',
      );
      if (failed !== undefined) throw failed.reason;
      return this.kept;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  private recallAll(): void {
    this.matrix.cells.forEach((cell, index) => {
      this.kept[index] = this.hooks.recall(cell);
      if (this.kept[index] === undefined) return;
      this.timeLeft.recalled(cell);
      this.recalled++;
      this.done++;
    });
  }

  /** Takes one run after the other until none is left. */
  private async work(run: Runner): Promise<void> {
    const { cells } = this.matrix;
    try {
      while (!this.stopping.signal.aborted && this.next < cells.length) {
        const index = this.next++;
        if (this.kept[index] === undefined) await this.runCell(index, run);
      }
    } catch (error) {
      this.stopping.abort();
      throw error;
    }
  }

  private async runCell(index: number, run: Runner): Promise<void> {
    const cell = this.matrix.cells[index];
    const startedMs = monotonicMs();
    this.shares.set(index, 0);
    const result = await run(cell.options, {
      signal: this.stopping.signal,
      onProgress: ({ segmentsDelivered, segmentsWanted }) => {
        this.shares.set(index, segmentsWanted === 0 ? 0 : segmentsDelivered / segmentsWanted);
        this.tellProgress();
      },
    });
    this.shares.delete(index);
    // Cut short by the interruption and not by anything of its own: it has to run again.
    if (result.outcome === 'interrupted') return;
    this.kept[index] = this.hooks.keep(cell, result);
    this.timeLeft.ran(cell, monotonicMs() - startedMs);
    this.done++;
    this.tellProgress();
  }

  private tellProgress(): void {
    const { onProgress } = this.hooks;
    if (onProgress === undefined) return;
    const running = [...this.shares].map(([index, share]) => ({
      cell: this.matrix.cells[index],
      share,
    }));
    const runs = this.matrix.cells.length;
    const partly = running.reduce((sum, { share }) => sum + share, 0);
    const msLeft = this.timeLeft.ms(running);
    onProgress({
      runs,
      runsDone: this.done,
      runsRecalled: this.recalled,
      share: (this.done + partly) / runs,
      ...(msLeft !== undefined && { msLeft }),
    });
  }
}

/** Runs that go on at once: a core for each thread, and with the real clock nothing beside a run. */
function jobsFor({ configs }: Matrix): number {
  const all = configs.flat();
  if (all.some(({ clock }) => clock === 'real')) return 1;
  const threads = all.reduce((most, config) => Math.max(most, config.threads), 1);
  return Math.max(1, Math.floor(availableParallelism() / threads));
}
