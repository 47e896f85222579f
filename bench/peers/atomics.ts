import { NODE_VERSION, median, quantile } from './peer.js';
import type { PeerResult } from './peer.js';
import { runWorkers } from './workers.js';

/** What an `atomics-worker` does. */
export interface AtomicsJob {
  role: 'waker' | 'sleeper' | 'ping' | 'pong';
  control: SharedArrayBuffer;
  /** Wake-ups (waker, sleeper) or round trips in a repetition (ping, pong). */
  count: number;
  repetitions: number;
  /** How long the waker rests before each wake-up, so that the sleeper is asleep by then. */
  restMs: number;
}

/** What an `atomics-worker` reports. */
export interface AtomicsReport {
  /** `process.hrtime.bigint()`, one clock for all threads. */
  stamps: bigint[];
  /** For each wake-up (waker only), how many threads `Atomics.notify` found asleep. */
  woken: number[];
}

/** Shared words, 128 bytes apart: the two threads write different ones. */
export const AtomicsControl = { MET: 0, PING: 32, PONG: 64, REST: 96, WORDS: 128 } as const;

const TIME_LIMIT_MS = 30_000;
const REST_MS = 0.2;
/** Round trips only; the first one warms up, and is not counted. */
const REPETITIONS = 6;

/**
 * Wake-up latency of bare `Atomics.wait` and `Atomics.notify` between two worker threads, in one
 * direction: from just before `notify` to the return from `wait`, on the process-wide monotonic
 * clock. About 200 us of rest lie between two wake-ups, and one that found nobody asleep is not
 * counted.
 *
 * @param wakeUps - wake-ups measured
 * @returns the median and the 99th percentile
 * @throws Error when hardly any wake-up found the other thread asleep
 */
export async function atomicsWakeUp(wakeUps = 2_000): Promise<PeerResult[]> {
  const [waker, sleeper] = await runPair('waker', 'sleeper', wakeUps, 1);
  const latencies = sleeper.stamps
    .map((returned, i) => Number(returned - waker.stamps[i]))
    .filter((_, i) => waker.woken[i] === 1);
  if (latencies.length < wakeUps / 2) {
    throw new Error(`atomicsWakeUp: asleep=${latencies.length} of wakeUps=${wakeUps}`);
  }
  return [0.5, 0.99].map((q) => ({
    name: `Atomics.notify to return from wait, p${q * 100}`,
    version: NODE_VERSION,
    unit: 'ns',
    value: quantile(latencies, q),
  }));
}

/**
 * Full park round trip: each of two worker threads wakes the other, then sleeps until it is woken.
 *
 * @param roundTrips - round trips in a repetition
 * @returns the median repetition's mean round trip
 */
export async function atomicsRoundTrip(roundTrips = 2_000): Promise<PeerResult> {
  const [{ stamps }] = await runPair('ping', 'pong', roundTrips, REPETITIONS);
  const means = stamps.slice(1).map((stamp, i) => Number(stamp - stamps[i]) / roundTrips);
  return {
    name: 'Atomics.wait and notify, round trip',
    version: NODE_VERSION,
    unit: 'ns',
    value: median(means.slice(1)),
  };
}

/**
 * Time to start empty worker threads (CommonJS entry, `env: {}`, `execArgv: []`, all at once): what
 * any engine with a thread a rank pays before its first line runs.
 *
 * @param count - workers
 * @returns ns from the first `new Worker` until the last worker ran its first line
 */
export async function workerStartUp(count = 64): Promise<PeerResult> {
  const jobs = Array.from({ length: count }, () => ({ data: null }));
  const start = process.hrtime.bigint();
  const online = await runWorkers<bigint>('empty-worker.js', jobs, TIME_LIMIT_MS);
  const last = online.reduce((latest, stamp) => (stamp > latest ? stamp : latest));
  return {
    name: `start of ${count} empty workers`,
    version: NODE_VERSION,
    unit: 'ns',
    value: Number(last - start),
  };
}

function runPair(
  first: AtomicsJob['role'],
  second: AtomicsJob['role'],
  count: number,
  repetitions: number,
): Promise<AtomicsReport[]> {
  const control = new SharedArrayBuffer(AtomicsControl.WORDS * Int32Array.BYTES_PER_ELEMENT);
  const job = (role: AtomicsJob['role']): { data: AtomicsJob } => ({
    data: { role, control, count, repetitions, restMs: REST_MS },
  });
  return runWorkers('atomics-worker.js', [job(first), job(second)], TIME_LIMIT_MS);
}
