import t from 'tap';

import { outliersOf } from '../../../src/report/statistics/outliers.js';

t.test('names what lies beyond the fences, to either side', (t) => {
  t.strictSame(outliersOf([10, 11, 12, 13, 14, 50]), [5]);
  t.strictSame(outliersOf([-30, 10, 11, 12, 13, 14]), [0]);
  t.strictSame(outliersOf([10, 11, 12, 13, 14, 15]), []);
  t.end();
});

t.test('names the one that differs from equals, but not for its rounding', (t) => {
  t.strictSame(outliersOf([5, 5, 5, 5, 6]), [4]);
  t.strictSame(outliersOf([5, 5, 5, 5, 5 + 1e-12]), []);
  t.end();
});

t.test('says nothing about a handful of values', (t) => {
  t.strictSame(outliersOf([1, 1, 1, 100]), []);
  t.end();
});
