/**
 * Offsets of the control words, in words; see `control-layout.ts` for who writes and reads them.
 * Constants only, so that the assembly sources share them.
 */
export const ISOLATION_WORDS = 32;

export const ABORT = 0;
export const READY_THREADS = ABORT + ISOLATION_WORDS;
export const PREPARE_NEXT = READY_THREADS + ISOLATION_WORDS;
export const PREPARE_DONE = PREPARE_NEXT + ISOLATION_WORDS;
export const WRITTEN = PREPARE_DONE + ISOLATION_WORDS;
export const HEAP_END = WRITTEN + ISOLATION_WORDS;
export const RELEASED_AT = HEAP_END + ISOLATION_WORDS;
export const HOSTS_ENDED = RELEASED_AT + ISOLATION_WORDS;
export const PERMITS_TAKEN = HOSTS_ENDED + ISOLATION_WORDS;
/** The thread that was given a permit last, beside the count of those taken. */
export const LAST_ADMITTED = PERMITS_TAKEN + 1;
export const BRIDGE_NAPS = PERMITS_TAKEN + ISOLATION_WORDS;
export const RUN_WORDS = BRIDGE_NAPS + ISOLATION_WORDS;

export const STATE = 0;
/** Values of the state word. */
export const RUNNING = 0;
export const PARKED = 1;
/** Asleep and called: it is woken when there is a permit for it. */
export const CALLED = 2;
/** Woken, with a permit. */
export const ADMITTED = 3;
/**
 * A sleep that nobody ends is looked at after this time, and counted as a missed wake-up when
 * there was work and still nobody has notified after the same time again: a sender may rightly
 * have published and not yet come to its notifies, but not for this long.
 */
export const SLEEP_LIMIT_MS = 1000;
export const PARKS = STATE + ISOLATION_WORDS;
export const NOTIFIES = PARKS + 1;
export const MISSED_WAKES = NOTIFIES + 1;
export const CLAIM_RING = MISSED_WAKES + 1;
export const CLAIM_POSITION = CLAIM_RING + 1;
export const CLAIM_COUNT = CLAIM_POSITION + 1;
export const IS_READY = CLAIM_COUNT + 1;
export const HEARTBEAT = IS_READY + 1;
export const SPACE_WANTED = PARKS + ISOLATION_WORDS;
export const WAITER_BITS = SPACE_WANTED + 1;
