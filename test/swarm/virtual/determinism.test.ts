/** The same configuration and seed give the same result, on however many threads. */
import t from 'tap';

import { BEHAVIOURS, CHOKERS, SEED_CHOKERS } from '../../../src/roles/chokers.js';
import { PICKERS } from '../../../src/roles/pickers.js';
import { STRATEGIES } from '../../../src/roles/strategies.js';
import type { RunOptions } from '../../../src/swarm/config.js';
import { SMALL, SMALL_BEP3, run, withoutMachine } from './runs.js';

const bep3 = (options: RunOptions): RunOptions => ({ ...SMALL_BEP3, ...options });

/** Zones apart, and the way back shorter than the way there. */
const MATRIX = [
  [100, 140, 260],
  [120, 100, 180],
  [260, 180, 150],
];

/** The rules of choosing go round while the rules of choking are gone through. */
const chokerCases = CHOKERS.map(({ name }, index): [string, RunOptions] => {
  const picker = PICKERS[index % PICKERS.length].name;
  const seedChoking = SEED_CHOKERS[index % SEED_CHOKERS.length].name;
  const title = `bep3, ${name}, ${picker}, seeds ${seedChoking}`;
  return [title, bep3({ strategy: name, picker, seedChoking })];
});

const behaviourCases = BEHAVIOURS.map(({ name }): [string, RunOptions] => [
  `bep3, a third is ${name}`,
  bep3({ mix: [{ name, share: 0.34 }], ...(name === 'idle' && { until: 20 }) }),
]);

const CASES: readonly (readonly [name: string, options: RunOptions])[] = [
  ...STRATEGIES.map(({ name }) => [`ack, ${name}`, { ...SMALL, strategy: name }] as const),
  [
    'ack, rarest, several files and seeds, zones and jitter',
    { ...SMALL, picker: 'rarest', files: 2, seeds: 3, latencyMs: MATRIX, jitterMs: 30 },
  ],
  [
    'ack, sequential, loads by message, segments of several blocks',
    { ...SMALL, picker: 'sequential', load: 'message', segments: 8, segmentBytes: 40_000 },
  ],
  ...chokerCases,
  ...behaviourCases,
  [
    'bep3, a mix of all strategies',
    bep3({ mix: CHOKERS.map(({ name }) => ({ name, share: 1 / CHOKERS.length })) }),
  ],
  [
    'bep3, a hiding seed, zones and jitter',
    bep3({ superSeed: true, latencyMs: MATRIX, jitterMs: 40 }),
  ],
  [
    'bep3, clients that come, go and give up',
    bep3({ arrivals: 'poisson:0.5', seeding: 'exp:5', patience: 'exp:60', neighbours: 6 }),
  ],
  [
    'bep3, classes of links, segments of several blocks, a regular graph',
    bep3({
      classes: [{ share: 0.5, down: 0, up: 62_500 }],
      seedUp: 0,
      segments: 8,
      segmentBytes: 50_000,
      graph: 'regular:4',
    }),
  ],
  ['bep3, a full graph, no endgame', bep3({ graph: 'full', endgame: false, pipeline: 2 })],
  [
    'bep3, a graph of zones, until some instant',
    bep3({ graph: 'zones:1', neighbours: 6, latencyMs: MATRIX, until: 5.05 }),
  ],
];

for (const [name, options] of CASES) {
  t.test(name, async (t) => {
    const result = await run(options);
    const expected = withoutMachine(result);
    t.match(result.digest, /^[0-9a-f]{32}$/);
    for (const threads of [2, 7]) {
      const other = await run({ ...options, threads });
      t.equal(other.digest, result.digest, `digest on ${threads} threads`);
      t.strictSame(withoutMachine(other), expected, `${threads} threads`);
    }
  });
}

t.test('equal runs give equal results, another seed another one', async (t) => {
  for (const options of [SMALL, SMALL_BEP3]) {
    const result = await run(options);
    t.strictSame(withoutMachine(await run(options)), withoutMachine(result));
    t.not((await run({ ...options, seed: 2 })).digest, result.digest);
  }
});

t.test('without latency one thread does it all, and the same each time', async (t) => {
  for (const base of [SMALL, SMALL_BEP3]) {
    const options = { ...base, latencyMs: [[0]] };
    const result = await run(options);
    t.equal(result.outcome, 'done');
    t.strictSame(withoutMachine(await run(options)), withoutMachine(result));
    await t.rejects(run({ ...options, threads: 2 }), { code: 'ERR_BTSHM_USAGE' });
  }
});

t.test('every option that decides anything changes the digest', async (t) => {
  const digests = new Map<string | undefined, string>();
  const changes: Readonly<Record<string, RunOptions>> = {
    nothing: {},
    rechoke: { rechokeMs: 9_999 },
    'optimistic rounds': { optimisticRounds: 2, rechokeMs: 1000 },
    slots: { slots: 4 },
    latency: { latencyMs: [[101]] },
    blocks: { blockBytes: 8192 },
    pipeline: { pipeline: 3 },
    handout: { handout: 5 },
    'random first': { randomFirst: 0 },
    endgame: { endgame: false },
  };
  for (const [name, change] of Object.entries(changes)) {
    const { digest } = await run({ ...SMALL_BEP3, ...change });
    t.equal(digests.get(digest), undefined, name);
    digests.set(digest, name);
  }
});
