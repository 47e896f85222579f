/**
 * @param values - in any order, at least one
 * @param share - 0 to 1
 * @returns the quantile by linear interpolation between order statistics. Source: Hyndman and Fan,
 *   "Sample quantiles in statistical packages" (1996), definition 7, the default of R and NumPy
 */
export function quantile(values: readonly number[], share: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), share);
}

/** As {@link quantile}, of values in ascending order. */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** @returns the middle of at least one value */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
