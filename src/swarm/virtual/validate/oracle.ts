/** Plays a schedule through the simulated links, with peers that know from the start what to do. */
import { assert } from '../../../assert.js';
import { type VirtualKernel, WindowState, instantiateKernel } from '../../../roles/kernel.js';
import { HEAP_END } from '../../../shm/control-layout.js';
import { WORD_BYTES } from '../../../shm/layout.js';
import { address, openNetwork } from '../network.js';
import { boundOf } from '../optimum.js';
import { ranksOf } from '../placement.js';
import type { VirtualPlan } from '../plan.js';
import { IDLE_HOST } from './idle-host.js';
import { type Transfer, faultOf } from './schedule.js';
import { planOnOneThread } from './simulate.js';

/** Parts and links whose times are whole nanoseconds: 1 ms a part. */
const PART_BYTES = 1000;
const BYTES_PER_SECOND = 1_000_000;
const ROUND_NS = 1_000_000;

const SERVER = 1;
const EVENTS_AT_ONCE = 1_000_000;

/** Whether a peer's downlink takes in as much as its uplink lets go, or has no limit. */
export type Downlink = 'equal' | 'unlimited';

/** How long a schedule took. */
export interface Played {
  /** Until the last peer had its last part; NaN where one never had. */
  readonly rounds: number;
  /** That over the bound for the very run, as every result tells it. */
  readonly gap: number;
}

/**
 * Plays a schedule without latency, between links of equal uplinks.
 *
 * @throws AssertionError where the schedule is not one
 */
export function playSchedule(
  transfers: readonly Transfer[],
  peers: number,
  parts: number,
  downlink: Downlink,
): Played {
  const fault = faultOf(transfers, peers, parts);
  assert(fault === undefined, `a schedule ${fault}`);
  const plan = planOnOneThread({
    protocol: 'bep3',
    ranks: SERVER + peers + 1,
    segments: parts,
    segmentBytes: PART_BYTES,
    blockBytes: PART_BYTES,
    latencyMs: [[0]],
    up: BYTES_PER_SECOND,
    down: downlink === 'equal' ? BYTES_PER_SECOND : 0,
  });
  const kernel = openKernel(plan);
  openPeers(kernel, plan, transfers);
  let state: number = WindowState.Opened;
  while (state === WindowState.Opened) state = kernel.advance(EVENTS_AT_ONCE);
  const isOver = state === WindowState.AllFinished;
  const bound = boundOf(plan.config, plan.population);
  let lastNs = isOver ? 0 : NaN;
  for (let peer = 1; peer <= peers; peer++) {
    lastNs = Math.max(lastNs, kernel.oracleFinishedNs(SERVER + peer));
  }
  return { rounds: lastNs / ROUND_NS, gap: lastNs / 1e9 / (bound?.seconds ?? NaN) };
}

function openKernel(plan: VirtualPlan): VirtualKernel {
  const kernel = instantiateKernel(plan.kernel, plan.memory, IDLE_HOST);
  kernel.openHeap(address(plan.layout.control + HEAP_END));
  openNetwork(kernel, plan, 0, ranksOf(plan, 0));
  return kernel;
}

/** Gives each rank its transfers; node n of the schedule is rank n + 1, behind the tracker. */
function openPeers(
  kernel: VirtualKernel,
  { config, memory }: VirtualPlan,
  transfers: readonly Transfer[],
): void {
  kernel.openOracle(config.ranks, config.segments, config.segmentBytes, ROUND_NS);
  const lists = Array.from({ length: config.ranks }, (): number[] => []);
  for (const { round, from, to, part } of transfers) {
    lists[SERVER + from].push(round, SERVER + to, part);
  }
  for (let rank = SERVER; rank < config.ranks; rank++) {
    const list = lists[rank];
    const place = kernel.allocate(Math.max(1, list.length) * WORD_BYTES);
    new Int32Array(memory.buffer, place, list.length).set(list);
    kernel.openOraclePeer(rank, rank === SERVER ? 1 : 0, place, list.length / 3);
  }
}
