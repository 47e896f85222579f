import * as reference from 'simple-statistics';
import fc from 'fast-check';
import t from 'tap';

import { mean } from '../../../src/report/statistics/mean.js';
import { median, quantile } from '../../../src/report/statistics/quantile.js';

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });

t.test('mean and median are those of simple-statistics', (t) => {
  fc.assert(
    fc.property(values, (sample) => {
      const scale = 1e-9 * (1 + reference.max(sample.map(Math.abs)));
      return (
        Math.abs(mean(sample) - reference.mean(sample)) <= scale &&
        Math.abs(median(sample) - reference.median(sample)) <= scale
      );
    }),
  );
  t.end();
});

t.test('quantiles are those of R and NumPy', (t) => {
  // numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], [0, 0.1, 0.25, 0.95, 1])
  const sample = [3, 1, 4, 1, 5, 9, 2, 6];
  for (const [share, expected] of [
    [0, 1],
    [0.1, 1],
    [0.25, 1.75],
    [0.95, 7.95],
    [1, 9],
  ]) {
    t.ok(Math.abs(quantile(sample, share) - expected) < 1e-12, `${share}: ${expected}`);
  }
  t.strictSame(sample, [3, 1, 4, 1, 5, 9, 2, 6], 'the values stay in their order');
  t.equal(quantile([7], 0.3), 7);
  t.end();
});
