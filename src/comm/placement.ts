import { assert } from '../assert.js';

/**
 * Which thread hosts which ranks: consecutive blocks, as even as they come, so that a rank's
 * thread is arithmetic and a block can later be a machine's.
 */
export class Placement {
  private readonly quotient: number;
  private readonly remainder: number;

  constructor(
    readonly ranks: number,
    readonly threads: number,
  ) {
    assert(threads >= 1 && threads <= ranks, `placement: threads=${threads} of ranks=${ranks}`);
    this.quotient = Math.floor(ranks / threads);
    this.remainder = ranks % threads;
  }

  /** First rank of `thread`'s block. */
  firstRank(thread: number): number {
    return thread * this.quotient + Math.min(thread, this.remainder);
  }

  /** Ranks in `thread`'s block. */
  rankCount(thread: number): number {
    return this.quotient + (thread < this.remainder ? 1 : 0);
  }

  /** The thread that hosts `rank`. */
  threadOf(rank: number): number {
    const large = this.remainder * (this.quotient + 1);
    return rank < large
      ? Math.floor(rank / (this.quotient + 1))
      : this.remainder + Math.floor((rank - large) / this.quotient);
  }

  /** The thread of each rank. */
  threadOfRanks(): Int32Array {
    const threads = new Int32Array(this.ranks);
    for (let thread = 0; thread < this.threads; thread++) {
      const first = this.firstRank(thread);
      threads.fill(thread, first, first + this.rankCount(thread));
    }
    return threads;
  }
}
