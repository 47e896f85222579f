import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SMALL_MESSAGE_BYTES, median, packageRoot, ratesPerSecond, reasonOf } from './peer.js';
import type { PeerResult } from './peer.js';
import { runWorkers } from './workers.js';

/** What this peer uses of a `RingBuffer` of ringbuf.js. */
export interface RingBuffer {
  push(elements: Int32Array, length?: number, offset?: number): number;
  pop(elements: Int32Array, length?: number, offset?: number): number;
}

/** The constructor of {@link RingBuffer}, with its static part. */
export interface RingBufferClass {
  new (storage: SharedArrayBuffer, type: Int32ArrayConstructor): RingBuffer;
  getStorageForCapacity(capacity: number, type: Int32ArrayConstructor): SharedArrayBuffer;
}

/** What a `ringbuf-js-worker` does. */
export interface RingbufJob {
  role: 'producer' | 'consumer';
  storage: SharedArrayBuffer;
  /** One word, where both meet before each repetition. */
  control: SharedArrayBuffer;
  messages: number;
  /** Messages that the producer hands to one `push`. */
  batch: number;
  repetitions: number;
}

/** What a `ringbuf-js-worker` reports. */
export interface RingbufReport {
  /** `process.hrtime.bigint()` at the start (producer) or end (consumer) of each repetition. */
  stamps: bigint[];
  /** For each repetition, the sum (modulo 2^32) of all words of all its messages. */
  sums: number[];
}

/** Elements of one message in a ring of Int32. */
export const WORDS_PER_MESSAGE = SMALL_MESSAGE_BYTES / Int32Array.BYTES_PER_ELEMENT;

const PACKAGE = 'ringbuf.js';
const CAPACITY_MESSAGES = 4096;
const BATCH = 64;
const TIME_LIMIT_MS = 30_000;
/** The first one warms up, and is not counted. */
const REPETITIONS = 6;

/**
 * Loads ringbuf.js, whether it comes as an ES module or as CommonJS. It is a development
 * dependency, so an installed bt-shm may lack it; hence no static import, and types of our own.
 *
 * @returns its `RingBuffer` class
 * @throws Error when it is not installed or does not export the class
 */
export async function loadRingBuffer(): Promise<RingBufferClass> {
  interface Exports {
    RingBuffer?: RingBufferClass;
    default?: Exports;
  }
  const specifier: string = PACKAGE;
  const loaded = (await import(specifier)) as Exports;
  const found = loaded.RingBuffer ?? loaded.default?.RingBuffer;
  if (found === undefined) {
    throw new Error(`${PACKAGE}: expected an export RingBuffer`);
  }
  return found;
}

/**
 * One-way rate of 16-byte messages through a single-producer single-consumer ring of ringbuf.js
 * between two worker threads, both spinning: one `push` a message, and one `push` for 64. In both
 * the consumer takes what is there, up to 64 messages a `pop`, and adds up every word.
 *
 * @param messages - messages in a repetition, a multiple of 64
 * @returns both results, with `skipped` when the package can't be loaded
 * @throws RangeError for another number of messages; Error when a message was lost or changed
 */
export async function ringbufJsPeers(messages = 256_000): Promise<PeerResult[]> {
  if (messages <= 0 || messages % BATCH !== 0) {
    throw new RangeError(`ringbufJsPeers: messages=${messages}: expected a multiple of ${BATCH}`);
  }
  const cases = [
    { label: 'one by one', batch: 1 },
    { label: `in batches of ${BATCH}`, batch: BATCH },
  ].map(({ label, batch }) => ({
    name: `${PACKAGE}, one way, ${SMALL_MESSAGE_BYTES} B, ${label}`,
    unit: 'msg/s' as const,
    batch,
  }));
  let ring: RingBufferClass;
  try {
    ring = await loadRingBuffer();
  } catch (error) {
    return cases.map(({ name, unit }) => ({ name, unit, skipped: reasonOf(error) }));
  }
  const version = installedVersion();
  const results: PeerResult[] = [];
  for (const { name, unit, batch } of cases) {
    results.push({ name, version, unit, value: median(await rates(ring, messages, batch)) });
  }
  return results;
}

async function rates(ring: RingBufferClass, messages: number, batch: number): Promise<number[]> {
  const storage = ring.getStorageForCapacity(CAPACITY_MESSAGES * WORDS_PER_MESSAGE, Int32Array);
  const control = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const job = (role: RingbufJob['role']): { data: RingbufJob } => ({
    data: { role, storage, control, messages, batch, repetitions: REPETITIONS },
  });
  const [produced, consumed] = await runWorkers<RingbufReport>(
    'ringbuf-js-worker.js',
    [job('producer'), job('consumer')],
    TIME_LIMIT_MS,
  );
  const sent = produced.sums.join();
  const received = consumed.sums.join();
  if (sent !== received) {
    throw new Error(`${PACKAGE}: sent sums=${sent}, received sums=${received}`);
  }
  return ratesPerSecond(messages, produced.stamps, consumed.stamps).slice(1);
}

function installedVersion(): string {
  // The package exports no package.json, so it is read as a file.
  const root = packageRoot(path.dirname(require.resolve(PACKAGE)));
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
