/**
 * A rank's heap: the bytes of its long messages, in a SharedArrayBuffer of its own, so that a
 * message is written once and read in place. Offsets are in words.
 *
 * ```
 *  word    name          writer                reader     meaning
 *  ------  ------------  --------------------  ---------  ----------------------------------------
 *  +0      ROOM_WANTED   owner                 holders    0, or 1 + the rank whose block is the
 *                                                         oldest while the owner waits for room
 *  +32     block 0       ...
 *
 *  block, aligned to 64 bytes and a multiple of them long
 *  +0      SIZE          owner                 owner      words of the block, this header included
 *  +1      HOLDER        owner; holder (FREE)  owner      FREE, OWNED, or FIRST_HOLDER + rank
 *  +4...   bytes         owner                 holder
 * ```
 *
 * Blocks lie in the order they were allocated in, and the owner takes them back in that order.
 * The message that names a block publishes its bytes and its header; a holder gives it back with
 * an atomic store of FREE, after which it never touches the block again.
 */
import { assert } from '../assert.js';
import { ISOLATION_WORDS, WORD_BYTES } from '../shm/layout.js';

/** Word offset of the word by which an owner asks for its oldest block. */
export const ROOM_WANTED = 0;
/** Word offset of the first block. */
export const BLOCKS = ROOM_WANTED + ISOLATION_WORDS;

/** Blocks start on a cache line, so that a holder's store never takes a neighbour's line along. */
export const BLOCK_ALIGNMENT_WORDS = 64 / WORD_BYTES;

/** Word offsets within a block. */
export const SIZE = 0;
export const HOLDER = SIZE + 1;
/** A multiple of 16 bytes, so that any typed array fits where the bytes start. */
export const BLOCK_HEADER_WORDS = 4;

assert(BLOCKS % BLOCK_ALIGNMENT_WORDS === 0, 'the first block is aligned');
assert(HOLDER < BLOCK_HEADER_WORDS, "a block's bytes start after its header");

/** Values of HOLDER. */
export const FREE = 0;
/** Allocated by the owner and not sent yet. */
export const OWNED = 1;
/** HOLDER of rank 0; those of the others follow. */
export const FIRST_HOLDER = 2;

/** The largest heap: every byte offset is an Int32. */
export const HEAP_LIMIT_BYTES = 2 ** 31 - BLOCKS * WORD_BYTES - 64;

/** Words of a block that holds `byteLength` bytes. */
export function blockWords(byteLength: number): number {
  const words = BLOCK_HEADER_WORDS + Math.ceil(byteLength / WORD_BYTES);
  return Math.ceil(words / BLOCK_ALIGNMENT_WORDS) * BLOCK_ALIGNMENT_WORDS;
}

/** The longest message that a heap of `heapBytes` bytes holds, when it holds nothing else. */
export function longestMessageBytes(heapBytes: number): number {
  return heapBytes - BLOCK_HEADER_WORDS * WORD_BYTES;
}

/** Allocates a heap of `heapBytes` bytes; the system gives its pages when they are written. */
export function allocateHeap(heapBytes: number): SharedArrayBuffer {
  assert(
    heapBytes % (BLOCK_ALIGNMENT_WORDS * WORD_BYTES) === 0,
    `a heap consists of whole blocks: heapBytes=${heapBytes}`,
  );
  return new SharedArrayBuffer(BLOCKS * WORD_BYTES + heapBytes);
}
