/** What a benchmark reports, and how its verdicts come about: computed here, and nowhere else. */
import type { PeerResult } from './peers/peer.js';

/** Unit of a figure. */
export type Unit = PeerResult['unit'] | 'B' | 'wake-ups' | 'blocks/s' | 'ratio';

/** A bound that a figure, or its ratio to a peer's figure, has to keep. */
export interface Target {
  readonly bound: 'at least' | 'at most';
  readonly value: number;
}

/** What became of a target; `skipped`: the peer has no figure; `failed`: bt-shm has none. */
export type Verdict = 'met' | 'missed' | 'skipped' | 'failed';

/** A peer beside a measurement, its figure in the measurement's unit. */
export interface Comparison {
  readonly peer: PeerResult;
  /** For bt-shm's figure divided by the peer's. */
  readonly target?: Target;
}

/** Which figure stands for all samples: their median unless said otherwise. */
export type Summary = 'median' | 'highest' | 'total';

/** One thing measured, as a benchmark hands it in. */
export interface Measurement {
  readonly name: string;
  readonly unit: Unit;
  /** One figure a repetition; none where the benchmark failed. */
  readonly samples: readonly number[];
  readonly summary?: Summary;
  /** For the figure itself. */
  readonly target?: Target;
  readonly comparisons?: readonly Comparison[];
  /** What else a reader should know, a line each. */
  readonly notes?: readonly string[];
  /** Why there are no samples. */
  readonly failure?: string;
}

/** A {@link Comparison} with its outcome. */
export interface JudgedComparison extends Comparison {
  /** bt-shm's figure divided by the peer's; absent where either is. */
  readonly ratio?: number;
  /** Absent where there is no target. */
  readonly verdict?: Verdict;
}

/** A {@link Measurement} with its outcome. */
export interface JudgedMeasurement extends Measurement {
  readonly summary: Summary;
  /** What stands for all samples; absent where there are none. */
  readonly figure?: number;
  readonly min?: number;
  readonly max?: number;
  readonly verdict?: Verdict;
  readonly comparisons: readonly JudgedComparison[];
  readonly notes: readonly string[];
}

/**
 * Sums a measurement up and holds it against its targets.
 *
 * @param measurement - what was measured
 * @returns the same with its figure, ratios and verdicts
 */
export function judge(measurement: Measurement): JudgedMeasurement {
  const { samples, summary = 'median', target, comparisons = [], notes = [] } = measurement;
  const figure = figureOf(samples, summary);
  const verdict = verdictOn(target, figure);
  return {
    ...measurement,
    summary,
    notes,
    ...(figure !== undefined && {
      figure,
      min: Math.min(...samples),
      max: Math.max(...samples),
    }),
    ...(verdict !== undefined && { verdict }),
    comparisons: comparisons.map((comparison) => judgeComparison(comparison, figure)),
  };
}

function figureOf(samples: readonly number[], summary: Summary): number | undefined {
  if (samples.length === 0) return undefined;
  switch (summary) {
    case 'median':
      return middle(samples);
    case 'highest':
      return Math.max(...samples);
    case 'total':
      return samples.reduce((sum, sample) => sum + sample, 0);
  }
}

/**
 * The median: of an even number of values the mean of the middle two, so that two repetitions
 * favour neither side.
 *
 * @param values - at least one, in any order
 */
export function middle(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

function judgeComparison(comparison: Comparison, figure: number | undefined): JudgedComparison {
  const { peer, target } = comparison;
  const ratio = figure === undefined || peer.value === undefined ? undefined : figure / peer.value;
  const missing = peer.value === undefined ? 'skipped' : 'failed';
  const verdict = verdictOn(target, ratio, missing);
  return {
    ...comparison,
    ...(ratio !== undefined && { ratio }),
    ...(verdict !== undefined && { verdict }),
  };
}

function verdictOn(
  target: Target | undefined,
  value: number | undefined,
  missing: Verdict = 'failed',
): Verdict | undefined {
  if (target === undefined) return undefined;
  if (value === undefined) return missing;
  const isMet = target.bound === 'at least' ? value >= target.value : value <= target.value;
  return isMet ? 'met' : 'missed';
}

/** How many targets had which verdict. */
export type Tally = Readonly<Record<Verdict, number>>;

/** Counts the verdicts of several measurements and of their comparisons. */
export function tally(measurements: readonly JudgedMeasurement[]): Tally {
  const counts = { met: 0, missed: 0, skipped: 0, failed: 0 };
  for (const { verdict, comparisons } of measurements) {
    for (const found of [verdict, ...comparisons.map((comparison) => comparison.verdict)]) {
      if (found !== undefined) counts[found]++;
    }
  }
  return counts;
}

/** A ratio or figure of at least `value`. */
export function atLeast(value: number): Target {
  return { bound: 'at least', value };
}

/** A ratio or figure of at most `value`. */
export function atMost(value: number): Target {
  return { bound: 'at most', value };
}

/**
 * Finds the results of one peer among several, such as those of one MPI implementation.
 *
 * @param results - from one or more peers
 * @param start - what the name starts with
 * @param part - what it contains
 * @returns the first that fits, or one that says that there is none
 */
export function pickPeer(results: readonly PeerResult[], start: string, part = ''): PeerResult {
  const found =
    results.find(({ name }) => name.startsWith(start) && name.includes(part)) ??
    // An implementation that is not installed has one result, named after itself.
    results.find(({ name, skipped }) => name === start && skipped !== undefined);
  return found ?? { name: start, unit: 'msg/s', skipped: 'not measured' };
}
