import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import { differencesBetween } from '../../../src/swarm/compare/definition.js';
import {
  type MatrixOptions,
  defineComparison,
  planMatrix,
} from '../../../src/swarm/compare/index.js';

const define = (options: Partial<MatrixOptions>, version = '1.0.0', machine = 'm') =>
  defineComparison(
    planMatrix({
      contenders: ['seed', 'random'].map((name) => ({ name, options: { strategy: name } })),
      runs: 3,
      ...options,
    }),
    version,
    machine,
  );

t.test('equal comparisons do not differ, stored ones included', (t) => {
  const stored = JSON.parse(JSON.stringify(define({}))) as ReturnType<typeof define>;
  t.strictSame(differencesBetween(stored, define({})), []);
  t.strictSame(
    differencesBetween(define({}), define({ options: { threads: 1 } })),
    [],
    'threads change nothing in virtual time',
  );
  t.end();
});

t.test('what differs is named by its values', (t) => {
  const before = define({});
  const differences = (options: Partial<MatrixOptions>): string[] =>
    differencesBetween(before, define(options));
  t.strictSame(differences({ options: { refresh: 20 } }), ['refresh was 10 and is 20']);
  t.strictSame(differences({ options: { seed: 5 } }), ['the first seed was 1 and is 5']);
  t.strictSame(differences({ runs: 4 }), ['the number of runs was 3 and is 4']);
  t.strictSame(differences({ sweep: [{ key: 'refresh', values: [10] }] }), [
    'the sweep was none and is refresh=10',
  ]);
  t.strictSame(
    differences({
      contenders: [
        { name: 'seed', options: { strategy: 'seed' } },
        { name: 'random', options: { strategy: 'random', refresh: 5 } },
      ],
    }),
    ['refresh of random was 10 and is 5'],
  );
  t.strictSame(differencesBetween(before, define({}, '1.0.1')), [
    'the version of bt-shm was 1.0.0 and is 1.0.1',
  ]);
  t.end();
});

t.test('a module of the user that has changed makes another comparison', (t) => {
  const file = path.join(t.testdir({ 'mine.mjs': 'export default 1;' }), 'mine.mjs');
  const contenders = [{ name: 'mine', options: { strategy: file } }];
  const before = define({ contenders });
  t.strictSame(differencesBetween(before, define({ contenders })), []);
  writeFileSync(file, 'export default 2;');
  const [difference, ...others] = differencesBetween(before, define({ contenders }));
  t.match(difference, /^the text of modules was .*mine\.mjs [0-9a-f]{16} and is .*mine\.mjs/);
  t.strictSame(others, []);
  t.end();
});

t.test('a long list is cut', (t) => {
  const other = define({
    options: { refresh: 1, ranks: 9, segments: 5, files: 2, handout: 3, window: 1, up: 7 },
  });
  const found = differencesBetween(define({}), other);
  t.equal(found.length, 6);
  t.match(found[5], /^\d+ more$/);
  t.end();
});

t.test('the machine counts where time is real', (t) => {
  const real = { options: { clock: 'real' as const, ranks: 8 } };
  t.strictSame(differencesBetween(define(real), define(real, '1.0.0', 'n')), [
    'the machine was m and is n',
  ]);
  t.strictSame(differencesBetween(define({}), define({}, '1.0.0', 'n')), []);
  t.end();
});
