import { exchange } from '../../../shm/assembly/memory';
import { Random } from '../../../shm/assembly/random';

/**
 * Uniformly at random among the missing: they stand in a random order, and the next one is taken. Were
 * they drawn one by one, each would be looked for all over a list that does not fit in the
 * processor's cache beside those of other clients.
 *
 * Shuffles (Fisher and Yates) those that come first: each of [`from`, `past`) changes places with one
 * of those that are not placed yet, up to `count`.
 */
export function shuffle(missing: usize, from: i32, past: i32, count: i32, random: Random): void {
  for (let index = from; index < past; index++) {
    exchange(missing, index, index + random.below(count - index));
  }
}
