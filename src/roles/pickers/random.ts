import type { Picker, PickerContext } from './picker.js';

/** Uniformly at random among the missing. */
export const randomPicker: Picker = {
  name: 'random',
  summary: 'uniformly at random',
  usesAvailability: false,
  pick(_missing: Int32Array, from: number, count: number, context: PickerContext): number {
    return from + context.random.below(count - from);
  },
};
