/**
 * One inbox ring: many producers, one consumer, slots of one cache half-line each.
 *
 * ```
 *  word    name        writer            reader      meaning
 *  ------  ----------  ----------------  ----------  -------------------------------------------
 *  +0      HEAD        consumer          producers   position up to which slots are free again
 *  +32     TAIL        producers (CAS)   producers   next position to claim
 *  +64     slot 0      claimant          consumer
 *  +72     slot 1      ...
 *
 *  slot
 *  +0      STAMP       claimant          consumer    end position of the batch that starts here
 *  +1      SOURCE      claimant          consumer    rank that sent the message
 *  +2      DEST        claimant          consumer    rank it is for
 *  +3..+7  PAYLOAD     claimant          consumer    five words, their meaning set by the tag
 * ```
 *
 * Positions count slots from the start of the run and wrap at 2^32: they are compared as
 * `(a - b) | 0` and masked when a slot is touched. A batch is one claim of consecutive slots; it
 * becomes visible as a whole with the atomic store of its FIRST slot's stamp, the position after
 * its last slot. The consumer's next batch is there exactly when that stamp lies ahead of its
 * own position: whatever older lap left in the word lies at or behind it.
 */
import { assert } from '../assert.js';
import { ISOLATION_WORDS, type Words, isolated } from '../shm/layout.js';

/** Word offsets within a ring. */
export const HEAD = 0;
export const TAIL = HEAD + ISOLATION_WORDS;
export const SLOTS = TAIL + ISOLATION_WORDS;

/** Word offsets within a slot, and its size: two slots a cache line, none across a boundary. */
export const STAMP = 0;
export const SOURCE = STAMP + 1;
export const DEST = SOURCE + 1;
export const PAYLOAD = DEST + 1;
export const PAYLOAD_WORDS = 5;
export const SLOT_SHIFT = 3;
export const SLOT_WORDS = 1 << SLOT_SHIFT;

assert(PAYLOAD + PAYLOAD_WORDS === SLOT_WORDS, 'a slot holds its header and its payload exactly');
assert(SLOTS % SLOT_WORDS === 0, 'slots are aligned to their own size');

/** DEST of a slot that carries no message: a claim that its thread did not live to fill. */
export const NOBODY = -1;

/** Words that a ring of `capacity` slots takes. */
export function ringWords(capacity: number): number {
  assert(
    capacity >= 2 && (capacity & (capacity - 1)) === 0,
    `ring capacity must be a power of two of at least 2: capacity=${String(capacity)}`,
  );
  return isolated(SLOTS + capacity * SLOT_WORDS);
}

/**
 * Sets an unused ring to start at `position` instead of 0 (memory is zeroed when made), so that
 * tests can come to the wrap of positions at once.
 */
export function startRingAt(words: Words, base: number, capacity: number, position: number): void {
  Atomics.store(words, base + HEAD, position);
  Atomics.store(words, base + TAIL, position);
  for (let slot = 0; slot < capacity; slot++) {
    Atomics.store(words, base + SLOTS + slot * SLOT_WORDS + STAMP, position);
  }
}
