import { normalProbability } from './normal.js';

/** What the test found. */
export interface SignedRanks {
  /** Differences that are not 0; those of 0 say nothing and are left out. */
  readonly count: number;
  /** Sums of the ranks of differences above 0, and below. */
  readonly positive: number;
  readonly negative: number;
  /** Two-sided. */
  readonly p: number;
  readonly method: 'exact' | 'normal';
}

/** Up to so many differences the distribution is counted out; it takes n^3 additions. */
const MOST_EXACT = 50;

/** Differences whose sizes are equal to so many digits are ties: the rest is rounding. */
const DIGITS = 12;

/**
 * Wilcoxon's signed-rank test that paired differences lie around 0. Equal sizes share the mean of
 * their ranks. Up to 50 differences the probability is exact, ties included; above it is by the
 * normal distribution, corrected for ties and for continuity. Source: Wilcoxon, "Individual
 * comparisons by ranking methods" (1945); Pratt and Gibbons, "Concepts of nonparametric theory"
 * (1981) for ties.
 *
 * @param differences - of each pair, in any order
 */
export function wilcoxonSignedRank(differences: readonly number[]): SignedRanks {
  const largest = differences.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const unit = largest * 10 ** -DIGITS;
  const rounded = differences.map((value) => (unit === 0 ? 0 : Math.round(value / unit)));
  const nonZero = rounded.filter((value) => value !== 0);
  const { doubled, tieSum } = rankSizes(nonZero.map(Math.abs));
  let positive = 0;
  let total = 0;
  nonZero.forEach((value, index) => {
    total += doubled[index];
    if (value > 0) positive += doubled[index];
  });
  const count = nonZero.length;
  const isExact = count <= MOST_EXACT;
  return {
    count,
    positive: positive / 2,
    negative: (total - positive) / 2,
    p: isExact ? exactP(doubled, positive, total) : normalP(count, positive / 2, tieSum),
    method: isExact ? 'exact' : 'normal',
  };
}

/** The least p that so many pairs can give, were they all to differ in one direction. */
export function leastP(pairs: number): number {
  return Math.min(1, 2 ** (1 - pairs));
}

/** Ranks, doubled so that the mean of two is a whole number; and the sum of t^3 - t over ties. */
function rankSizes(sizes: readonly number[]): { doubled: number[]; tieSum: number } {
  const order = sizes.map((_, index) => index).sort((a, b) => sizes[a] - sizes[b]);
  const doubled = new Array<number>(sizes.length).fill(0);
  let tieSum = 0;
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && sizes[order[end]] === sizes[order[first]]) end++;
    for (let at = first; at < end; at++) doubled[order[at]] = first + 1 + end;
    tieSum += (end - first) ** 3 - (end - first);
    first = end;
  }
  return { doubled, tieSum };
}

/** Every pattern of signs is as likely as any other: counts those at least as far from the middle. */
function exactP(doubled: readonly number[], positive: number, total: number): number {
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  let reach = 0;
  for (const rank of doubled) {
    reach += rank;
    for (let sum = reach; sum >= 0; sum--) {
      const withRank = sum >= rank ? probability[sum - rank] : 0;
      probability[sum] = (probability[sum] + withRank) / 2;
    }
  }
  const nearer = Math.min(positive, total - positive);
  let tail = 0;
  for (let sum = 0; sum <= nearer; sum++) tail += probability[sum];
  return Math.min(1, 2 * tail);
}

function normalP(count: number, positive: number, tieSum: number): number {
  const middle = (count * (count + 1)) / 4;
  const variance = (count * (count + 1) * (2 * count + 1)) / 24 - tieSum / 48;
  // The sum moves in steps: half a step belongs to the value that was found.
  const distance = Math.max(0, Math.abs(positive - middle) - 0.5);
  return Math.min(1, 2 * normalProbability(-distance / Math.sqrt(variance)));
}
