import type { Picker } from './picker.js';

/** In the file's order, as for streaming. */
export const sequential: Picker = {
  name: 'sequential',
  summary: "in the file's order",
  usesAvailability: false,
  pick(_missing: Int32Array, from: number): number {
    return from;
  },
};
