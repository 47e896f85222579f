/**
 * Who is awake where there are many more threads than cores: at most as many as there are permits.
 *
 * If all that have something to do are woken at once, the system lets those run first that fell
 * asleep last, and each finds little to do. With permits, who is called while all are taken sleeps
 * on, and whoever falls asleep passes its permit on to the next thread called, in the order of their
 * numbers. By then more has come in for it. (64 threads on 2 cores: a quarter fewer wake-ups, 1.1
 * times the speed, and uploads are more even.)
 *
 * Where threads hash for those with ranks, there are permits for all, but a gate: those called sleep on
 * while there is enough to hash, so that more has come in for each of them by then. They are woken in
 * turn, one by the other, for as long as the gate is open.
 *
 * ```
 *                 wake()               a permit, and a notify               park()
 *  RUNNING ...  PARKED ----> CALLED ---------------------------> ADMITTED ----> RUNNING
 * ```
 *
 * Nobody stays called while a permit is free: a waker first writes CALLED and then looks for a
 * permit; who gives one back first does so and then looks for those called. All that is
 * sequentially consistent, so one of them sees the other. Not everybody awake has a permit: a thread
 * starts without one, and goes on without one after a timer, for an abort, for a death, or when the
 * conductor finds that it has long been called.
 *
 * With the gate it is as with permits: who opens it first does so and then looks for those called.
 */
import { ADMITTED, CALLED, LAST_ADMITTED, NOTIFIES, PERMITS_TAKEN, STATE } from '../control-words';
import { at, put } from './memory';

/** How many there are; 0: everybody may be awake. */
let permits: i32 = 0;
/** Address of the word that counts those taken. */
let taken: usize = 0;
/** Address of the word that names who was given one last. */
let last: usize = 0;
let firstState: usize = 0;
let stride: usize = 0;
let threads: i32 = 0;
let self: i32 = 0;
let hasPermit: bool = false;
let isGated: bool = false;
let isOpen: () => bool = hasNoGate;

function hasNoGate(): bool {
  return true;
}

/**
 * @param count permits
 * @param takenAddress of the word that counts those taken
 * @param firstControl address of thread 0's control block
 * @param controlBytes distance between two control blocks
 * @param threadCount threads that need permits, from thread 0 on
 * @param thread the calling one
 */
export function openPermits(
  count: i32,
  takenAddress: usize,
  firstControl: usize,
  controlBytes: usize,
  threadCount: i32,
  thread: i32,
): void {
  permits = count;
  taken = takenAddress;
  last = takenAddress + ((<usize>(LAST_ADMITTED - PERMITS_TAKEN)) << 2);
  firstState = firstControl + ((<usize>STATE) << 2);
  stride = controlBytes;
  threads = threadCount;
  self = thread;
}

/**
 * Those called are woken only while a gate is open; to be called after `openPermits`.
 *
 * @param gate whether it is open; must read what it goes by with atomic loads
 */
export function openGate(gate: () => bool): void {
  isOpen = gate;
  isGated = true;
}

/** Whether a thread needs a permit to be awake. */
export function isLimited(): bool {
  return permits > 0;
}

/**
 * Wakes those called for as long as there are permits for them; behind a gate the next one alone, who
 * goes on with this. (All at once they would queue for V8's one lock over sleepers.)
 *
 * @param control address of the caller's block
 */
export function admit(control: usize): void {
  while (isOpen() && isAnyCalled()) {
    const count = atomic.load<i32>(taken);
    if (count >= permits) return;
    if (atomic.cmpxchg<i32>(taken, count, count + 1) != count) continue;
    if (!admitNext(control)) atomic.sub<i32>(taken, 1);
    else if (isGated) return;
  }
}

/** The calling thread, which was admitted, keeps the permit, unless it has one. */
export function takePermit(control: usize): void {
  if (hasPermit) giveBack(control);
  hasPermit = true;
  if (isGated) admit(control);
}

/** The calling thread falls asleep, or ends: its permit is somebody else's. */
export function leavePermit(control: usize): void {
  if (!hasPermit) return;
  hasPermit = false;
  giveBack(control);
}

function giveBack(control: usize): void {
  atomic.sub<i32>(taken, 1);
  admit(control);
}

/** Wakes the next thread called, for whom there is a permit; false: there is none. */
function admitNext(control: usize): bool {
  let thread = isGated ? atomic.load<i32>(last) : self;
  for (let left = threads; left > 0; left--) {
    thread = thread + 1 < threads ? thread + 1 : 0;
    const state = stateOf(thread);
    if (atomic.load<i32>(state) != CALLED) continue;
    if (atomic.cmpxchg<i32>(state, CALLED, ADMITTED) != CALLED) continue;
    if (isGated) atomic.store<i32>(last, thread);
    notify(state, control);
    return true;
  }
  return false;
}

function isAnyCalled(): bool {
  for (let thread = 0; thread < threads; thread++) {
    if (atomic.load<i32>(stateOf(thread)) == CALLED) return true;
  }
  return false;
}

function stateOf(thread: i32): usize {
  return firstState + <usize>thread * stride;
}

/** Ends the sleep at the address `state`, for `parking.ts` as well; the caller's block counts it. */
export function notify(state: usize, control: usize): void {
  atomic.notify(state, 1);
  put(control, NOTIFIES, at(control, NOTIFIES) + 1);
}
