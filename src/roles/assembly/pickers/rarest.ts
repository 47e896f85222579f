import { at } from '../../../shm/assembly/memory';
import { Random } from '../../../shm/assembly/random';
import { seenAvailability } from '../swarm';

/** Segments looked at a pick: the rarest of so many random ones. */
const SAMPLE: i32 = 16;

/**
 * Rarest first (BEP 3): the segment with the fewest holders, here of a random sample of the
 * missing ones. A full scan would cost time in proportion to the file at every pick, and if all
 * clients chose the same rarest segment, it would serve the swarm less well. Ties: the first
 * drawn.
 */
export function rarest(missing: usize, from: i32, count: i32, random: Random): i32 {
  const draws = min(SAMPLE, count - from);
  let best = from + random.below(count - from);
  for (let draw = 1; draw < draws; draw++) {
    const index = from + random.below(count - from);
    if (at(seenAvailability, at(missing, index)) < at(seenAvailability, at(missing, best)))
      best = index;
  }
  return best;
}
