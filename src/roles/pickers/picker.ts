import type { Random } from '../protocol.js';

/** What a picker may look at. */
export interface PickerContext {
  /** Holders of each segment, over the whole swarm. */
  readonly available: Int32Array;
  readonly random: Random;
}

/** A piece picker: in which order a client asks for the segments that it lacks. */
export interface Picker {
  readonly name: string;
  /** One line for `bt-shm list`. */
  readonly summary: string;
  /** Whether the counts in {@link PickerContext.available} are needed, which cost an atomic add. */
  readonly usesAvailability: boolean;
  /**
   * Chooses the segment to ask for next.
   *
   * @param missing segments that were not asked for, in [`from`, `count`)
   * @returns index in [`from`, `count`)
   */
  pick(missing: Int32Array, from: number, count: number, context: PickerContext): number;
}
