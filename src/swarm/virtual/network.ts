/** Sets a thread's part of the simulated network up: its windows of time and its ranks' links. */
import { haveCores } from '../../comm/placement.js';
import type { VirtualKernel } from '../../roles/kernel.js';
import { DIGEST_BYTES } from '../../roles/wire.js';
import { ABORT } from '../../shm/control-layout.js';
import { WORD_BYTES } from '../../shm/layout.js';
import type { VirtualRunConfig } from '../config.js';
import { hasFault } from '../faults.js';
import { MOST_NEIGHBOURS, smallestLatencyMs } from './options.js';
import { type VirtualPlan, nsPerByte } from './plan.js';
import { type Population, slowestOf } from './population.js';

const NS_PER_MS = 1e6;
const NS_PER_SECOND = 1e9;

/** How long no block may leave besides what messages and blocks take. */
const STILL_SECONDS = 10;

/** Messages, one after the other, from a client's registration to its first segment: at most. */
const MESSAGES_BEFORE_BLOCK = 16;

/** Byte address of a word of the slab. */
export function address(wordOffset: number): number {
  return wordOffset * WORD_BYTES;
}

/** Opens what the ranks of `ack` share: the board and the tracker's logs. */
export function openShared(kernel: VirtualKernel, { config, layout, workload }: VirtualPlan): void {
  const { board } = layout;
  kernel.openBoard(
    address(board.uploads),
    address(board.downloads),
    address(board.finished),
    address(board.available),
    address(board.holdings),
    board.bitWords,
  );
  const logWords = workload.files.length * config.ranks;
  kernel.openFiles(config.ranks, address(layout.files), address(layout.holderLog), logWords);
}

/** Threads that meet at the end of a window: those with ranks, and the bridge if there is one. */
function endsOf({ config, seat }: VirtualPlan): number {
  return config.threads + (seat === undefined ? 0 : 1);
}

/** Opens the windows that all threads go through together; the last one may be the bridge. */
export function openWindows(kernel: VirtualKernel, plan: VirtualPlan, thread: number): void {
  const { config, population, layout, seat } = plan;
  const ends = endsOf(plan);
  kernel.openWindows(
    thread,
    ends,
    address(layout.windows),
    address(layout.threadOfRanks),
    smallestLatencyMs(config) * NS_PER_MS,
    config.until * NS_PER_SECOND,
    config.ranks - 1,
    address(layout.control + ABORT),
    haveCores(ends) ? 1 : 0,
  );
  if (seat !== undefined) kernel.openWindowBridge(config.threads);
  if (config.until === 0) kernel.openStall(lastChangeNs(population), quietNs(config, population));
}

/** Opens the network of a plan for the ranks of one thread; before any rank is opened. */
export function openNetwork(
  kernel: VirtualKernel,
  plan: VirtualPlan,
  thread: number,
  ranks: readonly number[],
): void {
  const { config, population, layout } = plan;
  openWindows(kernel, plan, thread);
  kernel.openLinks(
    thread,
    endsOf(plan),
    address(layout.links),
    address(layout.zoneOfRanks),
    config.latencyMs.length,
    address(layout.latencies),
    address(layout.downlinks),
    config.jitterMs * NS_PER_MS,
    config.blockBytes,
  );
  for (const rank of ranks) {
    kernel.openLink(rank, nsPerByte(population.up[rank]), config.seed);
  }
}

/** When the last client joins or gives up. */
function lastChangeNs({ joinsAtNs, patienceNs }: Population): number {
  return joinsAtNs.reduce(
    (last, at, rank) => Math.max(last, at + Math.max(0, patienceNs[rank])),
    0,
  );
}

/**
 * How long no block may leave in a swarm that can still go on. Without faults, and in any of the
 * protocol `bep3`: until every neighbour of a peer has had its optimistic unchoke twice, and the
 * slowest link let a block go.
 */
function quietNs(config: VirtualRunConfig, population: Population): number {
  // Clients that lack what nobody has look for it again and again, which is not worth simulating.
  if (config.protocol === 'ack' && config.faults.length > 0) return 2 * stillNs(config, population);
  const roundsNs = config.optimisticRounds * config.rechokeMs * NS_PER_MS;
  const blockNs = (config.blockBytes / slowestOf(population.up)) * NS_PER_SECOND;
  return 2 * MOST_NEIGHBOURS * roundsNs + blockNs + silenceNs(config);
}

/**
 * How long, in ns, no block may leave any uplink in a swarm with faults that comes forward
 * nevertheless: as long as the messages before a first block take, a block on the slowest uplink,
 * and all that a client has asked for on the slowest downlink, and as a rank may be silent.
 */
export function stillNs(config: VirtualRunConfig, { up, down }: Population): number {
  const messagesNs =
    MESSAGES_BEFORE_BLOCK * (Math.max(...config.latencyMs.flat()) + config.jitterMs) * NS_PER_MS;
  const segments = config.files * config.segments;
  const upBytes = segments * DIGEST_BYTES + config.blockBytes;
  const downBytes = segments * DIGEST_BYTES + config.window * config.segmentBytes;
  const seconds = STILL_SECONDS + upBytes / slowestOf(up) + downBytes / slowestOf(down);
  return seconds * NS_PER_SECOND + messagesNs + silenceNs(config);
}

/** How long, in ns, a rank may be silent that is to hang. */
function silenceNs(config: VirtualRunConfig): number {
  return hasFault(config, 'hang') ? config.peerTimeoutMs * NS_PER_MS : 0;
}
