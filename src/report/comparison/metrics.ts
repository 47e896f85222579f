/** What runs are compared by; each figure is of one run. */
import type { RunResult } from '../../swarm/result.js';
import { mean } from '../statistics/mean.js';
import { median, quantile } from '../statistics/quantile.js';

const FREE_RIDER = 'free-rider';

/** A figure of a run, and how to speak of it. */
export interface Metric {
  /** Stands in files and in `--fail-if`. */
  readonly key: string;
  /** As it stands in a sentence. */
  readonly name: string;
  /** Empty for a number without one. */
  readonly unit: string;
  /** Which way is good. */
  readonly better: 'lower' | 'higher';
  /** What the better one is, as in "1.3x FASTER than". */
  readonly word: string;
  /** `undefined` where the run has no such figure. */
  readonly of: (result: RunResult) => number | undefined;
}

function ofCompletions(pick: (seconds: readonly number[]) => number): Metric['of'] {
  return (result) => {
    const seconds = completionsOf(result);
    return seconds.length === 0 ? undefined : pick(seconds);
  };
}

function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

/** All metrics; the first one heads a report. */
export const METRICS: readonly Metric[] = [
  {
    key: 'lastCompletion',
    name: 'last completion',
    unit: 's',
    better: 'lower',
    word: 'faster',
    of: ofCompletions((seconds) => seconds.reduce((last, time) => Math.max(last, time), 0)),
  },
  {
    key: 'meanCompletion',
    name: 'mean completion',
    unit: 's',
    better: 'lower',
    word: 'faster',
    of: ofCompletions(mean),
  },
  {
    key: 'medianCompletion',
    name: 'median completion',
    unit: 's',
    better: 'lower',
    word: 'faster',
    of: ofCompletions(median),
  },
  {
    key: 'p95Completion',
    name: 'p95 completion',
    unit: 's',
    better: 'lower',
    word: 'faster',
    of: ofCompletions((seconds) => quantile(seconds, 0.95)),
  },
  {
    key: 'segmentsPerSecond',
    name: 'segments/s',
    unit: '1/s',
    better: 'higher',
    word: 'faster',
    of: ({ totals }) => totals.segmentsPerSecond,
  },
  {
    key: 'uploadJain',
    name: 'upload Jain index',
    unit: '',
    better: 'higher',
    word: 'more even',
    of: ({ balance }) => balance.uploadJain,
  },
  {
    key: 'uploadGini',
    name: 'upload Gini',
    unit: '',
    better: 'lower',
    word: 'more even',
    of: ({ balance }) => balance.uploadGini,
  },
  {
    key: 'nackShare',
    name: 'NACK share',
    unit: '',
    better: 'lower',
    word: 'lower',
    of: ({ totals }) => share(totals.nacks, totals.requests),
  },
  {
    key: 'messagesPerSegment',
    name: 'messages a segment',
    unit: '',
    better: 'lower',
    word: 'lower',
    of: ({ totals }) => share(totals.messages, totals.segmentsDelivered),
  },
  {
    key: 'trackerRequests',
    name: 'tracker requests',
    unit: '',
    better: 'lower',
    word: 'lower',
    of: ({ totals }) => totals.trackerRequests,
  },
  {
    key: 'optimumGap',
    name: 'optimum gap',
    unit: '',
    better: 'lower',
    word: 'closer',
    of: ({ optimum }) => optimum?.gap,
  },
  {
    key: 'freeRiderPenalty',
    name: 'free-rider penalty',
    unit: '',
    better: 'higher',
    word: 'higher',
    of: freeRiderPenalty,
  },
];

/** Mean completion of the free riders of a `--mix` over that of all other clients. */
function freeRiderPenalty({ ranks }: RunResult): number | undefined {
  const seconds = (isOf: boolean): number[] =>
    ranks.flatMap(({ part, completionSeconds }) => {
      return (part === FREE_RIDER) === isOf ? (completionSeconds ?? []) : [];
    });
  const [theirs, others] = [seconds(true), seconds(false)];
  return theirs.length === 0 || others.length === 0 ? undefined : mean(theirs) / mean(others);
}

/** @returns the seconds in which each client had all it wanted, by rank; of those that had */
export function completionsOf({ ranks }: RunResult): number[] {
  return ranks.flatMap(({ role, completionSeconds, completionMs }) => {
    if (role !== 'client') return [];
    if (completionSeconds !== undefined) return [completionSeconds];
    return completionMs === undefined ? [] : [completionMs / 1000];
  });
}

/** @returns the metric's name with its unit, as the head of a column: `last completion, s` */
export function titleOf({ name, unit }: Pick<Metric, 'name' | 'unit'>): string {
  return unit === '' || name.endsWith('/s') ? name : `${name}, ${unit}`;
}
