/** Makes a comparison of samples. */
import {
  type ComparedConfig,
  type Definition,
  type Point,
  labelOfPoint,
} from '../../swarm/compare/index.js';
import { SeededRandom } from '../../swarm/random.js';
import { type Interval, bootstrapMean } from '../statistics/bootstrap.js';
import { holmAdjusted } from '../statistics/holm.js';
import { mean } from '../statistics/mean.js';
import { outliersOf } from '../statistics/outliers.js';
import { median } from '../statistics/quantile.js';
import { rankBiserial } from '../statistics/rank-biserial.js';
import { wilcoxonSignedRank } from '../statistics/wilcoxon.js';
import { type Gate, checkGates } from './gate.js';
import { METRICS, type Metric } from './metrics.js';
import {
  COMPARISON_VERSION,
  type ComparedPoint,
  type Comparison,
  type Pair,
  type PairTest,
  type Sample,
  type Settings,
  type Summary,
} from './types.js';
import { judge } from './verdict.js';

/** Samples, and what they are of. */
export interface Study extends Pick<
  Comparison,
  'startedAt' | 'command' | 'environment' | 'samples'
> {
  readonly definition: Pick<Definition, 'contenders' | 'points' | 'seeds' | 'configs'>;
}

/** What the reader of a comparison may choose. */
export interface AnalyseOptions {
  /** Ratios nearer to 1 than this are no difference; 0.01 by default. */
  readonly noise?: number;
  /** Samples drawn for each interval; 5000 by default. */
  readonly resamples?: number;
  /** Thresholds to check; see {@link Gate}. */
  readonly gates?: readonly Gate[];
}

/** The least difference that counts, unless told otherwise. */
export const DEFAULT_NOISE = 0.01;

const CONFIDENCE = 0.95;
const DEFAULT_RESAMPLES = 5000;

/** The intervals are drawn anew for every report, and must come out the same. */
const BOOTSTRAP_SEED = 1;

/** A pair's figures before all tests are known, which the correction needs. */
interface Untested {
  readonly metric: Metric;
  readonly point: number;
  readonly of: number;
  readonly to: number;
  readonly test: Omit<PairTest, 'pHolm' | 'verdict'>;
  /** Means over the pair's runs. */
  readonly means: readonly [of: number, to: number];
  /** Whether any two runs differ; where none do there is nothing to test. */
  readonly isTested: boolean;
}

/**
 * Compares samples. The same samples give the same comparison, digit by digit.
 *
 * @param study - what was run
 * @param options - what counts as a difference, and thresholds to check
 */
export function analyse(study: Study, options: AnalyseOptions = {}): Comparison {
  const { definition, samples } = study;
  const { contenders, points, seeds, configs } = definition;
  const resamples = options.resamples ?? DEFAULT_RESAMPLES;
  const grid = new SampleGrid(study, resamples);
  const untested = points.flatMap((_, point) => pairUp(grid, point));
  const tested = untested.filter(({ isTested }) => isTested);
  const adjusted = holmAdjusted(tested.map(({ test }) => test.p));
  const pHolm = new Map(tested.map((pair, index) => [pair, adjusted[index]]));
  const settings: Settings = {
    confidence: CONFIDENCE,
    noise: options.noise ?? DEFAULT_NOISE,
    resamples,
    tests: tested.length,
  };
  const compared = points.map((values, point): ComparedPoint => ({
    values,
    contenders: contenders.map((name, contender) => ({
      name,
      metrics: summariesOf(grid, contender, point),
    })),
    pairs: pairsAt(
      untested.filter((pair) => pair.point === point),
      contenders,
      (pair) => pHolm.get(pair) ?? 1,
      settings,
    ),
  }));
  const shared = sharedConfig(configs.flat());
  const { startedAt, command, environment } = study;
  return {
    schemaVersion: COMPARISON_VERSION,
    kind: 'comparison',
    ...(startedAt !== undefined && { startedAt }),
    ...(command !== undefined && { command }),
    ...(environment !== undefined && { environment }),
    settings,
    metrics: METRICS.map(({ key, name, unit, better, word }) => ({
      key,
      name,
      unit,
      better,
      word,
    })),
    contenders: contenders.map((name, contender) => ({
      name,
      config: without(sharedConfig(configs[contender]), shared),
    })),
    config: shared,
    seeds,
    points: compared,
    gates: checkGates(options.gates ?? [], compared),
    samples,
    runsMissing: contenders.length * points.length * seeds.length - samples.length,
  };
}

/** Finds samples by where they belong. */
class SampleGrid {
  private readonly rows = new Map<string, Sample[]>();

  constructor(
    { definition, samples }: Study,
    private readonly resamples: number,
  ) {
    this.contenders = definition.contenders;
    this.points = definition.points;
    for (const sample of samples) {
      const key = `${sample.point}:${sample.contender}`;
      this.rows.set(key, [...(this.rows.get(key) ?? []), sample]);
    }
    for (const row of this.rows.values()) row.sort((a, b) => a.seed - b.seed);
  }

  readonly contenders: readonly string[];
  readonly points: readonly Point[];

  /** The values of all complete runs that have one, by seed in ascending order. */
  values(contender: number, point: number, { key }: Metric): Map<number, number> {
    const row = this.rows.get(`${point}:${this.contenders[contender]}`) ?? [];
    return new Map(
      row.flatMap(({ seed, complete, values }) =>
        complete && values[key] !== undefined ? [[seed, values[key]] as const] : [],
      ),
    );
  }

  /**
   * Finds the intervals of what is of some contenders at a point. Each is drawn from a stream of its
   * own: none depends on which others are drawn.
   */
  intervals(point: number, metric: Metric, ...contenders: readonly number[]): IntervalOf {
    const names = contenders.map((contender) => this.contenders[contender]);
    const purpose = [labelOfPoint(this.points[point]), metric.key, ...names].join('\n');
    return (values) => {
      const random = new SeededRandom(BOOTSTRAP_SEED, purpose);
      return bootstrapMean(values, { resamples: this.resamples, confidence: CONFIDENCE, random });
    };
  }
}

type IntervalOf = (values: readonly number[]) => Interval | undefined;

function summariesOf(grid: SampleGrid, contender: number, point: number): Record<string, Summary> {
  const summaries: Record<string, Summary> = {};
  for (const metric of METRICS) {
    const bySeed = grid.values(contender, point, metric);
    if (bySeed.size === 0) continue;
    const seeds = [...bySeed.keys()];
    const values = [...bySeed.values()];
    const interval = grid.intervals(point, metric, contender)(values);
    summaries[metric.key] = {
      runs: values.length,
      mean: mean(values),
      median: median(values),
      least: values.reduce((least, value) => Math.min(least, value)),
      most: values.reduce((most, value) => Math.max(most, value)),
      ...(interval !== undefined && { interval }),
      outliers: outliersOf(values).map((index) => ({ seed: seeds[index], value: values[index] })),
    };
  }
  return summaries;
}

/** The figures of every pair and metric at a point. */
function pairUp(grid: SampleGrid, point: number): Untested[] {
  const count = grid.contenders.length;
  return Array.from({ length: count }, (_, of) => of).flatMap((of) =>
    Array.from({ length: count - of - 1 }, (_, index) => of + 1 + index).flatMap((to) =>
      METRICS.flatMap((metric) => {
        const pairs = pairedValues(grid.values(of, point, metric), grid.values(to, point, metric));
        if (pairs.length === 0) return [];
        const test = testOf(pairs, grid.intervals(point, metric, of, to));
        const means = [mean(pairs.map(([a]) => a)), mean(pairs.map(([, b]) => b))] as const;
        const isTested = pairs.some(([a, b]) => a !== b);
        return [{ metric, point, of, to, test, means, isTested }];
      }),
    ),
  );
}

type ValuePair = readonly [of: number, to: number];

function pairedValues(of: Map<number, number>, to: Map<number, number>): ValuePair[] {
  return [...of].flatMap(([seed, value]) => {
    const other = to.get(seed);
    return other === undefined ? [] : [[value, other] as const];
  });
}

function testOf(
  pairs: readonly ValuePair[],
  intervalOf: IntervalOf,
): Omit<PairTest, 'pHolm' | 'verdict'> {
  const differences = pairs.map(([a, b]) => a - b);
  const ranks = wilcoxonSignedRank(differences);
  const ratio = ratioOf(pairs, intervalOf);
  const interval = intervalOf(differences);
  return {
    runs: pairs.length,
    ...(ratio !== undefined && { ratio }),
    difference: { estimate: mean(differences), ...interval },
    p: ranks.p,
    effect: rankBiserial(ranks),
  };
}

/** The geometric mean treats A/B and B/A alike, which the mean of ratios does not. */
function ratioOf(pairs: readonly ValuePair[], intervalOf: IntervalOf): PairTest['ratio'] {
  if (pairs.some(([a, b]) => a <= 0 || b <= 0)) return undefined;
  const logs = pairs.map(([a, b]) => Math.log(a / b));
  const interval = intervalOf(logs);
  if (interval === undefined) return undefined;
  const { low, high } = interval;
  return { estimate: Math.exp(mean(logs)), low: Math.exp(low), high: Math.exp(high) };
}

function pairsAt(
  untested: readonly Untested[],
  contenders: readonly string[],
  pHolmOf: (pair: Untested) => number,
  settings: Settings,
): Pair[] {
  const pairs = new Map<string, Pair & { readonly metrics: Record<string, PairTest> }>();
  for (const entry of untested) {
    const { metric, of, to, test, means } = entry;
    const key = `${of}:${to}`;
    const pair = pairs.get(key) ?? { of: contenders[of], to: contenders[to], metrics: {} };
    pairs.set(key, pair);
    const pHolm = pHolmOf(entry);
    const evidence = {
      ...test,
      pHolm,
      of: { name: pair.of, mean: means[0] },
      to: { name: pair.to, mean: means[1] },
    };
    const verdict = judge(metric, evidence, settings);
    pair.metrics[metric.key] = { ...test, pHolm, verdict };
  }
  return [...pairs.values()];
}

/** What several configurations have in common. */
function sharedConfig(configs: readonly ComparedConfig[]): ComparedConfig {
  // Loose results need not cover every contender at every point.
  const known = configs.filter((config) => config !== undefined);
  const [first, ...others] = known as readonly Readonly<Record<string, unknown>>[];
  const same = Object.entries(first).filter(([key, value]) =>
    others.every((other) => JSON.stringify(other[key]) === JSON.stringify(value)),
  );
  return Object.fromEntries(same);
}

function without(config: ComparedConfig, shared: ComparedConfig): ComparedConfig {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !(key in shared)));
}
