/**
 * What all cores together hash, which no swarm that verifies every segment can exceed:
 *
 *      thread 1 .. thread N (one a core)
 *          |          |           each hashes every N-th segment of 16 KiB, round and round,
 *          v          v           for the same span of time
 *      [ shared memory, 16 MiB ]
 */
import { availableParallelism } from 'node:os';
import { runWorkers } from './peers/workers.js';

/** What a `hash-worker` does. */
export interface HashJob {
  /** The segments, all threads'. */
  readonly pool: SharedArrayBuffer;
  readonly segmentBytes: number;
  readonly thread: number;
  readonly threads: number;
  /** One word, where all meet before they begin. */
  readonly control: SharedArrayBuffer;
  readonly durationMs: number;
}

/** What a `hash-worker` reports. */
export interface HashReport {
  readonly hashed: number;
  /** `process.hrtime.bigint()` */
  readonly start: bigint;
  readonly end: bigint;
}

/** More than the second-level cache holds: in a swarm a segment comes from memory, too. */
const POOL_BYTES = 16 * 2 ** 20;
const TIME_LIMIT_MS = 30_000;

/**
 * Hashes with SHA-1 on as many threads as there are cores.
 *
 * @param segmentBytes - bytes of a segment
 * @param durationMs - how long to measure
 * @returns bytes/s of all threads together
 */
export async function hashRateOfAllCores(
  segmentBytes: number,
  durationMs: number,
): Promise<number> {
  const pool = new SharedArrayBuffer(POOL_BYTES);
  // Untouched pages would all be one page of zeros, which never leaves the cache.
  new Uint8Array(pool).fill(1);
  const control = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const threads = availableParallelism();
  const jobs = Array.from({ length: threads }, (_, thread) => {
    const data: HashJob = { pool, segmentBytes, thread, threads, control, durationMs };
    return { data };
  });
  const reports = await runWorkers<HashReport>('../hash-worker.js', jobs, TIME_LIMIT_MS);
  return reports.reduce(
    (sum, { hashed, start, end }) => sum + (hashed * segmentBytes * 1e9) / Number(end - start),
    0,
  );
}
