/** Reproduces published results: each case says what was published, and what is got here. */
import { UsageError } from '../../../errors.js';
import { monotonicMs } from '../../report-types.js';
import type { Check, ValidationCase } from './check.js';
import { CHOICES } from './choices.js';
import { DISTRIBUTION_TIME } from './distribution-time.js';
import { FLUID_MODEL } from './fluid-model.js';
import { MAKESPAN } from './makespan.js';
import { OPTIMISTIC_UNCHOKE } from './optimistic-unchoke.js';
import { PEER_PRIORITY } from './peer-priority.js';

export type { Check, CheckUnit, Tolerance, ValidationCase } from './check.js';

/** All cases, in the order of the list of published results. */
export const CASES: readonly ValidationCase[] = [
  MAKESPAN,
  DISTRIBUTION_TIME,
  FLUID_MODEL,
  CHOICES,
  OPTIMISTIC_UNCHOKE,
  PEER_PRIORITY,
];

/** A case and what became of it. */
export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly checks: readonly Check[];
  readonly notes: readonly string[];
  /** Why the case could not be run to its end. */
  readonly error?: string;
}

/** What became of all cases. */
export interface Validation {
  readonly passed: boolean;
  readonly cases: readonly CaseResult[];
}

/**
 * Finds cases by their names.
 *
 * @param names - such as `V2`; none: all cases
 * @returns each case once, in the order of {@link CASES}
 * @throws UsageError where there is no such case
 */
export function casesNamed(names: readonly string[]): readonly ValidationCase[] {
  const known = CASES.map(({ id }) => id);
  for (const name of names) {
    if (known.includes(name.toUpperCase())) continue;
    throw new UsageError(`--only: expected one of ${known.join(', ')}, found ${name}`);
  }
  if (names.length === 0) return CASES;
  return CASES.filter(({ id }) => names.some((name) => name.toUpperCase() === id));
}

/** Runs one case on the calling thread; an error that it throws fails it. */
export function runCase(chosen: ValidationCase): CaseResult {
  const { id, title, source } = chosen;
  const startedMs = monotonicMs();
  const about = { id, title, source };
  const seconds = (): number => (monotonicMs() - startedMs) / 1000;
  try {
    const { checks, notes } = chosen.run();
    const passed = checks.length > 0 && checks.every((each) => each.passed);
    return { ...about, passed, seconds: seconds(), checks, notes };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...about, passed: false, seconds: seconds(), checks: [], notes: [], error: message };
  }
}
