import * as path from 'node:path';
import { createRequire } from 'node:module';
import t from 'tap';

import type * as Compare from '../../../src/swarm/compare/index.js';
import { ROOT } from '../../comm/compiled.js';

// Ranks run from compiled code: `npm test` builds it first.
const { planMatrix, runMatrix } = createRequire(__filename)(
  path.join(ROOT, 'dist/src/swarm/compare/index.js'),
) as typeof Compare;

const matrix = planMatrix({
  contenders: ['random', 'least-loaded'].map((name) => ({ name, options: { strategy: name } })),
  options: { ranks: 5, segments: 10 },
  runs: 3,
});

t.test('runs every cell, keeps what it gives in the order of the matrix', async (t) => {
  const seen: Compare.MatrixProgress[] = [];
  const kept = await runMatrix(matrix, {
    recall: () => undefined,
    keep: (cell, { config, complete }) => [cell.file, config.strategy, config.seed, complete],
    jobs: 3,
    onProgress: (progress) => seen.push(progress),
  });
  t.strictSame(
    kept,
    matrix.cells.map(({ file, seed, options }) => [file, options.strategy, seed, true]),
  );
  t.match(seen[0], { runs: 6, runsDone: 0, share: 0 });
  t.match(seen.at(-1), { runs: 6, runsDone: 6, runsRecalled: 0, share: 1, msLeft: 0 });
});

t.test('redoes nothing that is stored', async (t) => {
  const ran: string[] = [];
  const kept = await runMatrix(matrix, {
    recall: ({ file, contender }) => (contender === 0 ? `stored ${file}` : undefined),
    keep: ({ file }) => {
      ran.push(file);
      return file;
    },
  });
  t.equal(ran.length, 3);
  t.ok(ran.every((file) => file.startsWith('least-loaded')));
  t.strictSame(
    kept,
    matrix.cells.map(({ file, contender }) => (contender === 0 ? `stored ${file}` : file)),
  );
});

t.test('an interruption keeps what is over and loses what is not', async (t) => {
  const controller = new AbortController();
  const kept = await runMatrix(matrix, {
    recall: () => undefined,
    keep: ({ file }) => {
      controller.abort();
      return file;
    },
    jobs: 1,
    signal: controller.signal,
  });
  t.strictSame(kept, [matrix.cells[0].file, ...new Array<undefined>(5).fill(undefined)]);
});

t.test('a result that can not be kept ends all', async (t) => {
  const failure = new Error('disk full');
  let calls = 0;
  const run = runMatrix(matrix, {
    recall: () => undefined,
    keep: () => {
      calls++;
      throw failure;
    },
    jobs: 2,
  });
  await t.rejects(run, failure);
  t.ok(calls <= 2, `${calls} runs in progress`);
});

t.test('jobs are a whole number', async (t) => {
  const hooks = { recall: () => undefined, keep: () => 1, jobs: 0 };
  await t.rejects(runMatrix(matrix, hooks), { message: /--jobs: expected a whole number from 1/ });
});
