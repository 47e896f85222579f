import { CLAIM_COUNT, CLAIM_POSITION, CLAIM_RING } from '../shm/control-words.js';
import type { Words } from '../shm/layout.js';
import { DEST, HEAD, NOBODY, SLOTS, SLOT_SHIFT, STAMP, TAIL } from './ring-layout.js';

/**
 * The sending side of a ring, one object a thread and ring. Lock-free: a claim is one
 * compare-exchange, and a producer that stops between claim and commit holds up no other
 * producer (the consumer sees nothing beyond it until {@link voidAbandonedClaim}).
 */
export class RingProducer {
  /** HEAD as last read; the ring has at least the room that it shows. */
  private cachedHead: number;
  private claimedPosition = 0;
  private claimedCount = 0;
  private readonly mask: number;

  /**
   * @param words the slab
   * @param base word offset of the ring
   * @param capacity slots, a power of two
   * @param thread offset of the calling thread's control block
   */
  constructor(
    private readonly words: Words,
    private readonly base: number,
    private readonly capacity: number,
    private readonly thread: number,
  ) {
    this.mask = capacity - 1;
    this.cachedHead = Atomics.load(words, base + HEAD);
  }

  /**
   * Claims `count` consecutive slots for one batch, to be filled at {@link slot} and published
   * with {@link commit}.
   *
   * @returns false when the ring has no room for all of them
   */
  claim(count: number): boolean {
    const { words, base } = this;
    for (;;) {
      // A plain read will do: the compare-exchange below refuses a stale one.
      const tail = words[base + TAIL];
      const end = (tail + count) | 0;
      if (((end - this.cachedHead) | 0) > this.capacity) {
        // Pairs with the consumer's release(): slots before HEAD have been read for good.
        this.cachedHead = Atomics.load(words, base + HEAD);
        if (((end - this.cachedHead) | 0) > this.capacity) {
          words[this.thread + CLAIM_RING] = 0;
          return false;
        }
      }
      // Who dies between here and commit() leaves behind what it had in hand.
      words[this.thread + CLAIM_POSITION] = tail;
      words[this.thread + CLAIM_COUNT] = count;
      words[this.thread + CLAIM_RING] = base + 1;
      if (Atomics.compareExchange(words, base + TAIL, tail, end) === tail) {
        this.claimedPosition = tail;
        this.claimedCount = count;
        return true;
      }
    }
  }

  /** Word offset in the slab of the claimed batch's slot `index`. */
  slot(index: number): number {
    const position = (this.claimedPosition + index) | 0;
    return this.base + SLOTS + ((position & this.mask) << SLOT_SHIFT);
  }

  /** Publishes the claimed batch as a whole. */
  commit(): void {
    stampBatch(this.words, this.base, this.mask, this.claimedPosition, this.claimedCount);
  }

  /**
   * Sends `count` messages laid out as slots (their STAMP unused) from word `from` of `messages`.
   *
   * @returns false when the ring has no room for all of them; then none was sent
   */
  publish(messages: Int32Array, from: number, count: number): boolean {
    if (!this.claim(count)) return false;
    const { words } = this;
    for (let index = 0; index < count; index++) {
      const to = this.slot(index);
      const at = from + (index << SLOT_SHIFT);
      words[to + 1] = messages[at + 1];
      words[to + 2] = messages[at + 2];
      words[to + 3] = messages[at + 3];
      words[to + 4] = messages[at + 4];
      words[to + 5] = messages[at + 5];
      words[to + 6] = messages[at + 6];
      words[to + 7] = messages[at + 7];
    }
    this.commit();
    return true;
  }

  /** Slots that are free now; reads HEAD afresh. */
  room(): number {
    this.cachedHead = Atomics.load(this.words, this.base + HEAD);
    const tail = Atomics.load(this.words, this.base + TAIL);
    return this.capacity - ((tail - this.cachedHead) | 0);
  }
}

function stampBatch(
  words: Words,
  base: number,
  mask: number,
  position: number,
  count: number,
): void {
  const end = (position + count) | 0;
  const slots = base + SLOTS;
  // A batch that wraps, or is read in parts, goes on at a slot whose own stamp says the end.
  for (let at = (position + 1) | 0; at !== end; at = (at + 1) | 0) {
    words[slots + ((at & mask) << SLOT_SHIFT) + STAMP] = end;
  }
  // Publishes every word of the batch; pairs with the load in RingConsumer.ready().
  Atomics.store(words, slots + ((position & mask) << SLOT_SHIFT) + STAMP, end);
}

/** What a look at a dead thread's last claim found. */
export type AbandonedClaim = 'none' | 'voided' | 'undecided';

/**
 * Finishes the claim that a dead thread left half done, so that its ring flows on: the slots are
 * published as messages to {@link NOBODY}.
 *
 * A claim's position belongs to exactly one thread. When the slot is claimed but not published
 * and no living thread names the same position as its last claim, it was the dead one's; while
 * one does, the answer is `undecided` and the caller looks again later, when that thread has
 * either published or moved on.
 *
 * @param words the slab
 * @param dead offset of the dead thread's control block
 * @param living offsets of the control blocks of all threads that still run
 * @param capacityOf slots of the ring at a word offset
 */
export function voidAbandonedClaim(
  words: Words,
  dead: number,
  living: readonly number[],
  capacityOf: (base: number) => number,
): AbandonedClaim {
  const ring = Atomics.load(words, dead + CLAIM_RING);
  if (ring === 0) return 'none';
  const base = ring - 1;
  const position = Atomics.load(words, dead + CLAIM_POSITION);
  const count = Atomics.load(words, dead + CLAIM_COUNT);
  const mask = capacityOf(base) - 1;
  const slotAt = (at: number): number => base + SLOTS + ((at & mask) << SLOT_SHIFT);
  const claimed = ((Atomics.load(words, base + TAIL) - position) | 0) > 0;
  const consumed = ((Atomics.load(words, base + HEAD) - position) | 0) > 0;
  const published = ((Atomics.load(words, slotAt(position) + STAMP) - position) | 0) > 0;
  if (!claimed || consumed || published) return 'none';
  const contested = living.some(
    (thread) =>
      Atomics.load(words, thread + CLAIM_RING) === ring &&
      Atomics.load(words, thread + CLAIM_POSITION) === position,
  );
  if (contested) return 'undecided';
  for (let index = 0; index < count; index++) words[slotAt(position + index) + DEST] = NOBODY;
  stampBatch(words, base, mask, position, count);
  return 'voided';
}
