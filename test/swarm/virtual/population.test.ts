import * as path from 'node:path';
import t from 'tap';

import type { RunOptions, VirtualRunConfig } from '../../../src/swarm/config.js';
import { completeConfig } from '../../../src/swarm/config.js';
import { type Population, drawPopulation } from '../../../src/swarm/virtual/population.js';

const SECOND = 1e9;

function draw(options: RunOptions): Population {
  const base = { clock: 'virtual', protocol: 'bep3', ranks: 1002 } as const;
  return drawPopulation(completeConfig({ ...base, ...options }) as VirtualRunConfig);
}

/** How many times each value stands there, the tracker apart. */
function counts(values: ArrayLike<number>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const value of Array.from(values).slice(1)) found[value] = (found[value] ?? 0) + 1;
  return found;
}

t.test('seeds have links of their own, the tracker has no limit', (t) => {
  const { up, down, isSeed } = draw({
    ranks: 6,
    seeds: 2,
    up: 10,
    down: 20,
    seedUp: 30,
    seedDown: 0,
  });
  t.strictSame([...isSeed], [0, 1, 1, 0, 0, 0]);
  t.strictSame([...up], [0, 30, 30, 10, 10, 10]);
  t.strictSame([...down], [0, 0, 0, 20, 20, 20]);
  t.end();
});

t.test('classes are dealt in their shares, the rest has the links of all', (t) => {
  const { up, down } = draw({
    up: 1,
    down: 2,
    seedUp: 9,
    classes: [
      { share: 0.333, up: 3, down: 4 },
      { share: 0.25, up: 5, down: 0 },
    ],
  });
  t.strictSame(counts(up), { 1: 417, 3: 333, 5: 250, 9: 1 });
  t.strictSame(counts(down), { 0: 250, 2: 418, 4: 333 });
  const other = draw({ classes: [{ share: 0.5, up: 3, down: 4 }], seed: 2 });
  t.notSame(other.up, draw({ classes: [{ share: 0.5, up: 3, down: 4 }] }).up, 'at random');
  t.end();
});

t.test('shares that make up all leave nobody over', (t) => {
  const third = { share: 1 / 3, up: 3, down: 4 };
  for (const ranks of [3, 4, 12, 102]) {
    const { up } = draw({ ranks, up: 1, seedUp: 1, classes: [third, third, third] });
    t.equal(counts(up)[3], ranks - 2, `${ranks} ranks`);
  }
  t.end();
});

t.test('a mix gives strategies and behaviours, to clients that are no seeds', (t) => {
  const { choker, behaviour, seedingNs, connections, part } = draw({
    neighbours: 40,
    mix: [
      { name: 'pairwise', share: 0.1 },
      { name: 'free-rider', share: 0.2 },
      { name: 'leaver', share: 0.3 },
      { name: 'large-view', share: 0.05 },
    ],
  });
  t.strictSame(counts(part), { '-1': 351, 0: 100, 1: 200, 2: 300, 3: 50 });
  t.strictSame(counts(choker), { 0: 901, 5: 100 });
  t.strictSame(counts(behaviour), { 0: 751, 1: 250 });
  t.strictSame(counts(seedingNs), { '-1': 701, 0: 300 });
  t.strictSame(counts(connections), { 40: 951, 80: 50 });
  t.equal(part[1], -1, 'the seed is none of them');
  const wide = draw({ neighbours: 100, mix: [{ name: 'large-view', share: 1 }] });
  t.equal(Math.max(...wide.connections), 127, 'as many as can be counted');
  t.end();
});

t.test('ranks are in the zones by turns', (t) => {
  const latencyMs = [
    [1, 2, 3],
    [2, 1, 3],
    [3, 3, 1],
  ];
  t.strictSame([...draw({ ranks: 8, latencyMs }).zone], [0, 0, 1, 2, 0, 1, 2, 0]);
  t.end();
});

t.test('all join at once, or at random at the rate asked for', (t) => {
  t.strictSame(counts(draw({}).joinsAtNs), { 0: 1001 });
  const { joinsAtNs } = draw({ arrivals: 'poisson:0.5' });
  const times = [...joinsAtNs].slice(2);
  t.equal(joinsAtNs[1], 0, 'the seed is there');
  t.strictSame(
    times,
    [...times].sort((a, b) => a - b),
    'in the order of their ranks',
  );
  t.ok(times.every(Number.isInteger), 'whole nanoseconds');
  // Five standard deviations of the sum of 1000 exponential times.
  const seconds = times[999] / SECOND;
  t.ok(Math.abs(seconds - 2000) < 5 * 2 * Math.sqrt(1000), `the last one after ${seconds} s`);
  t.end();
});

t.test('stays and patience are fixed, or random with the mean asked for', (t) => {
  t.strictSame(counts(draw({ seeding: '2.5' }).seedingNs), { '-1': 1, 2500000000: 1000 });
  t.strictSame(counts(draw({ patience: '60' }).patienceNs), { '-1': 1, 60000000000: 1000 });
  const { seedingNs, patienceNs } = draw({ seeding: 'exp:100', patience: 'exp:100' });
  for (const drawn of [seedingNs, patienceNs]) {
    const times = [...drawn].slice(2);
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length / SECOND;
    t.ok(Math.abs(mean - 100) < (5 * 100) / Math.sqrt(1000), `mean ${mean} s`);
  }
  t.notSame(seedingNs, patienceNs, 'of each other apart');
  t.end();
});

t.test('a trace says when each client joins, and errors name its line', (t) => {
  const directory = t.testdir({
    good: '0\n12.5\n3\n',
    windows: '0\r\n1\r\n2',
    word: '0\nsoon\n3\n',
    negative: '0\n1\n-3\n',
    empty: '',
    gap: '0\n\n3\n',
    short: '0\n1\n',
    long: '0\n1\n2\n3\n',
  });
  const trace = (name: string): RunOptions => ({
    ranks: 5,
    arrivals: `trace:${path.join(directory, name)}`,
  });
  t.strictSame([...draw(trace('good')).joinsAtNs], [0, 0, 0, 12.5 * SECOND, 3 * SECOND]);
  t.strictSame([...draw(trace('windows')).joinsAtNs], [0, 0, 0, SECOND, 2 * SECOND]);
  const refused: [name: string, message: RegExp][] = [
    ['word', /word.*2.*seconds such as 12\.5.*"soon"/],
    ['negative', /negative.*3.*seconds such as 12\.5.*"-3"/],
    ['gap', /gap.*2.*seconds such as 12\.5.*""/],
    ['empty', /empty.*3 lines, one for each client that is no seed.*0/],
    ['short', /short.*3 lines.*2/],
    ['long', /long.*3 lines.*4/],
    ['nowhere', /nowhere.*a trace that can be read.*ENOENT/],
  ];
  for (const [name, message] of refused) {
    t.throws(() => draw(trace(name)), { code: 'ERR_BTSHM_INPUT', message }, name);
  }
  t.end();
});

t.test('a given graph has room for its edges, and nobody comes late to it', (t) => {
  const { connections, neighbours } = draw({ ranks: 12, graph: 'regular:4' });
  t.strictSame([...connections], [0, ...new Array<number>(11).fill(4)]);
  t.equal(neighbours?.flat().length, 22);
  const late = { graph: 'full', ranks: 12, arrivals: 'poisson:1' };
  t.throws(() => draw(late), { code: 'ERR_BTSHM_USAGE', message: /--graph full: .* at once/ });
  t.end();
});

t.test('equal seeds draw equal populations', (t) => {
  const options = { arrivals: 'poisson:1', seeding: 'exp:5', graph: 'tracker' };
  t.strictSame(draw(options), draw(options));
  t.notSame(draw(options).joinsAtNs, draw({ ...options, seed: 2 }).joinsAtNs);
  t.end();
});
