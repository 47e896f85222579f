import { allocate, at, noteRead } from '../../../shm/assembly/memory';
import { Random } from '../../../shm/assembly/random';

let ahead: Random = changetype<Random>(0);

export function openRandom(): void {
  ahead = changetype<Random>(allocate(offsetof<Random>()));
}

/** Uniformly at random among the missing. */
export function randomSegment(from: i32, count: i32, random: Random): i32 {
  return from + random.below(count - from);
}

/**
 * Reads the segments that the next `picks` calls will choose, if nothing else is drawn in between:
 * one after the other each would be waited for.
 */
export function touchRandom(
  missing: usize,
  from: i32,
  count: i32,
  picks: i32,
  random: Random,
): void {
  ahead.follow(random);
  const end = min(from + picks, count);
  for (let next = from; next < end; next++) {
    noteRead(at(missing, randomSegment(next, count, ahead)));
  }
}
