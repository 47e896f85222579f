/** What happens at an instant of virtual time, and the pool that such records come from. */
import { allocate, at, put } from '../../../shm/assembly/memory';

/** Events that a thread's pool grows by. */
const GROWTH: i32 = 1024;

/** A cache line. */
export const EVENT_BYTES: usize = 64;

/** Where the words of a slot begin, as `ringbuf` lays one out (its first word, the stamp, apart). */
const SLOT: usize = 32;

/**
 * An event at a rank: a message that arrives, or something that the rank set for itself.
 *
 * Events are ordered by `time`, then by `order`, which holds the rank that caused it and that
 * rank's running number: so the order does not depend on which thread hosts whom.
 *
 *     offset  0     8      16        24    28   32     36      40    44 .. 60
 *             time  order  lastByte  kind  tag  bytes  source  dest  a b c d e
 *                                               '----- a message as a slot -----'
 */
@unmanaged
export class Event {
  /** Nanoseconds since the run began. */
  time: i64;
  /** source << 32 | sequence. */
  order: i64;
  /** Of data on its way: when the sender's link has let the last byte go, plus latency. */
  lastByte: i64;
  /** Between processes: which kind of record it is; see `roles/assembly/virtual-bridge.ts`. */
  kind: i32;
  tag: i32;
  bytes: i32;
  /** The rank that caused it. */
  source: i32;
  dest: i32;
  a: i32;
  b: i32;
  c: i32;
  d: i32;
  e: i32;

  /** Address of the message as the roles of the real clock receive one: a slot. */
  @inline
  get slot(): usize {
    return changetype<usize>(this) + SLOT;
  }
}

/**
 * The addresses of free records, a stack: were they linked, many taken at once would each have to
 * wait until the one before, far away in memory, tells of the next.
 */
let free: usize = 0;
let freeCount: i32 = 0;
/** How many records there are. */
let made: i32 = 0;

/** A record to fill; whoever handles the event gives it back. */
export function takeEvent(): Event {
  if (freeCount == 0) grow();
  freeCount--;
  return changetype<Event>(<usize>at(free, freeCount));
}

export function giveEvent(event: Event): void {
  put(free, freeCount, <i32>changetype<usize>(event));
  freeCount++;
}

/** Copies an event from one address to another. */
export function copyEvent(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

function grow(): void {
  // None is free, so no address has to be kept.
  if ((made & (made - 1)) == 0) free = allocate((<usize>max(GROWTH, made * 2)) << 2);
  made += GROWTH;
  const block = allocate(<usize>GROWTH * EVENT_BYTES);
  for (let index = 0; index < GROWTH; index++) {
    giveEvent(changetype<Event>(block + <usize>index * EVENT_BYTES));
  }
}
