import t from 'tap';

import {
  AT_LEAST,
  AT_MOST,
  EXACT,
  type Tolerance,
  type ValidationCase,
  check,
  plusMinus,
  within,
} from '../../../../src/swarm/virtual/validate/check.js';
import { inverseGamma } from '../../../../src/swarm/virtual/validate/choices.js';
import { steadyState } from '../../../../src/swarm/virtual/validate/fluid-model.js';
import { meanResponse } from '../../../../src/swarm/virtual/validate/queues.js';
import { CASES, Chooser, casesNamed, runCase, simulate } from './compiled.js';

t.test('a figure passes up to the edge of its tolerance, and no further', (t) => {
  const judged: [tolerance: Tolerance, passes: number[], fails: number[]][] = [
    [EXACT, [100], [99.999, 100.001]],
    [within(0.1), [90, 100, 110], [89.9, 110.1]],
    [plusMinus(2), [98, 102], [97.9, 102.1]],
    [AT_LEAST, [100, 1000], [99.9]],
    [AT_MOST, [100, 0], [100.1]],
  ];
  for (const [tolerance, passes, fails] of judged) {
    for (const got of [...passes, ...fails, NaN]) {
      const { passed } = check('figure', 's', 100, got, tolerance);
      t.equal(passed, passes.includes(got), `${tolerance.kind}: ${got}`);
    }
  }
  t.end();
});

t.test('cases are found by name, in their order and each once', (t) => {
  const idsOf = (...names: string[]): string[] => casesNamed(names, CASES).map(({ id }) => id);
  t.strictSame(idsOf(), ['V1', 'V2', 'V5', 'V7', 'V8', 'V11']);
  t.strictSame(idsOf('V11', 'v2', 'V11'), ['V2', 'V11']);
  t.throws(() => idsOf('V3'), { message: /--only: expected one of V1, V2, .*V11, found V3/ });
  t.end();
});

t.test('a case that throws, or has nothing to show, has failed', (t) => {
  const made = (run: ValidationCase['run']): ValidationCase => ({
    id: 'V0',
    title: 'made up',
    source: 'here',
    run,
  });
  const thrown = runCase(
    made(() => {
      throw new Error('a run beat its lower bound');
    }),
  );
  t.match(thrown, { passed: false, checks: [], error: 'a run beat its lower bound' });
  t.equal(runCase(made(() => ({ checks: [], notes: [] }))).passed, false);
  t.end();
});

t.test('the cases that take a moment only pass', (t) => {
  for (const chosen of casesNamed(['V8', 'V11'], CASES)) {
    t.match(runCase(chosen), { passed: true, id: chosen.id });
  }
  t.end();
});

t.test('an only slot stays with whom it was given to for three rounds', (t) => {
  const unchoked = (seconds: number): number[] => {
    const options = { protocol: 'bep3', ranks: 7, segments: 4, slots: 1, until: seconds } as const;
    const { host } = simulate({ ...options, mix: [{ name: 'idle', share: 1 }] });
    return [2, 3, 4, 5, 6].map((rank) => host.unchokedSeconds(1, rank));
  };
  t.equal(unchoked(15).filter((seconds) => seconds > 0).length, 1);
  const after = unchoked(150);
  t.ok(
    after.every((seconds) => Math.abs(seconds - 30) < 0.5),
    `each had its turn: ${after.join(', ')}`,
  );
  t.end();
});

t.test('peers with few connections are not left alone, whatever their rank', (t) => {
  for (const seed of [1, 2, 3]) {
    const { result } = simulate({
      protocol: 'bep3',
      strategy: 'kraken',
      ranks: 65,
      segments: 20,
      until: 2000,
      seed,
    });
    const lacking = result.ranks.filter(
      ({ role, segmentsDownloaded }) => role === 'client' && segmentsDownloaded < 20,
    );
    t.strictSame(
      lacking.map(({ rank }) => rank),
      [],
      `seed ${seed}`,
    );
  }
  t.end();
});

t.test('the fluid model is that of the paper, with one seed that stays', (t) => {
  // 1/mu = 400 s, 1/gamma = 100 s, lambda = 0.5/s: (400 - 100 - 2) / eta.
  t.match(steadyState(1), { downloadSeconds: 298, leechers: 149, seeds: 50 });
  t.match(steadyState(0.5), { downloadSeconds: 596, leechers: 298, seeds: 50 });
  t.end();
});

t.test('the gamma function is inverted', (t) => {
  for (const [value, x] of [
    [24, 5],
    [5040, 8],
    [362_880, 10],
    [479_001_600, 13],
  ]) {
    t.ok(Math.abs(inverseGamma(value) - x) < 1e-5, `Gamma(${x}) = ${value}`);
  }
  t.end();
});

t.test('a chooser asks the strategy, which sees the loads that are written', (t) => {
  const least = new Chooser('least-loaded', 8, 1);
  least.loads.set([3, 2, 2, 1, 2, 3, 4, 5]);
  t.strictSame(new Set(Array.from({ length: 20 }, () => least.choose())), new Set([3]));
  const random = new Chooser('random', 8, 1);
  t.equal(new Set(Array.from({ length: 200 }, () => random.choose())).size, 8);
  const twoChoices = new Chooser('power-of-2', 8, 1);
  twoChoices.loads.set([0, 0, 0, 0, 9, 9, 9, 9]);
  const light = Array.from({ length: 2000 }, () => twoChoices.choose()).filter((rank) => rank < 4);
  // Both draws fall on the busy half in a quarter of the choices.
  t.ok(Math.abs(light.length / 2000 - 0.75) < 0.05, `${light.length} of 2000`);
  t.end();
});

t.test('queues without choice are as long as those of the textbook', (t) => {
  const options = { servers: 20, load: 0.5, updateEvery: 0, requests: 60_000, seed: 3 };
  // M/M/1: 1 / (1 - load).
  const response = meanResponse(new Chooser('random', 20, 3), options);
  t.ok(Math.abs(response - 2) < 0.1, `mean response time ${response}`);
  t.end();
});
