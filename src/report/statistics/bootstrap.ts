import type { SeededRandom } from '../../swarm/random.js';
import { mean } from './mean.js';
import { normalProbability, normalQuantile } from './normal.js';
import { quantileOfSorted } from './quantile.js';

/** Where a figure lies, with the confidence that was asked for. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How an interval is found. */
export interface BootstrapOptions {
  /** Samples drawn, with replacement, from the values. */
  readonly resamples: number;
  /** The probability that the interval covers the true mean, such as 0.95. */
  readonly confidence: number;
  readonly random: SeededRandom;
}

/**
 * The interval of a mean by the bootstrap, bias-corrected and accelerated: unlike the percentile
 * interval it holds its confidence where values are skewed, as completion times are. Source: Efron,
 * "Better bootstrap confidence intervals" (1987).
 *
 * @param values - the sample, in any order; for the same values and seed the interval is the same
 * @returns the interval; `undefined` for fewer than two values, which tell nothing of their spread
 */
export function bootstrapMean(
  values: readonly number[],
  { resamples, confidence, random }: BootstrapOptions,
): Interval | undefined {
  if (values.length < 2) return undefined;
  const estimate = mean(values);
  if (values.every((value) => value === values[0])) return { low: values[0], high: values[0] };
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw++) sum += values[random.below(values.length)];
    means[resample] = sum / values.length;
  }
  means.sort();
  const bias = normalQuantile(shareBelow(means, estimate));
  const acceleration = accelerationOf(values);
  const bound = (probability: number): number => {
    const z = bias + normalQuantile(probability);
    return quantileOfSorted(means, normalProbability(bias + z / (1 - acceleration * z)));
  };
  return { low: bound((1 - confidence) / 2), high: bound((1 + confidence) / 2) };
}

/** The part of the resamples below the estimate, ties half, and never none or all of them. */
function shareBelow(sorted: Float64Array, estimate: number): number {
  let below = 0;
  for (const value of sorted) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  return Math.min(Math.max(below, 1), sorted.length - 1) / sorted.length;
}

/** How fast the standard error changes with the mean, by the jackknife: for a mean, its skewness. */
function accelerationOf(values: readonly number[]): number {
  const centre = mean(values);
  let [squares, cubes] = [0, 0];
  for (const value of values) {
    const deviation = value - centre;
    squares += deviation ** 2;
    cubes += deviation ** 3;
  }
  return cubes / (6 * squares ** 1.5);
}
