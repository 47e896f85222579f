import t from 'tap';

import { analyse } from '../../../src/report/comparison/analyse.js';
import type { PairTest } from '../../../src/report/comparison/types.js';
import { SeededRandom } from '../../../src/swarm/random.js';
import { noise, studyOf } from './studies.js';

const last = (value: number): { lastCompletion: number } => ({ lastCompletion: value });

/** The first pair's test of the last completion. */
function testOf(comparison: ReturnType<typeof analyse>, point = 0): PairTest {
  return comparison.points[point].pairs[0].metrics['lastCompletion'];
}

t.test('finds a difference of 5 % behind a spread of 10 %, and which way it goes', (t) => {
  const base = (seed: number): number => 100 + 10 * noise(seed);
  const comparison = analyse(
    studyOf(
      {
        slow: (seed) => last(base(seed) * 1.05 + noise(seed, 1)),
        fast: (seed) => last(base(seed)),
      },
      30,
    ),
  );
  const { ratio, verdict, effect, pHolm } = testOf(comparison);
  t.ok(ratio && ratio.low > 1.05 && ratio.estimate < 1.06 && ratio.high < 1.065);
  t.equal(effect, 1);
  t.ok(pHolm < 1e-6);
  t.equal(verdict.winner, 'fast');
  t.match(verdict.text, /^fast is 1\.05\d?x \(1\.05\d? to 1\.0[56]\d?\) faster than slow in last/);
  t.end();
});

t.test('names the larger one the winner where more is better', (t) => {
  const comparison = analyse(
    studyOf(
      {
        a: (seed) => ({ segmentsPerSecond: 200 + noise(seed) }),
        b: (seed) => ({ segmentsPerSecond: 100 + noise(seed, 1) }),
      },
      20,
    ),
  );
  const { verdict } = comparison.points[0].pairs[0].metrics['segmentsPerSecond'];
  t.match(verdict.text, /^a is (1\.99|2\.00)x \(.*\) faster than b in segments\/s$/);
  t.end();
});

t.test('shows no difference between a strategy and itself', (t) => {
  const rule = (seed: number): object & Record<string, number> => ({
    lastCompletion: 100 + noise(seed),
    nackShare: 0,
  });
  const { points, settings } = analyse(studyOf({ a: rule, b: rule }, 30));
  for (const test of Object.values(points[0].pairs[0].metrics)) {
    t.match(test, { p: 1, pHolm: 1, effect: 0, verdict: { because: 'no-difference' } });
    t.match(test.verdict.text, /^no difference shown between a and b in .*: all runs are equal$/);
  }
  t.equal(settings.tests, 0, 'nothing differs, so there is nothing to test');
  t.end();
});

t.test('100 comparisons of equals give at most 10 false verdicts', (t) => {
  const random = new SeededRandom(11, 'equals');
  // Times with a long tail, the four kinds of which go together as in real runs.
  const rule = (): Record<string, number> => {
    const time = 50 + random.exponential(10);
    return {
      lastCompletion: time,
      meanCompletion: time * (0.8 + 0.1 * random.next()),
      medianCompletion: time * (0.8 + 0.1 * random.next()),
      p95Completion: time * (0.9 + 0.1 * random.next()),
      segmentsPerSecond: 1000 / time,
      uploadJain: 0.5 + 0.5 * random.next(),
      trackerRequests: 100 + random.below(20),
    };
  };
  let wrong = 0;
  for (let comparison = 0; comparison < 100; comparison++) {
    const study = studyOf({ a: rule, b: rule }, 30);
    const [pair] = analyse(study, { resamples: 1000 }).points[0].pairs;
    if (Object.values(pair.metrics).some(({ verdict }) => verdict.winner !== undefined)) wrong++;
  }
  t.ok(wrong <= 10, `${wrong} of 100, any metric`);
  t.end();
});

t.test('never names a winner without evidence, and says what is lacking', (t) => {
  const because = (a: (seed: number) => number, b: (seed: number) => number, runs: number) =>
    testOf(analyse(studyOf({ a: (seed) => last(a(seed)), b: (seed) => last(b(seed)) }, runs)))
      .verdict;
  const few = because(
    (seed) => 200 + seed,
    (seed) => 100 + seed,
    5,
  );
  t.match(few, { because: 'too-few-runs', winner: undefined });
  t.match(few.text, "5 runs can't show one, 6 can");
  const near = because(
    (seed) => 100.5 + noise(seed) / 100,
    () => 100,
    20,
  );
  t.match(near, { because: 'below-noise', winner: undefined });
  t.match(near.text, 'within the noise of 0.01');
  const wide = because(
    (seed) => 100 + 20 * noise(seed),
    (seed) => 100 + 20 * noise(seed, 1),
    20,
  );
  t.match(wide, { because: 'interval-holds-1', winner: undefined });
  // One extreme run moves the mean, and says nothing about the others.
  const single = because(
    (seed) => (seed === 1 ? 1e6 : 100 + noise(seed)),
    () => 100.5,
    20,
  );
  t.equal(single.winner, undefined);
  t.end();
});

t.test('corrects for every test there is', (t) => {
  const rules = Object.fromEntries(
    ['a', 'b', 'c', 'd'].map((name, salt) => [
      name,
      (seed: number) => ({
        lastCompletion: 100 + salt + 3 * noise(seed, salt),
        trackerRequests: 50 + noise(seed, salt + 9),
      }),
    ]),
  );
  const { points, settings } = analyse(studyOf(rules, 20, [{ refresh: 1 }, { refresh: 2 }]));
  t.equal(settings.tests, 6 * 2 * 2, 'pairs, metrics, points');
  const tests = points.flatMap(({ pairs }) =>
    pairs.flatMap(({ metrics }) => Object.values(metrics)),
  );
  t.equal(tests.length, 24);
  const least = tests.reduce((a, b) => (a.p < b.p ? a : b));
  t.equal(least.pHolm, Math.min(1, least.p * 24));
  t.ok(tests.every(({ p, pHolm }) => pHolm >= p));
  t.end();
});

t.test('speaks of differences where a ratio has no meaning', (t) => {
  const comparison = analyse(
    studyOf(
      {
        a: () => ({ nackShare: 0 }),
        b: (seed) => ({ nackShare: 0.2 + 0.01 * noise(seed) }),
      },
      20,
    ),
  );
  const { ratio, difference, verdict } = comparison.points[0].pairs[0].metrics['nackShare'];
  t.equal(ratio, undefined);
  t.ok(difference.estimate < -0.2 && (difference.high ?? 0) < -0.2);
  t.match(verdict.text, /^a is lower than b in NACK share: 0 against 0\.20\d$/);
  t.end();
});

t.test('leaves incomplete runs out of the figures, and their twins out of the pairs', (t) => {
  const comparison = analyse(
    studyOf(
      {
        a: (seed) => (seed === 3 ? undefined : last(100 + seed)),
        b: (seed) => last(50 + seed),
      },
      10,
    ),
  );
  const [point] = comparison.points;
  t.equal(point.contenders[0].metrics['lastCompletion'].runs, 9);
  t.equal(point.contenders[1].metrics['lastCompletion'].runs, 10);
  t.equal(testOf(comparison).runs, 9);
  t.equal(comparison.samples.length, 20, 'they are kept among the samples');
  t.end();
});

t.test('names outliers and counts them', (t) => {
  const { points } = analyse(
    studyOf({ a: (seed) => last(seed === 4 ? 900 : 100 + noise(seed)) }, 9),
  );
  const summary = points[0].contenders[0].metrics['lastCompletion'];
  t.strictSame(summary.outliers, [{ seed: 4, value: 900 }]);
  t.equal(summary.most, 900);
  t.equal(summary.runs, 9);
  t.ok(summary.mean > 180);
  t.end();
});

t.test('the same samples give the same comparison, in whatever order they come', (t) => {
  const study = studyOf({ a: (seed) => last(noise(seed)), b: (seed) => last(noise(seed, 1)) }, 12);
  const backwards = { ...study, samples: [...study.samples].reverse() };
  t.strictSame(analyse(backwards).points, analyse(study).points);
  t.end();
});

t.test('says what a comparison lacks, and what its runs share', (t) => {
  const study = studyOf({ random: () => last(1), seed: () => last(2) }, 3, [
    { refresh: 1 },
    { refresh: 2 },
  ]);
  const comparison = analyse({ ...study, samples: study.samples.slice(5) });
  t.equal(comparison.runsMissing, 5);
  t.equal(comparison.config.ranks, 64);
  t.equal(comparison.config.refresh, undefined, 'a swept option is not shared');
  t.strictSame(comparison.contenders, [
    { name: 'random', config: { strategy: 'random' } },
    { name: 'seed', config: { strategy: 'seed' } },
  ]);
  t.end();
});
