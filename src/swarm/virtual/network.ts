/** Sets a thread's part of the simulated network up: its windows of time and its ranks' links. */
import { availableParallelism } from 'node:os';
import { Placement } from '../../comm/placement.js';
import type { VirtualKernel } from '../../roles/kernel.js';
import { ABORT } from '../../shm/control-layout.js';
import { WORD_BYTES } from '../../shm/layout.js';
import { smallestLatencyMs } from './options.js';
import { type VirtualPlan, nsPerByte } from './plan.js';

const NS_PER_MS = 1e6;
const NS_PER_SECOND = 1e9;

/** Byte address of a word of the slab. */
export function address(wordOffset: number): number {
  return wordOffset * WORD_BYTES;
}

/** Opens the network of a plan for the ranks of one thread; before any rank is opened. */
export function openNetwork(kernel: VirtualKernel, plan: VirtualPlan, thread: number): void {
  const { config, population, layout } = plan;
  const { threads, ranks } = config;
  const placement = new Placement(ranks, threads);
  const firstRank = placement.firstRank(thread);
  const rankCount = placement.rankCount(thread);
  kernel.openWindows(
    thread,
    threads,
    address(layout.windows),
    address(layout.threadOfRanks),
    smallestLatencyMs(config) * NS_PER_MS,
    config.until * NS_PER_SECOND,
    ranks - 1,
    address(layout.control + ABORT),
    threads <= availableParallelism() ? 1 : 0,
  );
  kernel.openLinks(
    thread,
    threads,
    firstRank,
    rankCount,
    address(layout.zoneOfRanks),
    config.latencyMs.length,
    address(layout.latencies),
    address(layout.downlinks),
    config.jitterMs * NS_PER_MS,
    config.blockBytes,
  );
  for (let rank = firstRank; rank < firstRank + rankCount; rank++) {
    kernel.openLink(rank, nsPerByte(population.up[rank]), config.seed);
  }
}
