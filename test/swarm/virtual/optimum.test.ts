/** The bounds against the published tables; see shared/published-results.md, V1 and V2. */
import fc from 'fast-check';
import t from 'tap';

import type { RunOptions, VirtualRunConfig } from '../../../src/swarm/config.js';
import { completeConfig } from '../../../src/swarm/config.js';
import {
  boundOf,
  minimumDistributionSeconds,
  optimalRounds,
} from '../../../src/swarm/virtual/optimum.js';
import { drawPopulation } from '../../../src/swarm/virtual/population.js';
import { SMALL, SMALL_BEP3, run } from './runs.js';

t.test('rounds are those of Mundinger, Weber and Weiss', (t) => {
  const table: [peers: number, rounds: number[]][] = [
    [15, [4, 13, 103, 403]],
    [63, [6, 15, 105, 405]],
    [1000, [10, 19, 109, 409]],
  ];
  for (const [peers, rounds] of table) {
    t.strictSame(
      [1, 10, 100, 400].map((parts) => optimalRounds(peers, parts)),
      rounds,
    );
  }
  t.equal(optimalRounds(1, 7), 7);
  t.equal(optimalRounds(0, 7), 0);
  t.end();
});

t.test('distribution times are those of Kumar and Ross', (t) => {
  const kbit = (rate: number): number => (rate * 1000) / 8;
  const bytes = 15e9 / 8;
  const table: [leechers: number, seconds: number[]][] = [
    [10, [7500, 7500, 7500]],
    [100, [25_000, 15_000, 7500]],
    [1000, [45_455, 20_548, 7500]],
  ];
  for (const [leechers, seconds] of table) {
    [300, 700, 2000].forEach((up, index) => {
      const ups = new Array<number>(leechers).fill(kbit(up));
      const found = minimumDistributionSeconds(bytes, kbit(30_000), ups, kbit(2000));
      t.ok(Math.abs(found / seconds[index] - 1) < 0.001, `${leechers} leechers, ${up} kbit/s`);
    });
  }
  t.end();
});

function bound(options: RunOptions): ReturnType<typeof boundOf> {
  const config = completeConfig({ ...SMALL_BEP3, ...options }) as VirtualRunConfig;
  return boundOf(config, drawPopulation(config));
}

t.test('equal links are bound by rounds, others by capacities', (t) => {
  // 10 leechers, 20 segments: 23 rounds of 16384 bytes at 125 kB/s.
  t.match(bound({}), { bound: 'makespan', seconds: (23 * 16_384) / 125_000 });
  t.match(bound({ seedUp: 250_000 }), { bound: 'fluid' });
  t.match(bound({ down: 50_000 }), { bound: 'fluid', seconds: (20 * 16_384) / 50_000 });
  t.match(bound({ up: 0, down: 0 }), { bound: 'fluid', seconds: 0 });
  t.end();
});

t.test('no bound is claimed where clients come, go or ask for nothing', (t) => {
  for (const options of [
    { arrivals: 'poisson:1' },
    { patience: '100' },
    { seeding: '5' },
    { mix: [{ name: 'leaver', share: 0.1 }] },
    { mix: [{ name: 'idle', share: 0.1 }] },
    { until: 100 },
  ]) {
    t.equal(bound(options), undefined, JSON.stringify(options));
  }
  t.end();
});

t.test('no run beats its bound', async (t) => {
  const options = fc.record({
    protocol: fc.constantFrom('ack' as const, 'bep3' as const),
    ranks: fc.integer({ min: 4, max: 12 }),
    segments: fc.integer({ min: 1, max: 12 }),
    segmentBytes: fc.integer({ min: 1000, max: 40_000 }),
    up: fc.integer({ min: 50_000, max: 500_000 }),
    down: fc.oneof(fc.constant(0), fc.integer({ min: 50_000, max: 500_000 })),
    seedUp: fc.oneof(fc.constant(undefined), fc.integer({ min: 20_000, max: 900_000 })),
    latencyMs: fc.integer({ min: 1, max: 20 }).map((ms) => [[ms]]),
    blockBytes: fc.constantFrom(4096, 16_384),
    seeds: fc.integer({ min: 1, max: 2 }),
    seed: fc.nat({ max: 1000 }),
  });
  const property = fc.asyncProperty(options, async ({ seedUp, ...drawn }) => {
    const result = await run({ ...SMALL, ...drawn, ...(seedUp !== undefined && { seedUp }) });
    return result.outcome === 'done' && (result.optimum?.gap ?? 0) >= 1;
  });
  await t.resolves(fc.assert(property, { numRuns: 25 }));
});
