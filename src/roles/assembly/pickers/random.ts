import { Random } from '../../../shm/assembly/random';

/** Uniformly at random among the missing. */
export function randomSegment(from: i32, count: i32, random: Random): i32 {
  return from + random.below(count - from);
}
