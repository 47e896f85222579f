/** Which thread hosts which ranks in virtual time. */
import { type RankBlock, blockIndexOf, isIn } from '../../comm/placement.js';
import { WORD_BYTES } from '../../shm/layout.js';
import type { VirtualRunConfig } from '../config.js';
import type { VirtualPlan } from './plan.js';

/** Ranks dealt out together, at most: their counts on the board lie in one cache line. */
const MOST_TOGETHER = 64 / WORD_BYTES;

/** Times that each thread is dealt ranks, at least, while there are enough. */
const FEWEST_DEALS = 4;

/**
 * The thread of a process that hosts `rank`, one of the ranks of that process.
 *
 * Clients of `ack` are dealt out a few at a time: who leads among equals goes by rank, so at any
 * moment ranks that are neighbours do much or nothing, and threads with one block each would wait
 * for each other by turns. Peers of `bep3` stay in blocks, side by side in memory.
 *
 * @param hosted - the ranks of the process
 */
export function threadOf(
  { protocol }: Pick<VirtualRunConfig, 'protocol'>,
  hosted: RankBlock,
  threads: number,
  rank: number,
): number {
  if (protocol === 'bep3') return blockIndexOf(hosted, threads, rank);
  const most = Math.floor(hosted.count / (threads * FEWEST_DEALS));
  const together = Math.max(1, Math.min(MOST_TOGETHER, most));
  return Math.floor((rank - hosted.first) / together) % threads;
}

/** The thread of every rank; for one of another process the bridge, which comes after all threads. */
export function threadOfRanks(config: VirtualRunConfig, hosted: RankBlock): Int32Array {
  const { ranks, threads } = config;
  return Int32Array.from({ length: ranks }, (_, rank) =>
    isIn(hosted, rank) ? threadOf(config, hosted, threads, rank) : threads,
  );
}

/** The ranks of a thread, in ascending order. */
export function ranksOf({ config, layout, slab }: VirtualPlan, thread: number): number[] {
  const placement = new Int32Array(slab, layout.threadOfRanks * WORD_BYTES, config.ranks);
  const ranks: number[] = [];
  placement.forEach((host, rank) => {
    if (host === thread) ranks.push(rank);
  });
  return ranks;
}
