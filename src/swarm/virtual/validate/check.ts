/** What a published result says, what was got here, and whether the two agree. */

/** How far a figure may lie from what is expected. */
export interface Tolerance {
  /**
   * `exact`: not at all; `relative`, `absolute`: up to `by` to either side; `at-least`, `at-most`:
   * what is expected is a bound.
   */
  readonly kind: 'exact' | 'relative' | 'absolute' | 'at-least' | 'at-most';
  readonly by: number;
}

/** What a figure counts; `checksum`: it is shown in hexadecimal. */
export type CheckUnit = 'rounds' | 's' | 'peers' | 'requests' | 'ratio' | 'checksum';

/** One figure, judged. */
export interface Check {
  readonly name: string;
  readonly unit: CheckUnit;
  readonly expected: number;
  readonly got: number;
  readonly tolerance: Tolerance;
  readonly passed: boolean;
}

export const EXACT: Tolerance = { kind: 'exact', by: 0 };
export const AT_LEAST: Tolerance = { kind: 'at-least', by: 0 };
export const AT_MOST: Tolerance = { kind: 'at-most', by: 0 };

/** @param by - a share, such as 0.1 */
export const within = (by: number): Tolerance => ({ kind: 'relative', by });

/** @param by - in the figure's unit */
export const plusMinus = (by: number): Tolerance => ({ kind: 'absolute', by });

/** Judges one figure; one that is no number fails. */
export function check(
  name: string,
  unit: CheckUnit,
  expected: number,
  got: number,
  tolerance: Tolerance,
): Check {
  return { name, unit, expected, got, tolerance, passed: agrees(expected, got, tolerance) };
}

function agrees(expected: number, got: number, { kind, by }: Tolerance): boolean {
  switch (kind) {
    case 'exact':
      return got === expected;
    case 'relative':
      return Math.abs(got - expected) <= by * Math.abs(expected);
    case 'absolute':
      return Math.abs(got - expected) <= by;
    case 'at-least':
      return got >= expected;
    case 'at-most':
      return got <= expected;
  }
}

/** What a case has found. */
export interface Findings {
  readonly checks: readonly Check[];
  /** What was measured besides, and under which conditions. */
  readonly notes: readonly string[];
}

/** A published result that can be reproduced. */
export interface ValidationCase {
  /** As in the list of published results: `V1`. */
  readonly id: string;
  readonly title: string;
  /** Authors, title, year. */
  readonly source: string;
  /** Runs on the calling thread, to the end. */
  run(): Findings;
}
