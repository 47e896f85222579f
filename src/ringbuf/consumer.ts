import type { Words } from '../shm/layout.js';
import { HEAD, SLOTS, SLOT_SHIFT, STAMP, TAIL } from './ring-layout.js';

/** The receiving side of a ring: one object, one thread. Wait-free. */
export class RingConsumer {
  /** Next position to read. */
  private position: number;
  /** HEAD as last stored: slots between it and `position` are read but not yet given back. */
  private released: number;
  private readonly mask: number;

  /**
   * @param words the slab
   * @param base word offset of the ring
   * @param capacity slots, a power of two
   */
  constructor(
    private readonly words: Words,
    private readonly base: number,
    readonly capacity: number,
  ) {
    this.mask = capacity - 1;
    this.position = Atomics.load(words, base + HEAD);
    this.released = this.position;
  }

  /**
   * Messages that can be read at {@link slot} without wrapping: the next batch, or its part up to
   * the end of the ring. One atomic load a call.
   */
  ready(): number {
    // Pairs with commit(): a stamp ahead of the position makes the whole batch readable.
    const end = Atomics.load(this.words, this.slot() + STAMP);
    const count = (end - this.position) | 0;
    if (count <= 0) return 0;
    const untilWrap = this.capacity - (this.position & this.mask);
    if (count <= untilWrap) return count;
    // The rest of the batch lies at the ring's start; its own stamp says where it ends.
    return untilWrap;
  }

  /** Word offset in the slab of the next slot to read. */
  slot(): number {
    return this.base + SLOTS + ((this.position & this.mask) << SLOT_SHIFT);
  }

  /** Steps over `count` messages that were read. */
  advance(count: number): void {
    this.position = (this.position + count) | 0;
  }

  /** Slots read but not yet given back. */
  get unreleased(): number {
    return (this.position - this.released) | 0;
  }

  /** Gives every slot that was read back to the producers. */
  release(): void {
    this.released = this.position;
    // Pairs with the load in claim(): the slots before HEAD will not be read again.
    Atomics.store(this.words, this.base + HEAD, this.position);
  }

  /** Messages claimed by producers and not yet read: the ring's fill, for diagnosis. */
  get fill(): number {
    return (Atomics.load(this.words, this.base + TAIL) - this.position) | 0;
  }
}
