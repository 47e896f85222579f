import { Random } from '../../../shm/assembly/random';
import { shuffle } from './random';
import { rarest } from './rarest';
import { sequential } from './sequential';

/** Numbers in `PICKERS` of `roles/pickers.ts`. */
const RANDOM: i32 = 0;
const RAREST: i32 = 2;

let picker: i32 = 0;

/** Whether the counts of holders a segment are needed, which cost an atomic add a segment. */
export let usesAvailability: bool = false;

/** @param number index in `PICKERS` of `roles/pickers.ts` */
export function openPicker(number: i32, countsHolders: bool): void {
  picker = number;
  usesAvailability = countsHolders;
}

/**
 * Puts segments among those that were not asked for: all of a file, one that is missing again, or
 * those whose holders are not known.
 *
 * @param missing address of the segments that were not asked for, in [`from`, `count`); those in
 *   question are the first ones, up to `past`
 */
export function placeMissing(
  missing: usize,
  from: i32,
  past: i32,
  count: i32,
  random: Random,
): void {
  if (picker == RANDOM) shuffle(missing, from, past, count, random);
}

/**
 * Chooses the segment to ask for next; at random it is the next one, too, of those shuffled before.
 *
 * @param missing address of the segments that were not asked for, in [`from`, `count`)
 * @returns index in [`from`, `count`)
 */
export function pickSegment(missing: usize, from: i32, count: i32, random: Random): i32 {
  return picker == RAREST ? rarest(missing, from, count, random) : sequential(from);
}
