/**
 * What threads hash that do nothing else, which no swarm that verifies every segment can exceed:
 *
 *      thread 1 .. thread N
 *          |          |           each hashes every N-th segment of 16 KiB, round and round
 *          v          v
 *      [ shared memory, 16 MiB ]
 *
 * With one a core, for the same span of time: what the cores can. With one a rank, as many segments
 * as a client accepts: what is left of that when each thread warms its own code up, and all share
 * the cores.
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
  /** What ends the measurement: a span of time, or a number of segments. */
  readonly durationMs?: number;
  readonly segments?: number;
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
  const reports = await hashOn(availableParallelism(), { segmentBytes, durationMs });
  return reports.reduce(
    (sum, { hashed, start, end }) => sum + (hashed * segmentBytes * 1e9) / Number(end - start),
    0,
  );
}

/**
 * Hashes with SHA-1 on `threads` threads, however many cores there are.
 *
 * @param threads - number of threads
 * @param segmentBytes - bytes of a segment
 * @param segments - segments that each hashes
 * @returns bytes/s of all threads together, from the first one's start to the last one's end
 */
export async function hashRateOfThreads(
  threads: number,
  segmentBytes: number,
  segments: number,
): Promise<number> {
  const reports = await hashOn(threads, { segmentBytes, segments });
  const ns = (values: bigint[], pick: (a: bigint, b: bigint) => boolean): bigint =>
    values.reduce((best, value) => (pick(value, best) ? value : best));
  const start = ns(
    reports.map((report) => report.start),
    (a, b) => a < b,
  );
  const end = ns(
    reports.map((report) => report.end),
    (a, b) => a > b,
  );
  return (threads * segments * segmentBytes * 1e9) / Number(end - start);
}

function hashOn(
  threads: number,
  work: Pick<HashJob, 'segmentBytes' | 'durationMs' | 'segments'>,
): Promise<HashReport[]> {
  const pool = new SharedArrayBuffer(POOL_BYTES);
  // Untouched pages would all be one page of zeros, which never leaves the cache.
  new Uint8Array(pool).fill(1);
  const control = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const jobs = Array.from({ length: threads }, (_, thread) => {
    const data: HashJob = { ...work, pool, thread, threads, control };
    return { data };
  });
  return runWorkers<HashReport>('../hash-worker.js', jobs, TIME_LIMIT_MS);
}
