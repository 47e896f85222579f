/**
 * Parking and waking, one state word a thread.
 *
 * The sleeper stores PARKED, looks at every source once more and only then waits; a waker first
 * publishes, then reads the state word. Both sides use sequentially consistent accesses, so at
 * least one of them sees the other's write: either the sleeper finds the work, or the waker finds
 * PARKED. Of several wakers the one whose compare-exchange wins sends the only notify.
 *
 * Threads that host ranks sleep in the kernel, where they may be called and wait for a permit; see
 * `assembly/permits.ts`. Those that sleep here need none.
 */
import {
  CALLED,
  MISSED_WAKES,
  NOTIFIES,
  PARKED,
  PARKS,
  RUNNING,
  SLEEP_LIMIT_MS,
  STATE,
} from './control-words.js';
import type { Words } from './layout.js';

export { CALLED, PARKED, RUNNING } from './control-words.js';

/** Whether a thread with this state word sleeps: nobody has called it, or it waits for a permit. */
export function isAsleep(state: number): boolean {
  return state === PARKED || state === CALLED;
}

/** What the sleeper looks at between announcing its sleep and sleeping. */
export interface WakeSources {
  /** Whether anything is there to do; must read every source with atomic loads. */
  hasWork(): boolean;
}

/**
 * Puts the calling thread to sleep until it is woken or `timeoutMs` is over.
 *
 * @param words the slab
 * @param thread offset of the calling thread's control block
 * @param sources re-checked after the sleep is announced
 * @param timeoutMs when the caller's next timer is due; `Infinity` if it has none
 */
export function park(words: Words, thread: number, sources: WakeSources, timeoutMs: number): void {
  const state = thread + STATE;
  // Announces the sleep; pairs with the load in wake().
  Atomics.store(words, state, PARKED);
  if (!sources.hasWork()) {
    words[thread + PARKS]++;
    if (timeoutMs <= SLEEP_LIMIT_MS) Atomics.wait(words, state, PARKED, timeoutMs);
    else sleepWithLimit(words, thread, sources);
  }
  Atomics.store(words, state, RUNNING);
}

function sleepWithLimit(words: Words, thread: number, sources: WakeSources): void {
  const state = thread + STATE;
  if (Atomics.wait(words, state, PARKED, SLEEP_LIMIT_MS) !== 'timed-out') return;
  if (!sources.hasWork()) return;
  if (Atomics.wait(words, state, PARKED, SLEEP_LIMIT_MS) === 'timed-out') {
    words[thread + MISSED_WAKES]++;
  }
}

/**
 * Wakes thread `target` if it sleeps; everything published before is visible to it then.
 *
 * @param self offset of the caller's control block, where the notify is counted
 * @returns whether a notify was sent
 */
export function wake(words: Words, target: number, self: number): boolean {
  const state = target + STATE;
  // Pairs with the store in park(): reads PARKED, or the sleeper saw what was published.
  let now = Atomics.load(words, state);
  for (;;) {
    // Who is called and waits for a permit goes on without one.
    if (!isAsleep(now)) return false;
    const found = Atomics.compareExchange(words, state, now, RUNNING);
    if (found === now) break;
    now = found;
  }
  Atomics.notify(words, state, 1);
  words[self + NOTIFIES]++;
  return true;
}
