/**
 * What it takes to wake a thread that is parked as programs on `launch` are (ranks of a swarm follow
 * the same protocol in the kernel), and one that waits at a bare word. The same two threads do both
 * in turn: whether they share a core, which the system decides, makes a wake-up ten times as long or
 * as short, and both then see the same.
 *
 *      waker thread                                        sleeper thread
 *      rest 200 us                                         park(): announce, look, sleep
 *      publish  --->  [ ring, 64 slots ]  ---------------------->  look at the ring
 *      stamp, wake()  --->  ( sleeper's state word )  --->  returns; stamp
 *                     <---  ( answer word )           <---  consume, answer
 *      rest 200 us                                         Atomics.wait()
 *      stamp, Atomics.notify()  --->  ( bare word )   --->  returns; stamp
 *                     <---  ( answer word )           <---  answer
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
  /** Words of their own: where both meet, the bare one, the sleeper's answer, one nobody writes. */
  readonly meeting: number;
  readonly bare: number;
  readonly answer: number;
  readonly rest: number;
  /** Wake-ups of either kind, a parked one first. */
  readonly count: number;
  /** How long the waker rests before each wake-up, so that the sleeper is asleep by then. */
  readonly restMs: number;
}

/** What a `wake-up-worker` reports. */
export interface WakeUpReport {
  /** `process.hrtime.bigint()`, one clock for all threads; parked and bare in turn. */
  readonly stamps: bigint[];
  /** For each wake-up (waker only), whether it found the other thread asleep. */
  readonly woken: boolean[];
}

/** What a number of wake-ups have shown. */
export interface WakeUps {
  /** The median time from just before `wake()` to the sleeper's return, in ns. */
  readonly parkedNs: number;
  /** The same from just before `Atomics.notify` to the return from `Atomics.wait`. */
  readonly bareNs: number;
  /** Sleeps that only the time limit ended. */
  readonly missed: number;
}

const CAPACITY = 64;
const REST_MS = 0.2;
const TIME_LIMIT_MS = 30_000;

/**
 * Wakes a thread again and again.
 *
 * @param count - wake-ups of either kind
 * @throws Error when a message was lost, or hardly any wake-up found the other thread asleep
 */
export async function measureWakeUps(count: number): Promise<WakeUps> {
  const carver = new Carver();
  const control = ControlLayout.carve(carver, 2);
  const ring = carver.reserve(ringWords(CAPACITY));
  const [meeting, bare, answer, rest] = Array.from({ length: 4 }, () => carver.reserve(1));
  const slab = new SharedArrayBuffer(carver.totalWords * WORD_BYTES);
  const [waker, sleeper] = [control.threadOffset(0), control.threadOffset(1)];
  const common = { slab, ring, capacity: CAPACITY, meeting, bare, answer, rest, count };
  const jobs: WakeUpJob[] = [
    { ...common, role: 'waker', self: waker, other: sleeper, restMs: REST_MS },
    { ...common, role: 'sleeper', self: sleeper, other: waker, restMs: REST_MS },
  ];
  const [woke, slept] = await runWorkers<WakeUpReport>(
    '../wake-up-worker.js',
    jobs.map((data) => ({ data })),
    TIME_LIMIT_MS,
  );
  const medianOf = (parity: number): number => {
    const latencies = slept.stamps
      .map((returned, index) => Number(returned - woke.stamps[index]))
      .filter((_, index) => index % 2 === parity && woke.woken[index]);
    if (latencies.length < count / 2) {
      throw new Error(`measureWakeUps: asleep=${latencies.length} of count=${count}`);
    }
    return quantile(latencies, 0.5);
  };
  const words = new Int32Array(slab);
  return {
    parkedNs: medianOf(0),
    bareNs: medianOf(1),
    missed: words[waker + MISSED_WAKES] + words[sleeper + MISSED_WAKES],
  };
}
