import t from 'tap';

import { describeRatio, formatValue, runsNeeded } from '../../../src/report/comparison/verdict.js';

t.test('a ratio has as many digits as tell it from 1', (t) => {
  const of = (estimate: number, low: number, high: number): string =>
    describeRatio({ estimate, low, high });
  t.equal(of(1.3123, 1.271, 1.359), '1.31x (1.27 to 1.36)');
  t.equal(of(1.0523, 1.0491, 1.0551), '1.052x (1.049 to 1.055)');
  t.equal(of(1.2, 1.0012, 1.4), '1.200x (1.001 to 1.400)');
  t.equal(of(1, 1, 1), '1.00x (1.00 to 1.00)');
  t.equal(of(92.71, 92.52, 92.84), '92.7x (92.5 to 92.8)');
  t.end();
});

t.test('knows how many runs it takes', (t) => {
  t.equal(runsNeeded(1, 0.95), 6);
  t.equal(runsNeeded(66, 0.95), 12);
  t.end();
});

t.test('a value below 0 keeps its sign', (t) => {
  t.equal(formatValue(-0.125), '-0.125');
  t.end();
});
