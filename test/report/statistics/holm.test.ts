import fc from 'fast-check';
import t from 'tap';

import { holmAdjusted } from '../../../src/report/statistics/holm.js';

t.test("corrects as R's p.adjust does", (t) => {
  // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  const found = holmAdjusted([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((expected, index) => {
    t.ok(Math.abs(found[index] - expected) < 1e-12, `${found[index]}`);
  });
  t.strictSame(holmAdjusted([]), []);
  t.strictSame(holmAdjusted([0.2]), [0.2]);
  t.strictSame(holmAdjusted([0.9, 0.8]), [1, 1]);
  t.end();
});

t.test('keeps the order, only raises, and never raises more than Bonferroni', (t) => {
  const probabilities = fc.array(fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(probabilities, (values) => {
      const found = holmAdjusted(values);
      return values.every(
        (value, index) =>
          found[index] >= value &&
          found[index] <= Math.min(1, value * values.length) &&
          values.every((other, at) => other < value || found[at] >= found[index]),
      );
    }),
  );
  t.end();
});
