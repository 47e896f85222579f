/** Says in words what a pair's figures show, and never more than they do. */
import { formatSignificant, plural } from '../format.js';
import type { Interval } from '../statistics/bootstrap.js';
import { leastP } from '../statistics/wilcoxon.js';
import type { Metric } from './metrics.js';
import type { NoWinner, PairTest, Settings, Verdict } from './types.js';

/** What a verdict goes by. */
export type Evidence = Omit<PairTest, 'verdict'> & {
  readonly of: { readonly name: string; readonly mean: number };
  readonly to: { readonly name: string; readonly mean: number };
};

/**
 * There is a winner only where everything speaks for it: the interval leaves out equality, the
 * corrected test is significant, and the difference is above the noise.
 */
export function judge(metric: Metric, evidence: Evidence, settings: Settings): Verdict {
  const because = whyNoWinner(evidence, settings);
  if (because !== undefined)
    return { because, text: describeTie(metric, evidence, because, settings) };
  const isOfLarger = evidence.difference.estimate > 0;
  const isOfBetter = isOfLarger === (metric.better === 'higher');
  const [winner, loser] = isOfBetter ? [evidence.of, evidence.to] : [evidence.to, evidence.of];
  const { ratio } = evidence;
  const text =
    ratio === undefined
      ? `${winner.name} is ${metric.word} than ${loser.name} in ${metric.name}: ` +
        `${formatValue(winner.mean)} against ${formatValue(loser.mean)}`
      : `${winner.name} is ${describeRatio(aboveOne(ratio))} ${metric.word} than ${loser.name} ` +
        `in ${metric.name}`;
  return { winner: winner.name, text };
}

function whyNoWinner(
  { runs, ratio, difference, pHolm }: Evidence,
  { confidence, noise, tests }: Settings,
): NoWinner | undefined {
  const level = 1 - confidence;
  const { estimate, low = estimate, high = estimate } = difference;
  if (low === 0 && high === 0) return 'no-difference';
  if (leastP(runs) * tests > level) return 'too-few-runs';
  if (ratio === undefined) {
    if (low <= 0 && high >= 0) return 'interval-holds-1';
  } else {
    if (ratio.low <= 1 && ratio.high >= 1) return 'interval-holds-1';
    if (aboveOne(ratio).estimate - 1 < noise) return 'below-noise';
    // A winner's side of 1 must be the side on which the differences lie, too.
    if (ratio.estimate > 1 !== estimate > 0) return 'not-significant';
  }
  return pHolm > level ? 'not-significant' : undefined;
}

function describeTie(
  metric: Metric,
  { runs, of, to, ratio, pHolm }: Evidence,
  because: NoWinner,
  { tests, confidence, noise }: Settings,
): string {
  const head = `no difference shown between ${of.name} and ${to.name} in ${metric.name}`;
  const shown = ratio === undefined ? '' : ` (${describeRatio(ratio)})`;
  switch (because) {
    case 'too-few-runs':
      return `${head}${shown}: ${plural(runs, 'run')} can't show one, ${runsNeeded(tests, confidence)} can`;
    case 'below-noise':
      return `${head}${shown}: within the noise of ${noise}`;
    case 'no-difference':
      return `${head}: all runs are equal`;
    case 'not-significant':
      return `${head}${shown}: p = ${formatSignificant(pHolm)} among ${plural(tests, 'test')}`;
    default:
      return `${head}${shown}`;
  }
}

/** @returns the least number of paired runs that can show a difference among so many tests */
export function runsNeeded(tests: number, confidence: number): number {
  let runs = 2;
  while (leastP(runs) * tests > 1 - confidence) runs++;
  return runs;
}

/** A ratio and its interval, turned so that it is at least 1. */
function aboveOne(ratio: Interval & { readonly estimate: number }): typeof ratio {
  if (ratio.estimate >= 1) return ratio;
  return { estimate: 1 / ratio.estimate, low: 1 / ratio.high, high: 1 / ratio.low };
}

/** @returns `1.31x (1.27 to 1.36)` */
export function describeRatio({
  estimate,
  low,
  high,
}: Interval & { readonly estimate: number }): string {
  const ratios = [estimate, low, high];
  const isNear = Math.abs(estimate - 1) < 0.1 && estimate !== 1;
  const digits = Math.max(isNear ? 3 : LEAST_DIGITS, ...ratios.map(digitsOf));
  const format = (ratio: number): string =>
    ratio >= 9.995 || ratio < 0.0995 ? formatSignificant(ratio) : ratio.toFixed(digits);
  return `${format(estimate)}x (${format(low)} to ${format(high)})`;
}

/** Fewest and most digits behind the point of a ratio; near 1 at least one more. */
const LEAST_DIGITS = 2;
const MOST_DIGITS = 4;

/** As many as tell a ratio from 1: it must not look like 1 where it decides a verdict. */
function digitsOf(ratio: number): number {
  let digits = LEAST_DIGITS;
  while (ratio !== 1 && Number(ratio.toFixed(digits)) === 1 && digits < MOST_DIGITS) digits++;
  return digits;
}

/** @returns a value of a metric, three digits or more */
export function formatValue(value: number): string {
  return value < 0 ? `-${formatSignificant(-value)}` : formatSignificant(value);
}
