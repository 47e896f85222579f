import type { SignedRanks } from './wilcoxon.js';

/**
 * @param ranks - of a signed-rank test
 * @returns how one-sided the differences are: 1 where all are above 0, -1 where all are below, 0
 *   where they balance or there are none. Source: Kerby, "The simple difference formula" (2014)
 */
export function rankBiserial({ positive, negative }: SignedRanks): number {
  const total = positive + negative;
  return total === 0 ? 0 : (positive - negative) / total;
}
