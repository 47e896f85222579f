/**
 * Parking and waking as `../parking.ts` describes them, for the threads that host ranks: these need
 * no JavaScript to sleep and to go on. Where there are many of them, see `permits.ts`.
 */
import {
  ADMITTED,
  CALLED,
  MISSED_WAKES,
  PARKED,
  PARKS,
  RUNNING,
  SLEEP_LIMIT_MS,
  STATE,
} from '../control-words';
import { at, put } from './memory';
import { admit, isLimited, leavePermit, notify, takePermit } from './permits';

const NS_PER_MS: f64 = 1_000_000;

/** What a wait gives whose time is over. */
const TIMED_OUT: i32 = 2;

/**
 * Puts the calling thread to sleep until it is woken or `timeoutMs` is over.
 *
 * @param thread address of the calling thread's control block
 * @param hasWork looks at every source, with atomic loads; asked once the sleep is announced
 */
export function park(thread: usize, hasWork: () => bool, timeoutMs: f64): void {
  const state = thread + ((<usize>STATE) << 2);
  // Announces the sleep; pairs with the load in wake().
  atomic.store<i32>(state, PARKED);
  if (!hasWork()) {
    count(thread, PARKS);
    leavePermit(thread);
    if (timeoutMs <= SLEEP_LIMIT_MS) sleep(state, timeoutMs);
    else sleepWithLimit(thread, hasWork);
  }
  if (atomic.xchg<i32>(state, RUNNING) == ADMITTED) takePermit(thread);
}

function sleepWithLimit(thread: usize, hasWork: () => bool): void {
  const state = thread + ((<usize>STATE) << 2);
  if (sleep(state, SLEEP_LIMIT_MS) || !hasWork()) return;
  if (sleep(state, SLEEP_LIMIT_MS)) return;
  // Who was called has missed nothing, but waits for a permit.
  if (atomic.load<i32>(state) == PARKED) count(thread, MISSED_WAKES);
}

/** Returns false where the time is over. */
function sleep(state: usize, timeoutMs: f64): bool {
  let now = atomic.load<i32>(state);
  while (now == PARKED || now == CALLED) {
    if (atomic.wait<i32>(state, now, <i64>(timeoutMs * NS_PER_MS)) == TIMED_OUT) return false;
    now = atomic.load<i32>(state);
  }
  return true;
}

/**
 * Wakes a thread if it sleeps; everything published before is visible to it then.
 *
 * @param target address of its control block
 * @param self address of the caller's, where the notify is counted
 * @param needsPermit whether it is to be awake with a permit only, where there are any
 */
export function wake(target: usize, self: usize, needsPermit: bool = true): void {
  const state = target + ((<usize>STATE) << 2);
  const isCalled = needsPermit && isLimited();
  // Pairs with the store in park(): reads PARKED, or the sleeper saw what was published.
  if (atomic.load<i32>(state) != PARKED) return;
  if (atomic.cmpxchg<i32>(state, PARKED, isCalled ? CALLED : RUNNING) != PARKED) return;
  if (isCalled) admit(self);
  else notify(state, self);
}

function count(thread: usize, what: i32): void {
  put(thread, what, at(thread, what) + 1);
}
