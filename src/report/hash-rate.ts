import type { HashName } from '../swarm/config.js';
import { hashReceived } from '../swarm/payload.js';

/**
 * Memory that is hashed in turn: more than the second-level cache holds, because in a swarm a
 * segment comes from memory, too.
 */
const POOL_BYTES = 16 * 2 ** 20;

/** How fast one core hashes. */
export interface HashRate {
  readonly bytesPerSecond: number;
  readonly segmentsPerSecond: number;
}

/**
 * Measures how fast the calling thread hashes segments, the way that a receiver does. Keeps the
 * thread busy for about `durationMs`.
 *
 * @param name - the hash function
 * @param segmentBytes - the length of a segment, from 1
 * @param durationMs - how long to measure
 */
export function measureHashRate(name: HashName, segmentBytes: number, durationMs = 50): HashRate {
  // Longer segments are hashed at the same speed, but a single one may take seconds.
  const bytes = Math.min(segmentBytes, POOL_BYTES / 4);
  // Untouched pages would all be one page of zeros, which never leaves the cache.
  const pool = new Uint8Array(new SharedArrayBuffer(POOL_BYTES)).fill(1);
  const pieces = Math.floor(POOL_BYTES / bytes);
  const views = Array.from({ length: Math.min(pieces, 1024) }, (_, piece) =>
    pool.subarray(piece * bytes, (piece + 1) * bytes),
  );
  // The first calls load the hash function and compile the loop.
  for (const view of views.slice(0, 16)) hashReceived(name, view);
  const durationNs = BigInt(Math.round(durationMs * 1e6));
  const start = process.hrtime.bigint();
  let hashed = 0;
  let elapsed: bigint;
  do {
    hashReceived(name, views[hashed % views.length]);
    hashed += 1;
    elapsed = process.hrtime.bigint() - start;
  } while (elapsed < durationNs);
  const bytesPerSecond = (hashed * bytes) / (Number(elapsed) / 1e9);
  return { bytesPerSecond, segmentsPerSecond: bytesPerSecond / segmentBytes };
}
