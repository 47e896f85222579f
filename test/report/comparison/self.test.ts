import t from 'tap';

import { analyse } from '../../../src/report/comparison/analyse.js';
import { sampleOf } from '../../../src/report/comparison/sample.js';
import { SeededRandom } from '../../../src/swarm/random.js';
import { compiled } from '../../comm/compiled.js';
import { studyOf } from './studies.js';

const RUNS = 30;
const SEEDS = 64;

/** Small, but no two seeds give the same times. */
const SWARM = { clock: 'virtual', ranks: 8, segments: 20, jitterMs: 20 } as const;

t.test('100 comparisons of a strategy with itself give at most 10 false verdicts', async (t) => {
  const all: Record<string, number>[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await compiled.runSwarm({ ...SWARM, seed });
    all.push({ ...sampleOf(result, 'a', 0).values });
  }
  t.ok(new Set(all.map((values) => values['lastCompletion'])).size > SEEDS / 2, 'seeds matter');
  // With the same seeds the two would be equal: each comparison deals the runs out anew.
  const random = new SeededRandom(5, 'deal');
  const order = all.map((_, index) => index);
  let [wrong, wrongInHead] = [0, 0];
  for (let comparison = 0; comparison < 100; comparison++) {
    random.shuffle(order);
    const study = studyOf(
      { a: (seed) => all[order[seed - 1]], b: (seed) => all[order[RUNS + seed - 1]] },
      RUNS,
    );
    const [pair] = analyse(study, { resamples: 1000 }).points[0].pairs;
    const verdicts = Object.values(pair.metrics).map(({ verdict }) => verdict);
    if (verdicts.some(({ winner }) => winner !== undefined)) wrong++;
    if (pair.metrics['lastCompletion'].verdict.winner !== undefined) wrongInHead++;
  }
  t.ok(wrong <= 10, `${wrong} of 100 in any metric, ${wrongInHead} in the last completion`);
});
