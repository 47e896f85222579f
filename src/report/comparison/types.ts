/** A comparison as it stands in the JSON; fields may be added, never renamed. */
import type { ComparedConfig, Point } from '../../swarm/compare/index.js';
import type { Observation } from '../../swarm/virtual/observation.js';
import type { Outcome } from '../../swarm/result.js';
import type { Environment } from '../environment.js';
import type { Interval } from '../statistics/bootstrap.js';
import type { GateResult } from './gate.js';
import type { Metric } from './metrics.js';

/** Version of {@link Comparison}'s shape. */
export const COMPARISON_VERSION = 1;

/** What one run gives a comparison. */
export interface Sample {
  readonly contender: string;
  /** Index into {@link Comparison.points}. */
  readonly point: number;
  readonly seed: number;
  readonly outcome: Outcome;
  /** Whether every client got everything; others are listed and take no part in the statistics. */
  readonly complete: boolean;
  readonly digest?: string;
  /** By the key of the metric. */
  readonly values: Readonly<Record<string, number>>;
  /** Seconds in which each client had all it wanted, by rank. */
  readonly completionSeconds: readonly number[];
  /** Segments that each client and seed uploaded, by rank. */
  readonly segmentsUploaded: readonly number[];
  /** Who sent to whom, and how rare segments were; of the first seed, in virtual time. */
  readonly observation?: Observation;
}

/** One metric of one contender over its runs. */
export interface Summary {
  readonly runs: number;
  readonly mean: number;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Of the mean; absent for a single run. */
  readonly interval?: Interval;
  /** Runs that lie apart; they are counted like all others. */
  readonly outliers: readonly { readonly seed: number; readonly value: number }[];
}

/** Why a pair has no winner: the first of these that holds. */
export type NoWinner =
  'no-difference' | 'too-few-runs' | 'interval-holds-1' | 'not-significant' | 'below-noise';

/** What a comparison says of a pair and a metric. */
export interface Verdict {
  /** The better one; absent where no difference was shown. */
  readonly winner?: string;
  /** Absent where there is a winner. */
  readonly because?: NoWinner;
  /** A sentence without its full stop. */
  readonly text: string;
}

/** One metric of one pair, over the seeds that both have. */
export interface PairTest {
  readonly runs: number;
  /** Geometric mean of the paired ratios `of` / `to`; absent where a value is 0 or below. */
  readonly ratio?: Interval & { readonly estimate: number };
  /** Mean of the paired differences `of` - `to`. */
  readonly difference: Partial<Interval> & { readonly estimate: number };
  /** Of Wilcoxon's signed-rank test, two-sided. */
  readonly p: number;
  /** The same, by Holm's correction over all tests of the comparison. */
  readonly pHolm: number;
  /** Rank-biserial correlation: 1 where `of` is larger in every pair, -1 where it is smaller. */
  readonly effect: number;
  readonly verdict: Verdict;
}

/** Two contenders at one point. */
export interface Pair {
  readonly of: string;
  readonly to: string;
  /** By the key of the metric. */
  readonly metrics: Readonly<Record<string, PairTest>>;
}

/** All contenders at one point of the sweep; without a sweep there is one point. */
export interface ComparedPoint {
  readonly values: Point;
  readonly contenders: readonly {
    readonly name: string;
    /** By the key of the metric. */
    readonly metrics: Readonly<Record<string, Summary>>;
  }[];
  readonly pairs: readonly Pair[];
}

/** How the figures came about. */
export interface Settings {
  readonly confidence: number;
  /** Ratios nearer to 1 than this are no difference. */
  readonly noise: number;
  readonly resamples: number;
  /** Tests that Holm's correction is over. */
  readonly tests: number;
}

/** A comparison with its verdicts and every sample behind them. */
export interface Comparison {
  readonly schemaVersion: typeof COMPARISON_VERSION;
  readonly kind: 'comparison';
  /** ISO 8601. */
  readonly startedAt?: string;
  /** Reproduces the comparison. */
  readonly command?: string;
  readonly environment?: Partial<Environment>;
  readonly settings: Settings;
  readonly metrics: readonly Omit<Metric, 'of'>[];
  readonly contenders: readonly {
    readonly name: string;
    /** What of its configuration the others do not share. */
    readonly config: ComparedConfig;
  }[];
  /** What all runs have in common. */
  readonly config: ComparedConfig;
  readonly seeds: readonly number[];
  readonly points: readonly ComparedPoint[];
  readonly gates: readonly GateResult[];
  readonly samples: readonly Sample[];
  /** Runs of the comparison that have no result yet. */
  readonly runsMissing: number;
}
