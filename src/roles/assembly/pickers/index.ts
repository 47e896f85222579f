import { Random } from '../../../shm/assembly/random';
import { rarest } from './rarest';
import { openRandom, randomSegment, touchRandom } from './random';
import { sequential } from './sequential';

let picker: i32 = 0;

/** Whether the counts of holders a segment are needed, which cost an atomic add a segment. */
export let usesAvailability: bool = false;

/** @param number index in `PICKERS` of `roles/pickers.ts` */
export function openPicker(number: i32, countsHolders: bool): void {
  picker = number;
  usesAvailability = countsHolders;
  openRandom();
}

/** Brings what the next `picks` calls of `pickSegment` read into the processor's cache. */
export function touchPicks(
  missing: usize,
  from: i32,
  count: i32,
  picks: i32,
  random: Random,
): void {
  if (picker == 0) touchRandom(missing, from, count, picks, random);
}

/**
 * Chooses the segment to ask for next.
 *
 * @param missing address of the segments that were not asked for, in [`from`, `count`)
 * @returns index in [`from`, `count`)
 */
export function pickSegment(missing: usize, from: i32, count: i32, random: Random): i32 {
  switch (picker) {
    case 0:
      return randomSegment(from, count, random);
    case 1:
      return sequential(from);
    default:
      return rarest(missing, from, count, random);
  }
}
