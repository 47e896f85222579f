/**
 * A message of a launched program in the five payload words of a slot.
 *
 * ```
 *  word   bits    name    meaning
 *  -----  ------  ------  ----------------------------------------------------------------------
 *  0      0..4    FORM    0..16: byte length of a message that is all here; else BY_REFERENCE
 *  0      5..31   STAMP   user tags: number of the message among those of its source to its
 *                         destination, on whatever tag; collectives: which call it belongs to
 *  1..4           inline: the bytes, in memory order
 *  1              by reference: word offset of the block in the SOURCE's heap
 *  2              by reference: byte length
 * ```
 *
 * The number is there for MPI's rule that a receive with any tag takes the messages of one source
 * in the order sent: each tag has a ring of its own, and the rings alone would not tell.
 */
import { assert } from '../assert.js';
import { PAYLOAD_WORDS } from '../ringbuf/ring-layout.js';
import { WORD_BYTES } from '../shm/layout.js';

/** Bytes that travel in the slot itself. */
export const INLINE_BYTES = (PAYLOAD_WORDS - 1) * WORD_BYTES;

const FORM_BITS = 5;

/** FORM of a message whose bytes lie in the source's heap. */
export const BY_REFERENCE = INLINE_BYTES + 1;

assert(BY_REFERENCE < 1 << FORM_BITS, 'every form fits its bits');

/** Stamps count modulo 2^27. */
const STAMP_SHIFT = FORM_BITS;
const STAMP_MASK = -1 >>> STAMP_SHIFT;

/** Word 0 of a message. */
export function headWord(stamp: number, form: number): number {
  return (stamp << STAMP_SHIFT) | form;
}

/** FORM of word 0. */
export function formOf(head: number): number {
  return head & ((1 << FORM_BITS) - 1);
}

/** STAMP of word 0. */
export function stampOf(head: number): number {
  return head >>> STAMP_SHIFT;
}

/** `stamp` modulo 2^27. */
export function wrapStamp(stamp: number): number {
  return stamp & STAMP_MASK;
}

/** Whether stamp `a` is later than `b`: they lie less than half of the range apart. */
export function isLater(a: number, b: number): boolean {
  return (a - b) << STAMP_SHIFT > 0;
}
