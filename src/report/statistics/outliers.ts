import { quantile } from './quantile.js';

/** Interquartile ranges beyond the quartiles from which a value is one apart. */
const FENCE = 1.5;

/** Fewer values have no quartiles to speak of. */
const LEAST_VALUES = 5;

/**
 * @param values - in any order
 * @returns the indices of those that lie apart. Source: Tukey, "Exploratory data analysis" (1977)
 */
export function outliersOf(values: readonly number[]): number[] {
  if (values.length < LEAST_VALUES) return [];
  const [low, high] = [quantile(values, 0.25), quantile(values, 0.75)];
  const reach = FENCE * (high - low);
  // Rounding alone must not put a value apart from its equals.
  const least = 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  const beyond = Math.max(reach, least);
  return values.flatMap((value, index) =>
    value < low - beyond || value > high + beyond ? [index] : [],
  );
}
