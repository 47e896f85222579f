import { hash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { SYSTEM_PAGE_BYTES } from '../src/shm/content-store.js';
import type { HashJob, HashReport } from './hash-cores.js';
import { waitUntilAtLeast } from './peers/shared-wait.js';

/** Calls that load the hash function and compile the loop, where the best rate is asked for. */
const WARM_UPS = 64;

const job = workerData as HashJob;
const { pool, segmentBytes, thread, threads, control, durationMs = Infinity } = job;
const { segments: most = Infinity } = job;
const segments = Math.floor(pool.byteLength / segmentBytes);

/** As a receiver does, who has found that a look at each page beforehand makes it faster. */
function hashSegment(index: number): void {
  const start = ((thread + index * threads) % segments) * segmentBytes;
  const bytes = new Uint8Array(pool, start, segmentBytes);
  for (let offset = 0; offset < segmentBytes; offset += SYSTEM_PAGE_BYTES)
    Atomics.load(bytes, offset);
  hash('sha1', bytes);
}

if (most === Infinity) for (let index = 0; index < WARM_UPS; index++) hashSegment(index);
const words = new Int32Array(control);
Atomics.add(words, 0, 1);
Atomics.notify(words, 0);
waitUntilAtLeast(words, 0, threads);

const start = process.hrtime.bigint();
const limit = Number(start) + durationMs * 1e6;
let hashed = 0;
let end = start;
while (hashed < most && Number(end) < limit) {
  hashSegment(hashed);
  hashed++;
  end = process.hrtime.bigint();
}
const report: HashReport = { hashed, start, end };
parentPort?.postMessage(report);
