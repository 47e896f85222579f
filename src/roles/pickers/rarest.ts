import type { Picker, PickerContext } from './picker.js';

/** Segments looked at a pick: the rarest of so many random ones. */
const SAMPLE = 16;

/**
 * Rarest first (BEP 3): the segment with the fewest holders, here of a random sample of the
 * missing ones. A full scan would cost time in proportion to the file at every pick, and with
 * everybody choosing the same rarest segment it would serve the swarm less well: clients break
 * the tie at random. Ties within the sample: the first drawn.
 */
export const rarest: Picker = {
  name: 'rarest',
  summary: `fewest holders first, among ${SAMPLE} random missing segments`,
  usesAvailability: true,
  pick(missing: Int32Array, from: number, count: number, context: PickerContext): number {
    const { available, random } = context;
    const tries = Math.min(SAMPLE, count - from);
    let best = from + random.below(count - from);
    for (let draw = 1; draw < tries; draw++) {
      const index = from + random.below(count - from);
      if (available[missing[index]] < available[missing[best]]) best = index;
    }
    return best;
  },
};
