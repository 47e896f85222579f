/**
 * What it takes to wake a parked thread, by the method of `peers/atomics.ts` with the parts that
 * ranks use in place of bare words:
 *
 *      waker thread                                        sleeper thread
 *      rest 200 us                                         park(): announce, look, sleep
 *      publish  --->  [ ring, 64 slots ]  ---------------------->  look at the ring
 *      stamp, wake()  --->  ( sleeper's state word )  --->  returns; stamp
 *                     <---  ( answer word )           <---  consume, answer
 */
import { ringWords } from '../src/ringbuf/ring-layout.js';
import { ControlLayout, MISSED_WAKES } from '../src/shm/control-layout.js';
import { Carver, WORD_BYTES } from '../src/shm/layout.js';
import { quantile } from './peers/peer.js';
import { runWorkers } from './peers/workers.js';

/** What a `wake-up-worker` does. */
export interface WakeUpJob {
  readonly role: 'waker' | 'sleeper';
  readonly slab: SharedArrayBuffer;
  /** Word offset of the sleeper's ring. */
  readonly ring: number;
  readonly capacity: number;
  /** Word offsets of the control blocks of the calling thread and of the other one. */
  readonly self: number;
  readonly other: number;
  /** Words of their own: where both meet, the sleeper's answer, and one that nobody writes. */
  readonly meeting: number;
  readonly answer: number;
  readonly rest: number;
  readonly count: number;
  /** How long the waker rests before each wake-up, so that the sleeper is asleep by then. */
  readonly restMs: number;
}

/** What a `wake-up-worker` reports. */
export interface WakeUpReport {
  /** `process.hrtime.bigint()`, one clock for all threads. */
  readonly stamps: bigint[];
  /** For each wake-up (waker only), whether it found the other thread parked. */
  readonly woken: boolean[];
}

/** What a number of wake-ups have shown. */
export interface WakeUps {
  /** The median time from just before `wake()` to the sleeper's return, in ns. */
  readonly medianNs: number;
  /** Sleeps that only the time limit ended. */
  readonly missed: number;
}

const CAPACITY = 64;
const REST_MS = 0.2;
const TIME_LIMIT_MS = 30_000;

/**
 * Wakes a parked thread again and again.
 *
 * @param count - wake-ups
 * @throws Error when a message was lost, or hardly any wake-up found the other thread parked
 */
export async function parkedWakeUps(count: number): Promise<WakeUps> {
  const carver = new Carver();
  const control = ControlLayout.carve(carver, 2);
  const ring = carver.reserve(ringWords(CAPACITY));
  const [meeting, answer, rest] = [carver.reserve(1), carver.reserve(1), carver.reserve(1)];
  const slab = new SharedArrayBuffer(carver.totalWords * WORD_BYTES);
  const [wakerBlock, sleeperBlock] = [control.threadOffset(0), control.threadOffset(1)];
  const common = { slab, ring, capacity: CAPACITY, meeting, answer, rest, count, restMs: REST_MS };
  const jobs: WakeUpJob[] = [
    { ...common, role: 'waker', self: wakerBlock, other: sleeperBlock },
    { ...common, role: 'sleeper', self: sleeperBlock, other: wakerBlock },
  ];
  const [waker, sleeper] = await runWorkers<WakeUpReport>(
    '../wake-up-worker.js',
    jobs.map((data) => ({ data })),
    TIME_LIMIT_MS,
  );
  const latencies = sleeper.stamps
    .map((returned, index) => Number(returned - waker.stamps[index]))
    .filter((_, index) => waker.woken[index]);
  if (latencies.length < count / 2) {
    throw new Error(`parkedWakeUps: parked=${latencies.length} of count=${count}`);
  }
  const words = new Int32Array(slab);
  return {
    medianNs: quantile(latencies, 0.5),
    missed: words[wakerBlock + MISSED_WAKES] + words[sleeperBlock + MISSED_WAKES],
  };
}
