/**
 * The control words: what the conductor (the main thread) and the worker threads tell each other
 * outside any channel. All offsets are in words, relative to the start of the control region.
 *
 * ```
 *  words   name             writer                 reader        meaning
 *  ------  ---------------  ---------------------  ------------  -------------------------------
 *  run, each on a line of its own
 *  +0      ABORT            conductor, any thread  all threads   0, or the AbortReason; set once
 *  +32     READY_THREADS    every thread, once     conductor     threads whose endpoint is built
 *  +64     PREPARE_NEXT     every thread (add)     every thread  next chunk of content to prepare
 *  +96     PREPARE_DONE     every thread (add)     every thread  chunks prepared
 *
 *  thread t, from threadOffset(t)
 *  +0      STATE            owner; waker by CAS    wakers        RUNNING or PARKED
 *  +32     ACTIVITY         owner                  conductor     grows with every delivered segment
 *  +33     PARKS            owner                  conductor     times the thread went to sleep
 *  +34     NOTIFIES         owner                  conductor     wake-ups the thread has sent
 *  +35     MISSED_WAKES     owner                  conductor     sleeps ended by the limit with work
 *  +36     CLAIM_RING       owner                  conductor     word offset of the claimed ring + 1
 *  +37     CLAIM_POSITION   owner                  conductor     first position of that claim
 *  +38     CLAIM_COUNT      owner                  conductor     slots of that claim
 *  +39     PHASE            owner                  conductor     a ThreadPhase
 *  +40     HEARTBEAT        owner                  conductor     grows with every turn of the loop
 *  +64     SPACE_WANTED     any thread             owner         1: someone waits for room here
 *  +65     waiter bits      any thread (or)        owner         one bit a thread that waits
 * ```
 */
import { assert } from '../assert.js';
import type { Carver} from './layout.js';
import { ISOLATION_WORDS, isolated } from './layout.js';

/** Word offsets of the run's own words. */
export const ABORT = 0;
export const READY_THREADS = ABORT + ISOLATION_WORDS;
export const PREPARE_NEXT = READY_THREADS + ISOLATION_WORDS;
export const PREPARE_DONE = PREPARE_NEXT + ISOLATION_WORDS;
const RUN_WORDS = PREPARE_DONE + ISOLATION_WORDS;

/** Word offsets within one thread's block. */
export const STATE = 0;
export const ACTIVITY = STATE + ISOLATION_WORDS;
export const PARKS = ACTIVITY + 1;
export const NOTIFIES = PARKS + 1;
export const MISSED_WAKES = NOTIFIES + 1;
export const CLAIM_RING = MISSED_WAKES + 1;
export const CLAIM_POSITION = CLAIM_RING + 1;
export const CLAIM_COUNT = CLAIM_POSITION + 1;
export const PHASE = CLAIM_COUNT + 1;
export const HEARTBEAT = PHASE + 1;
export const SPACE_WANTED = ACTIVITY + ISOLATION_WORDS;
export const WAITER_BITS = SPACE_WANTED + 1;

assert(HEARTBEAT < SPACE_WANTED, "the owner's words end before the words that others write");

/** Words of the control region for `threads` threads. */
export class ControlLayout {
  readonly totalWords: number;
  private readonly threadWords: number;

  constructor(
    readonly offset: number,
    readonly threads: number,
  ) {
    this.threadWords = isolated(WAITER_BITS + Math.ceil(threads / 32));
    this.totalWords = RUN_WORDS + threads * this.threadWords;
  }

  /** Reserves the region from a carver. */
  static carve(carver: Carver, threads: number): ControlLayout {
    const sized = new ControlLayout(0, threads);
    return new ControlLayout(carver.reserve(sized.totalWords), threads);
  }

  /** Offset in the slab of thread `thread`'s block. */
  threadOffset(thread: number): number {
    return this.offset + RUN_WORDS + thread * this.threadWords;
  }
}
