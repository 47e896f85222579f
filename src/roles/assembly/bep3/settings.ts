/** What all peers of a thread share: the settings of a run of the protocol `bep3`. */

import { openIdentity } from '../swarm';

export { ranks, seed } from '../swarm';

/** Connections that a peer may have at most. */
export const MOST_CONNECTIONS: i32 = 127;

export let segments: i32 = 0;
/** Words of a bitfield: four a 128-bit step. */
export let rowWords: i32 = 0;
export let blocks: i32 = 1;
export let blockBytes: i32 = 0;
export let lastBlockBytes: i32 = 0;
export let handout: i32 = 0;
/** Requests that a peer has at most with another. */
export let pipeline: i32 = 0;
/** Peers unchoked at a time, the optimistic one included. */
export let slots: i32 = 0;
export let rechokeNs: i64 = 0;
/** Rounds of choking between two optimistic unchokes. */
export let optimisticRounds: i32 = 0;
/** The rule of those who have everything: see `chokers/index.ts`. */
export let seedChoker: i32 = 0;
/** Segments that a peer picks at random before it goes by rarity. */
export let randomFirst: i32 = 0;
/** Whether the last segments are asked of several at once. */
export let hasEndgame: bool = false;

export function openSwarm(
  rankCount: i32,
  runSeed: i32,
  segmentCount: i32,
  segmentBytes: i32,
  blockSize: i32,
): void {
  openIdentity(rankCount, runSeed);
  segments = segmentCount;
  rowWords = ((segmentCount + 127) >>> 7) << 2;
  blockBytes = min(blockSize, segmentBytes);
  blocks = max(1, (segmentBytes + blockSize - 1) / blockSize);
  lastBlockBytes = segmentBytes - (blocks - 1) * blockBytes;
}

export function openChoking(
  handoutLimit: i32,
  requests: i32,
  uploadSlots: i32,
  rechokeMs: i32,
  roundsPerOptimistic: i32,
  seedRule: i32,
): void {
  handout = handoutLimit;
  pipeline = requests;
  slots = uploadSlots;
  rechokeNs = <i64>rechokeMs * 1_000_000;
  optimisticRounds = roundsPerOptimistic;
  seedChoker = seedRule;
}

export function openPicking(randomSegments: i32, endgame: bool): void {
  randomFirst = randomSegments;
  hasEndgame = endgame;
}
