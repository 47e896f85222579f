import t from 'tap';

import { SeededRandom } from '../../../src/swarm/random.js';
import { bootstrapMean } from '../../../src/report/statistics/bootstrap.js';

const intervalOf = (values: readonly number[], seed = 1, confidence = 0.95) =>
  bootstrapMean(values, {
    resamples: 1000,
    confidence,
    random: new SeededRandom(seed, 'interval'),
  });

/** The part of intervals that cover the true mean, over samples drawn anew. */
function coverage(count: number, trueMean: number, draw: (random: SeededRandom) => number): number {
  const random = new SeededRandom(7, 'samples');
  const samples = 400;
  let covered = 0;
  for (let sample = 0; sample < samples; sample++) {
    const values = Array.from({ length: count }, () => draw(random));
    const { low, high } = intervalOf(values, sample) ?? { low: NaN, high: NaN };
    if (low <= trueMean && trueMean <= high) covered++;
  }
  return covered / samples;
}

t.test('intervals cover the mean about as often as they promise', (t) => {
  // 400 samples: 0.95 and three standard errors are 0.917 to 0.983. Twenty values fall short.
  const normal = coverage(20, 10, (random) => 10 + sumOfTwelve(random));
  t.ok(normal > 0.89 && normal < 0.985, `normal: ${normal}`);
  const skewed = coverage(30, 5, (random) => random.exponential(5));
  t.ok(skewed > 0.87 && skewed < 0.985, `exponential: ${skewed}`);
  t.end();
});

/** Nearly normal, with mean 0 and standard deviation 1. */
function sumOfTwelve(random: SeededRandom): number {
  return Array.from({ length: 12 }, () => random.next()).reduce((sum, value) => sum + value, -6);
}

t.test('the interval of a large sample is that of the normal distribution', (t) => {
  const random = new SeededRandom(3, 'large');
  const values = Array.from({ length: 900 }, () => sumOfTwelve(random));
  const found = intervalOf(values) ?? { low: NaN, high: NaN };
  // 1.96 standard errors to either side.
  t.ok(Math.abs(found.high - found.low - (2 * 1.96) / 30) < 0.015, `${found.low} ${found.high}`);
  t.end();
});

t.test('the same seed gives the same interval, another one nearly the same', (t) => {
  const values = [3.1, 2.9, 3.3, 3.0, 3.7, 2.8, 3.2];
  t.strictSame(intervalOf(values, 5), intervalOf(values, 5));
  t.notSame(intervalOf(values, 5), intervalOf(values, 6));
  t.end();
});

t.test('less confidence gives a narrower interval', (t) => {
  const values = [3.1, 2.9, 3.3, 3.0, 3.7, 2.8, 3.2];
  const wide = intervalOf(values, 1, 0.99);
  const narrow = intervalOf(values, 1, 0.8);
  t.ok(wide && narrow && wide.low < narrow.low && narrow.high < wide.high);
  t.end();
});

t.test('equal values have no spread, and a single one tells nothing of it', (t) => {
  t.strictSame(intervalOf([4, 4, 4]), { low: 4, high: 4 });
  t.equal(intervalOf([4]), undefined);
  t.equal(intervalOf([]), undefined);
  t.end();
});

t.test('a skewed sample gets the skewed interval of SciPy', (t) => {
  // scipy.stats.bootstrap((values,), numpy.mean, method='BCa', n_resamples=200000); its percentile
  // interval is 1.72 to 6.93.
  const values = [0.3, 0.7, 1.1, 1.6, 2.0, 2.9, 3.3, 4.8, 7.5, 15.2];
  const { low, high } = bootstrapMean(values, {
    resamples: 50_000,
    confidence: 0.95,
    random: new SeededRandom(1, 'SciPy'),
  }) ?? { low: NaN, high: NaN };
  t.ok(Math.abs(low - 2.07) < 0.05, `${low}`);
  t.ok(Math.abs(high - 8.09) < 0.1, `${high}`);
  t.end();
});
