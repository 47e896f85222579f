/**
 * The inbox ring, as `../ring-layout.ts` lays it out: the same protocol as `../producer.ts` and
 * `../consumer.ts`, for the threads that host ranks.
 */
import { CLAIM_COUNT, CLAIM_POSITION, CLAIM_RING, ISOLATION_WORDS } from '../../shm/control-words';
import { put, at } from '../../shm/assembly/memory';

const HEAD: usize = 0;
const TAIL: usize = (ISOLATION_WORDS as usize) << 2;
const SLOTS: usize = (ISOLATION_WORDS as usize) << 3;

/** Bytes of a slot, and byte offsets of its words. */
export const SLOT_BYTES: usize = 32;
export const SOURCE: usize = 4;
export const DEST: usize = 8;
export const PAYLOAD: usize = 12;

/** One ring as one thread sees it, as a producer or as its consumer. */
@unmanaged
export class Ring {
  base: usize;
  capacity: i32;
  /** Producer: HEAD as last read. Consumer: HEAD as last stored. */
  head: i32;
  /** Consumer: next position to read. */
  position: i32;

  open(base: usize, capacity: i32): void {
    this.base = base;
    this.capacity = capacity;
    this.head = atomic.load<i32>(base + HEAD);
    this.position = this.head;
  }

  @inline
  slot(position: i32): usize {
    return this.base + SLOTS + <usize>(position & (this.capacity - 1)) * SLOT_BYTES;
  }

  /**
   * Publishes `count` slots from address `from` as one batch.
   *
   * @param control address of the calling thread's control block
   * @returns false when there is no room for all of them
   */
  publish(from: usize, count: i32, control: usize): bool {
    const base = this.base;
    let tail: i32;
    for (;;) {
      // A plain read will do: the compare-exchange below refuses a stale one.
      tail = load<i32>(base + TAIL);
      if (tail + count - this.head > this.capacity) {
        // Pairs with release(): slots before HEAD have been read for good.
        this.head = atomic.load<i32>(base + HEAD);
        if (tail + count - this.head > this.capacity) {
          put(control, CLAIM_RING, 0);
          return false;
        }
      }
      // Who dies between here and the stamp leaves behind what it had in hand.
      put(control, CLAIM_POSITION, tail);
      put(control, CLAIM_COUNT, count);
      put(control, CLAIM_RING, <i32>(base >> 2) + 1);
      if (atomic.cmpxchg<i32>(base + TAIL, tail, tail + count) == tail) break;
    }
    const end = tail + count;
    const first = this.slot(tail);
    copyMessage(first, from);
    for (let position = tail + 1; position != end; position++) {
      from += SLOT_BYTES;
      const to = this.slot(position);
      // A batch that wraps, or is read in parts, goes on at a slot whose own stamp says the end.
      store<i32>(to, end);
      copyMessage(to, from);
    }
    // Publishes every word of the batch; pairs with the load in ready().
    atomic.store<i32>(first, end);
    return true;
  }

  /** Slots that are free now. */
  room(): i32 {
    this.head = atomic.load<i32>(this.base + HEAD);
    return this.capacity - (atomic.load<i32>(this.base + TAIL) - this.head);
  }

  /** As any thread sees it: messages claimed by producers whose room was not given back yet. */
  waiting(): i32 {
    return atomic.load<i32>(this.base + TAIL) - atomic.load<i32>(this.base + HEAD);
  }

  /** Messages that can be read, from the position on, at most `limit`. */
  readyAcross(limit: i32): i32 {
    let count = 0;
    while (count < limit) {
      const more = atomic.load<i32>(this.slot(this.position + count)) - (this.position + count);
      if (more <= 0) break;
      count += more;
    }
    return min(count, limit);
  }

  /** Messages that can be read from `slot(position)` on without wrapping. */
  ready(): i32 {
    // Pairs with publish(): a stamp ahead of the position makes the whole batch readable.
    const count = atomic.load<i32>(this.slot(this.position)) - this.position;
    if (count <= 0) return 0;
    const untilWrap = this.capacity - (this.position & (this.capacity - 1));
    return min(count, untilWrap);
  }

  /** Gives every slot that was read back to the producers. */
  release(): void {
    this.head = this.position;
    // Pairs with the load in publish(): the slots before HEAD will not be read again.
    atomic.store<i32>(this.base + HEAD, this.position);
  }

  /** Messages claimed by producers and not yet read. */
  fill(): i32 {
    return atomic.load<i32>(this.base + TAIL) - this.position;
  }
}

function copyMessage(to: usize, from: usize): void {
  store<i32>(to, load<i32>(from, 4), 4);
  store<i64>(to, load<i64>(from, 8), 8);
  store<i64>(to, load<i64>(from, 16), 16);
  store<i64>(to, load<i64>(from, 24), 24);
}
