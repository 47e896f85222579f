import t from 'tap';

import { UsageError } from '../../../src/errors.js';
import {
  type MatrixOptions,
  labelOfPoint,
  labelOfValue,
  planMatrix,
} from '../../../src/swarm/compare/index.js';

const contenders = ['seed', 'random', 'round-robin'].map((strategy) => ({
  name: strategy,
  options: { strategy },
}));

t.test('every contender sees the same seeds, close together and each first in turn', (t) => {
  const { cells, seeds } = planMatrix({ contenders, runs: 3, options: { seed: 7 } });
  t.strictSame(seeds, [7, 8, 9]);
  t.strictSame(
    cells.map(({ contender, seed }) => [seed, contender]),
    [
      [7, 0],
      [7, 1],
      [7, 2],
      [8, 1],
      [8, 2],
      [8, 0],
      [9, 2],
      [9, 0],
      [9, 1],
    ],
  );
  t.ok(cells.every(({ seed, options }) => options.seed === seed));
  t.end();
});

t.test('time is virtual unless told otherwise, and then a run has one thread', (t) => {
  const virtual = planMatrix({ contenders, options: { ranks: 2000 } });
  t.equal(virtual.cells.length, 60, 'twenty runs by default');
  t.match(virtual.cells[0].options, { clock: 'virtual', threads: 1 });
  const real = planMatrix({ contenders, options: { clock: 'real', ranks: 8 } });
  t.equal(real.configs[0][0].clock, 'real');
  t.equal(real.configs[0][0].threads, 8);
  t.end();
});

t.test('axes multiply, and their values reach the runs', (t) => {
  const { points, cells, configs } = planMatrix({
    contenders: contenders.slice(0, 2),
    sweep: [
      { key: 'refresh', values: [1, 10] },
      { key: 'ranks', values: [8, 16, 32] },
    ],
    runs: 2,
  });
  t.strictSame(
    points.map(labelOfPoint),
    ['1, ranks=8', '1, ranks=16', '1, ranks=32', '10, ranks=8', '10, ranks=16', '10, ranks=32'].map(
      (rest) => `refresh=${rest}`,
    ),
  );
  t.equal(cells.length, 2 * 6 * 2);
  const last = configs[1][5];
  t.match(last, { strategy: 'random', refresh: 10, ranks: 32 });
  t.end();
});

t.test('a contender has options of its own', (t) => {
  const slow = { name: 'slow', options: { strategy: 'random', up: 1000 } };
  const { configs } = planMatrix({ contenders: [...contenders, slow], options: { up: 5000 } });
  t.equal(configs[0][0].up, 5000);
  t.equal(configs[3][0].up, 1000);
  t.end();
});

t.test('every run has a file of its own, by a name that can be read', (t) => {
  const odd = ['a/b', 'a b', 'a_b', '../x'].map((name) => ({
    name,
    options: { strategy: 'random' },
  }));
  const { cells } = planMatrix({
    contenders: odd,
    sweep: [
      {
        key: 'latencyMs',
        values: [
          [[5]],
          [
            [5, 6],
            [6, 5],
          ],
        ],
      },
    ],
    runs: 2,
  });
  const files = cells.map(({ file }) => file);
  t.equal(new Set(files).size, 16);
  t.strictSame(
    files.filter((file) => !/^[A-Za-z_][A-Za-z0-9._=-]*\.seed=[12]\.json$/.test(file)),
    [],
  );
  t.ok(files.includes('a_b.latencyMs=5.seed=1.json'));
  t.ok(files.includes('a_b.latencyMs=5.2.seed=1.json'), 'names that look alike are told apart');
  t.end();
});

t.test('what contradicts itself is refused before anything runs', (t) => {
  const refused = (options: MatrixOptions, message: RegExp): void => {
    t.throws(() => planMatrix(options), UsageError);
    t.throws(() => planMatrix(options), { message });
  };
  refused({ contenders: [] }, /^--strategies: expected at least one strategy, found none/);
  refused({ contenders: [contenders[0], contenders[0]] }, /found seed twice/);
  refused(
    { contenders: [{ name: 'x', options: { strategy: 'no' } }] },
    /^x: --strategy: .*found no/,
  );
  refused({ contenders, runs: 0 }, /^--runs: expected a whole number from 1/);
  refused({ contenders, sweep: [{ key: 'seed', values: [1] }] }, /^--sweep seed: can't be swept/);
  refused({ contenders, sweep: [{ key: 'refresh', values: [1, 1] }] }, /different values/);
  refused({ contenders, sweep: [{ key: 'refresh', values: [] }] }, /found none/);
  refused({ contenders, sweep: [{ key: 'refresh', values: [0] }] }, /^seed: --refresh: expected/);
  refused(
    {
      contenders: [{ name: 'x', options: { strategy: 'random', refresh: 2 } }],
      sweep: [{ key: 'refresh', values: [1] }],
    },
    /expected no refresh of its own in x/,
  );
  refused(
    { contenders: [{ name: 'x', options: { strategy: 'random', seed: 2 } }] },
    /^x: expected the seeds and the clock of all/,
  );
  refused({ contenders, options: { seed: 2 ** 32 - 2 } }, /^--seed: .*found 4294967313/);
  t.end();
});

t.test('values read as people write them', (t) => {
  t.equal(labelOfValue('full'), 'full');
  t.equal(labelOfValue(10), '10');
  t.equal(labelOfValue([[50]]), '50');
  t.equal(labelOfValue([{ name: 'a', share: 1 / 8 }, 2]), 'a:12.5%,2');
  t.equal(
    labelOfValue([
      [1, 2],
      [3, 4],
    ]),
    '[[1,2],[3,4]]',
  );
  t.end();
});
