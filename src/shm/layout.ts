/**
 * Building blocks for the layout modules: each shared structure accumulates its word offsets from
 * constants through these helpers, so that no offset is ever written down as a number of its own.
 */
import { assert } from '../assert.js';

/** Bytes of one word: every shared structure is made of 32-bit integers. */
export const WORD_BYTES = 4;

/**
 * Distance in words between two words that different threads write: 128 bytes, because x86-64
 * prefetches cache lines in pairs and Apple's cores have lines of 128 bytes. Closer neighbours
 * would invalidate each other's line with every write (false sharing).
 */
export const ISOLATION_WORDS = 128 / WORD_BYTES;

/** A view of shared memory as 32-bit signed words, the only width V8 inlines checks well for. */
export type Words = Int32Array<SharedArrayBuffer>;

/** Rounds a word count up to a multiple of {@link ISOLATION_WORDS}. */
export function isolated(words: number): number {
  return Math.ceil(words / ISOLATION_WORDS) * ISOLATION_WORDS;
}

/** The smallest power of two that is at least `value`. */
export function powerOfTwoAtLeast(value: number): number {
  assert(value >= 1 && value <= 2 ** 30, `powerOfTwoAtLeast: value=${String(value)}`);
  let power = 1;
  while (power < value) power *= 2;
  return power;
}

/** Hands out consecutive, isolated word ranges; the sum is what the slab must hold. */
export class Carver {
  /** Offset 0 stays unused: it is nobody's address. */
  private next = ISOLATION_WORDS;

  /** Reserves `words` words and returns the offset of the first. */
  reserve(words: number): number {
    const offset = this.next;
    this.next += isolated(words);
    return offset;
  }

  /** Words reserved so far. */
  get totalWords(): number {
    return this.next;
  }
}
