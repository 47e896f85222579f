/** The built-in piece pickers by name; their rules stand in `assembly/pickers/`, one a file. */

/** What a run has to know of a picker besides its rule. */
export interface Picker {
  readonly name: string;
  /** One line for `bt-shm list`. */
  readonly summary: string;
  /** Whether holders are counted for each segment, which costs an atomic add a segment. */
  readonly usesAvailability: boolean;
}

/** In the order of the numbers that `assembly/pickers/` knows them by; the default first. */
export const PICKERS: readonly Picker[] = [
  { name: 'random', summary: 'uniformly at random', usesAvailability: false },
  { name: 'sequential', summary: "in the file's order", usesAvailability: false },
  {
    name: 'rarest',
    summary: 'fewest holders first, among 16 random missing segments',
    usesAvailability: true,
  },
];
