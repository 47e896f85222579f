/**
 * Corrects p values for their number: the probability that any of the true hypotheses is rejected
 * at a level stays below that level. Source: Holm, "A simple sequentially rejective multiple test
 * procedure" (1979).
 *
 * @param values - of one family of tests, in any order
 * @returns the corrected values in the same order
 */
export function holmAdjusted(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a] - values[b]);
  const adjusted = new Array<number>(values.length).fill(1);
  let largest = 0;
  order.forEach((index, place) => {
    largest = Math.max(largest, Math.min(1, values[index] * (values.length - place)));
    adjusted[index] = largest;
  });
  return adjusted;
}
