import * as reference from 'simple-statistics';
import t from 'tap';

import { normalProbability, normalQuantile } from '../../../src/report/statistics/normal.js';

t.test('probabilities are those of the tables, far into the tails', (t) => {
  // Abramowitz and Stegun, tables 26.1 and 26.2; the last by R's pnorm.
  const published: [z: number, probability: number][] = [
    [0, 0.5],
    [1, 0.841344746068543],
    [1.96, 0.97500210485178],
    [-1.96, 0.02499789514822],
    [-3, 1.34989803163e-3],
    [-5, 2.866515719e-7],
    [-8, 6.22096057427e-16],
  ];
  for (const [z, probability] of published) {
    const found = normalProbability(z);
    t.ok(Math.abs(found / probability - 1) < 1e-7, `${z}: ${found}`);
  }
  t.equal(normalProbability(-40), 0);
  t.equal(normalProbability(40), 1);
  t.end();
});

t.test('the quantile undoes the probability', (t) => {
  for (const probability of [1e-6, 0.001, 0.025, 0.3, 0.5, 0.84, 0.975, 0.9999]) {
    const z = normalQuantile(probability);
    t.ok(Math.abs(normalProbability(z) / probability - 1) < 1e-9, `${probability}: ${z}`);
  }
  for (const probability of [0.2, 0.5, 0.8]) {
    const difference = normalQuantile(probability) - reference.probit(probability);
    t.ok(Math.abs(difference) < 0.005, `as in simple-statistics: ${difference}`);
  }
  t.ok(Math.abs(normalQuantile(0.975) - 1.959963984540054) < 1e-9);
  t.end();
});
