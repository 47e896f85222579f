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
 *  +128    WRITTEN          every thread (add)     conductor     chunks of outputs written
 *  +160    HEAP_END         every thread (add)     every thread  end of the heap, a byte address
 *  +192    RELEASED_AT      tracker's thread       conductor     us from the start to the release
 *  +224    HOSTS_ENDED      conductor              bridge        1 once no thread hosts ranks any more
 *  +256    PERMITS_TAKEN    every thread (add)     every thread  permits that threads have or were given
 *  +257    LAST_ADMITTED    who gives a permit     every thread  the thread that was given one last, where hashers gate
 *  +288    BRIDGE_NAPS      bridge, any thread     every thread  1 while the bridge leaves its core to others
 *
 *  thread t, from threadOffset(t)
 *  +0      STATE            owner; waker by CAS    wakers        RUNNING, PARKED, CALLED or ADMITTED
 *  +32     PARKS            owner                  conductor     times the thread went to sleep
 *  +33     NOTIFIES         owner                  conductor     wake-ups the thread has sent
 *  +34     MISSED_WAKES     owner                  conductor     sleeps ended by the limit with work
 *  +35     CLAIM_RING       owner                  conductor     word offset of the claimed ring + 1
 *  +36     CLAIM_POSITION   owner                  conductor     first position of that claim
 *  +37     CLAIM_COUNT      owner                  conductor     slots of that claim
 *  +38     IS_READY         owner                  conductor     1 once the thread takes its turns
 *  +39     HEARTBEAT        owner                  conductor     changes while the thread comes forward
 *  +64     SPACE_WANTED     any thread             owner         1: someone waits for room here
 *  +65     waiter bits      any thread (or)        owner         one bit a thread that waits
 * ```
 */
import { assert } from '../assert.js';
import { HEARTBEAT, RUN_WORDS, SPACE_WANTED, WAITER_BITS } from './control-words.js';
import { type Carver, isolated } from './layout.js';

export {
  ABORT,
  BRIDGE_NAPS,
  CLAIM_COUNT,
  CLAIM_POSITION,
  CLAIM_RING,
  HEAP_END,
  HEARTBEAT,
  HOSTS_ENDED,
  IS_READY,
  MISSED_WAKES,
  NOTIFIES,
  PARKS,
  PERMITS_TAKEN,
  PREPARE_DONE,
  PREPARE_NEXT,
  READY_THREADS,
  RELEASED_AT,
  SPACE_WANTED,
  STATE,
  WAITER_BITS,
  WRITTEN,
} from './control-words.js';

assert(HEARTBEAT < SPACE_WANTED, "the owner's words end before the words that others write");

/** Words of the control region for `threads` threads. */
export class ControlLayout {
  readonly totalWords: number;
  /** Distance between two threads' blocks. */
  readonly threadWords: number;

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
