/** The two sides of a heap: its owner allocates in it, the other ranks read and give back. */
import { assert } from '../assert.js';
import type { ControlLayout } from '../shm/control-layout.js';
import { WORD_BYTES, type Words } from '../shm/layout.js';
import { wake } from '../shm/parking.js';
import {
  BLOCKS,
  BLOCK_HEADER_WORDS,
  FIRST_HOLDER,
  FREE,
  HOLDER,
  OWNED,
  ROOM_WANTED,
  SIZE,
  blockWords,
} from './heap-layout.js';

/** What {@link OwnHeap.tryAllocate} returns when there is no room. */
export const NO_BLOCK = -1;

/**
 * The owner's side: allocates blocks one behind the other around the heap and takes them back in
 * the same order. One thread only.
 */
export class OwnHeap {
  private readonly words: Words;
  private readonly bytes: Uint8Array;
  private readonly end: number;
  /** Oldest block, and where the next one goes; word offsets. */
  private head = BLOCKS;
  private tail = BLOCKS;
  /** Words between head and tail, around the end: those of all blocks not yet taken back. */
  private used = 0;
  private asked = 0;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(memory);
    this.end = this.words.length;
  }

  /**
   * Allocates a block for `byteLength` bytes.
   *
   * @returns word offset of the block, or {@link NO_BLOCK} when it does not fit now
   */
  tryAllocate(byteLength: number): number {
    this.reclaim();
    const size = blockWords(byteLength);
    const free = this.end - BLOCKS - this.used;
    let skipped = 0;
    if (this.used === 0) {
      this.head = BLOCKS;
      this.tail = BLOCKS;
    } else if (size > this.end - this.tail) {
      skipped = this.end - this.tail;
    }
    if (skipped + size > free) return NO_BLOCK;
    // A block never wraps: what is left before the end becomes a block that is free already.
    if (skipped > 0) this.append(skipped, FREE);
    const block = this.append(size, OWNED);
    return block;
  }

  private append(size: number, holder: number): number {
    const block = this.tail;
    this.words[block + SIZE] = size;
    // Plain: published by the message that names the block.
    this.words[block + HOLDER] = holder;
    this.used += size;
    this.tail = block + size === this.end ? BLOCKS : block + size;
    return block;
  }

  private reclaim(): void {
    const { words } = this;
    // Pairs with the store in Heaps.release(): the holder is done with the bytes.
    while (this.used > 0 && Atomics.load(words, this.head + HOLDER) === FREE) {
      const size = words[this.head + SIZE];
      this.used -= size;
      this.head = this.head + size === this.end ? BLOCKS : this.head + size;
    }
  }

  /** The first `byteLength` bytes of `block`. */
  view(block: number, byteLength: number): Uint8Array {
    const start = (block + BLOCK_HEADER_WORDS) * WORD_BYTES;
    return this.bytes.subarray(start, start + byteLength);
  }

  /** Whether `bytes` lie in this heap. */
  owns(bytes: Uint8Array): boolean {
    return bytes.buffer === this.words.buffer;
  }

  /** The block whose bytes start at `byteOffset`, were there one. */
  blockAt(byteOffset: number): number {
    return byteOffset / WORD_BYTES - BLOCK_HEADER_WORDS;
  }

  /** Makes rank `rank` the holder of `block`; before the message is published. */
  handOver(block: number, rank: number): void {
    this.words[block + HOLDER] = FIRST_HOLDER + rank;
  }

  /** Makes the owner the holder of `block` again, whose message was not sent after all. */
  takeBack(block: number): void {
    this.words[block + HOLDER] = OWNED;
  }

  /** Frees a block that the owner holds. */
  free(block: number): void {
    assert(this.words[block + HOLDER] === OWNED, 'only the holder frees a block');
    this.words[block + HOLDER] = FREE;
  }

  /** HOLDER of the oldest block. */
  oldestHolder(): number {
    return this.used === 0 ? FREE : Atomics.load(this.words, this.head + HOLDER);
  }

  /**
   * Asks `rank` to give its blocks back and to wake this thread then; the caller wakes it.
   *
   * @returns false when `rank` has been asked already
   */
  askForRoom(rank: number): boolean {
    if (this.asked === rank + 1) return false;
    this.asked = rank + 1;
    // Pairs with the loads in Heaps.release() and Heaps.isAsked().
    Atomics.store(this.words, ROOM_WANTED, this.asked);
    return true;
  }

  /** Takes back what {@link askForRoom} asked for. */
  stopAsking(): void {
    if (this.asked === 0) return;
    this.asked = 0;
    Atomics.store(this.words, ROOM_WANTED, 0);
  }
}

/** The holders' side: all heaps as one rank sees them. */
export class Heaps {
  private readonly words: (Words | undefined)[];

  /**
   * @param memories the heaps, by rank
   * @param rank the rank that reads
   * @param slab the slab, whose control words are
   * @param control laid out here
   */
  constructor(
    private readonly memories: readonly SharedArrayBuffer[],
    private readonly rank: number,
    private readonly slab: Words,
    private readonly control: ControlLayout,
  ) {
    this.words = new Array<Words | undefined>(memories.length).fill(undefined);
  }

  private open(owner: number): Words {
    return (this.words[owner] ??= new Int32Array(this.memories[owner]));
  }

  /** The first `byteLength` bytes of `block` of `owner`'s heap, in place. */
  view(owner: number, block: number, byteLength: number): Uint8Array {
    const start = (block + BLOCK_HEADER_WORDS) * WORD_BYTES;
    return new Uint8Array(this.memories[owner], start, byteLength);
  }

  /** Gives `block` back to `owner`, and wakes it when it has asked this rank for room. */
  release(owner: number, block: number): void {
    const words = this.open(owner);
    assert(
      words[block + HOLDER] === FIRST_HOLDER + this.rank,
      'only the holder gives a block back',
    );
    // Pairs with the load in reclaim(): the bytes will not be read again.
    Atomics.store(words, block + HOLDER, FREE);
    // Either this load sees the wish, or the owner's look before it sleeps sees the free block.
    if (!this.isAsked(owner)) return;
    wake(this.slab, this.control.threadOffset(owner), this.control.threadOffset(this.rank));
  }

  /** Whether `owner` waits for room that this rank could make. */
  isAsked(owner: number): boolean {
    return Atomics.load(this.open(owner), ROOM_WANTED) === this.rank + 1;
  }
}
