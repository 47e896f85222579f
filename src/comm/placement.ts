import { availableParallelism } from 'node:os';
import { assert } from '../assert.js';

/** A run of consecutive ranks. */
export interface RankBlock {
  readonly first: number;
  readonly count: number;
  /** The first of them that have next to nothing to do; 0 by default. */
  readonly idle?: number;
}

/** Whether so many threads that are all at work have a core each, of `cores`. */
export function haveCores(threads: number, cores = availableParallelism()): boolean {
  return threads <= cores;
}

/** What there is to deal out: the ranks that do not count, and what each block gets of the rest. */
function shares(
  { count, idle = 0 }: RankBlock,
  blocks: number,
): { readonly uncounted: number; readonly quotient: number; readonly remainder: number } {
  // Each block is to have a rank.
  const uncounted = count - idle < blocks ? 0 : idle;
  const counted = count - uncounted;
  return { uncounted, quotient: Math.floor(counted / blocks), remainder: counted % blocks };
}

/**
 * Block `index` of the `blocks` consecutive ones that `whole` is dealt out in, as even as they come:
 * the first ones are longer by one where it does not come out even. Idle ranks are in the first
 * block and do not count.
 */
export function blockOf(whole: RankBlock, blocks: number, index: number): RankBlock {
  const { uncounted, quotient, remainder } = shares(whole, blocks);
  const count = quotient + (index < remainder ? 1 : 0);
  if (index === 0) return { first: whole.first, count: count + uncounted, idle: uncounted };
  const first = whole.first + uncounted + index * quotient + Math.min(index, remainder);
  return { first, count };
}

/** The block of {@link blockOf} that `rank`, a rank of `whole`, is in. */
export function blockIndexOf(whole: RankBlock, blocks: number, rank: number): number {
  const { uncounted, quotient, remainder } = shares(whole, blocks);
  const place = Math.max(0, rank - whole.first - uncounted);
  const large = remainder * (quotient + 1);
  return place < large
    ? Math.floor(place / (quotient + 1))
    : remainder + Math.floor((place - large) / quotient);
}

/** Whether `rank` is in a block. */
export function isIn({ first, count }: RankBlock, rank: number): boolean {
  return rank >= first && rank < first + count;
}

/**
 * Which thread of this process hosts which ranks: consecutive blocks, so that a rank's thread is
 * arithmetic. Ranks of other processes are reached through the bridge, a thread after all others.
 */
export class Placement {
  /** The ranks of this process. */
  readonly hosted: RankBlock;

  /** @param hosted - the ranks of this process; by default all */
  constructor(
    readonly ranks: number,
    readonly threads: number,
    hosted: RankBlock = { first: 0, count: ranks },
  ) {
    const { count } = hosted;
    assert(threads >= 1 && threads <= count, `placement: threads=${threads} of ranks=${count}`);
    this.hosted = hosted;
  }

  /** First rank of `thread`'s block. */
  firstRank(thread: number): number {
    return blockOf(this.hosted, this.threads, thread).first;
  }

  /** Ranks in `thread`'s block. */
  rankCount(thread: number): number {
    return blockOf(this.hosted, this.threads, thread).count;
  }

  /** Whether `rank` is a rank of this process. */
  hosts(rank: number): boolean {
    return isIn(this.hosted, rank);
  }

  /** The thread that hosts `rank`, or the bridge, which comes after all threads. */
  threadOf(rank: number): number {
    return this.hosts(rank) ? blockIndexOf(this.hosted, this.threads, rank) : this.threads;
  }

  /** What {@link threadOf} says of each rank. */
  threadOfRanks(): Int32Array {
    const threads = new Int32Array(this.ranks).fill(this.threads);
    for (let thread = 0; thread < this.threads; thread++) {
      const { first, count } = blockOf(this.hosted, this.threads, thread);
      threads.fill(thread, first, first + count);
    }
    return threads;
  }
}
