import fc from 'fast-check';
import t from 'tap';

import { SeededRandom } from '../../../src/swarm/random.js';
import { leastP, wilcoxonSignedRank } from '../../../src/report/statistics/wilcoxon.js';

const near = (found: number, expected: number, tolerance: number): boolean =>
  Math.abs(found - expected) <= tolerance;

t.test('finds the published value of the depression scores', (t) => {
  // Hollander and Wolfe, "Nonparametric statistical methods" (1973), page 29; in R:
  // wilcox.test(x, y, paired = TRUE): V = 40, p = 0.03906
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
  const found = wilcoxonSignedRank(before.map((value, index) => value - after[index]));
  t.match(found, { count: 9, positive: 40, negative: 5, method: 'exact' });
  t.ok(near(found.p, 0.0390625, 1e-12), `${found.p}`);
  t.end();
});

t.test("finds Wilcoxon's own table: critical sums at 5 % two-sided", (t) => {
  // The largest sum whose probability is at most 0.05, by number of pairs.
  for (const [count, critical] of [
    [6, 0],
    [8, 3],
    [10, 8],
    [15, 25],
    [20, 52],
    [25, 89],
  ]) {
    t.ok(pOfSum(count, critical) <= 0.05, `${count} pairs, sum ${critical}`);
    t.ok(pOfSum(count, critical + 1) > 0.05, `${count} pairs, sum ${critical + 1}`);
  }
  t.end();
});

/** The probability of a set of ranks above 0 whose sum is given. */
function pOfSum(count: number, sum: number): number {
  const differences = Array.from({ length: count }, (_, index) => -(index + 1));
  let rest = sum;
  for (let rank = count; rank > 0; rank--) {
    if (rank > rest) continue;
    differences[rank - 1] = rank;
    rest -= rank;
  }
  const found = wilcoxonSignedRank(differences);
  t.equal(found.positive, sum);
  return found.p;
}

t.test('counts out every pattern of signs, ties included', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 9 }), (differences) =>
      near(wilcoxonSignedRank(differences).p, bruteForceP(differences), 1e-12),
    ),
  );
  t.end();
});

function bruteForceP(differences: readonly number[]): number {
  const sizes = differences.filter((value) => value !== 0).map(Math.abs);
  const ranks = sizes.map((size) => {
    const below = sizes.filter((other) => other < size).length;
    const equal = sizes.filter((other) => other === size).length;
    return below + (equal + 1) / 2;
  });
  const sumOf = (isPositive: (index: number) => boolean): number =>
    ranks.reduce((sum, rank, index) => sum + (isPositive(index) ? rank : 0), 0);
  const nonZero = differences.filter((value) => value !== 0);
  const middle = sumOf(() => true) / 2;
  const distance = Math.abs(sumOf((index) => nonZero[index] > 0) - middle);
  let atLeast = 0;
  for (let signs = 0; signs < 2 ** ranks.length; signs++) {
    if (Math.abs(sumOf((index) => (signs & (1 << index)) !== 0) - middle) >= distance) atLeast++;
  }
  return atLeast / 2 ** ranks.length;
}

t.test('the normal approximation meets the exact value where one follows the other', (t) => {
  const random = new SeededRandom(1, 'differences');
  const fifty = Array.from({ length: 50 }, () => random.next() - 0.4);
  const exact = wilcoxonSignedRank(fifty);
  t.equal(exact.method, 'exact');
  // One pair of differences that cancel each other moves the sum as little as can be.
  const more = wilcoxonSignedRank([...fifty, 1e-6]);
  t.equal(more.method, 'normal');
  t.ok(near(more.p, exact.p, 0.01), `${exact.p} and ${more.p}`);
  t.end();
});

t.test('corrects the approximation for ties and for continuity', (t) => {
  // scipy.stats.wilcoxon([1] * 40 + [-1] * 20, correction=True, method='approx')
  const differences = [...new Array<number>(40).fill(1), ...new Array<number>(20).fill(-1)];
  const { positive, p } = wilcoxonSignedRank(differences);
  t.equal(positive, 1220);
  t.ok(near(p, 0.009944415291191435, 1e-12), `${p}`);
  t.end();
});

t.test('leaves out differences of 0 and takes rounding for a tie', (t) => {
  t.match(wilcoxonSignedRank([0, 0, 0]), { count: 0, p: 1 });
  t.match(wilcoxonSignedRank([]), { count: 0, p: 1 });
  // 0.3 - 0.2 and 0.2 - 0.1 differ in the last digits alone.
  t.match(wilcoxonSignedRank([0.3 - 0.2, -(0.2 - 0.1)]), { positive: 1.5, negative: 1.5 });
  t.end();
});

t.test('rejects a true hypothesis about as often as it may', (t) => {
  const random = new SeededRandom(2, 'null');
  let rejected = 0;
  for (let sample = 0; sample < 1000; sample++) {
    const differences = Array.from({ length: 20 }, () => random.next() - random.next());
    if (wilcoxonSignedRank(differences).p <= 0.05) rejected++;
  }
  t.ok(rejected >= 30 && rejected <= 70, `${rejected} of 1000`);
  t.end();
});

t.test('knows the least p that so many pairs can give', (t) => {
  for (const count of [1, 2, 5, 12]) {
    const differences = Array.from({ length: count }, (_, index) => index + 1);
    t.equal(wilcoxonSignedRank(differences).p, leastP(count));
  }
  t.end();
});
