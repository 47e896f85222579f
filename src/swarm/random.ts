/**
 * A seeded generator for what is drawn before a run: who joins when, who is of which class. The
 * ranks' own choices come from streams of their own; see `shm/assembly/random.ts`.
 *
 * Source: the mulberry32 generator (Tommy Ettinger, 2017).
 */
export class SeededRandom {
  private state: number;

  /**
   * @param seed - the run's seed
   * @param purpose - tells the streams of one seed apart
   */
  constructor(seed: number, purpose: string) {
    let hash = 0x811c9dc5;
    for (const letter of purpose) {
      hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
    }
    this.state = (Math.imul(seed, 0x9e3779b1) ^ hash) | 0;
  }

  /** A number from 0, below 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0, below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** A time from an exponential distribution. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle(items: Int32Array | number[]): void {
    for (let index = items.length - 1; index > 0; index--) {
      const other = this.below(index + 1);
      const item = items[index];
      items[index] = items[other];
      items[other] = item;
    }
  }
}
