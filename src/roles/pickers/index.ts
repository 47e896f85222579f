import type { Picker } from './picker.js';
import { randomPicker } from './random.js';
import { rarest } from './rarest.js';
import { sequential } from './sequential.js';

export type { Picker, PickerContext } from './picker.js';

/** The built-in pickers; the default first. */
export const PICKERS: readonly Picker[] = [randomPicker, sequential, rarest];
