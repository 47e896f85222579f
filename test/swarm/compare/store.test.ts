import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import t, { type Test } from 'tap';

import { InputError, UsageError } from '../../../src/errors.js';
import {
  ResultStore,
  defineComparison,
  manifestOf,
  planMatrix,
  readManifest,
  readStoredResult,
} from '../../../src/swarm/compare/index.js';
import { resultOf } from '../../report/results.js';
import { checkSchema } from '../../schemas.js';

const matrixOf = (refresh: number) =>
  planMatrix({
    contenders: ['seed', 'random'].map((name) => ({ name, options: { strategy: name } })),
    options: { refresh },
    runs: 2,
  });

function open(directory: string, resume: boolean, refresh = 10): ResultStore {
  const matrix = matrixOf(refresh);
  const definition = defineComparison(matrix, '1.0.0', 'machine');
  const manifest = manifestOf(matrix, { startedAt: '2026-01-01T00:00:00.000Z', definition });
  return ResultStore.open(directory, manifest, resume);
}

const resultWithSeed = (seed: number) => resultOf({ config: { seed } });

t.test('keeps results for a later session, each as a whole', (t) => {
  const directory = path.join(t.testdir(), 'new', 'results');
  const [first, second] = matrixOf(10).cells;
  const store = open(directory, false);
  t.equal(store.read(first), undefined);
  store.write(first, resultWithSeed(first.seed));
  const again = open(directory, true);
  t.strictSame(again.read(first), JSON.parse(JSON.stringify(resultWithSeed(first.seed))));
  t.equal(again.read(second), undefined);
  t.strictSame(readdirSync(directory).sort(), ['matrix.json', first.file].sort());
  const manifest: unknown = JSON.parse(readFileSync(path.join(directory, 'matrix.json'), 'utf8'));
  checkSchema(t, 'matrix', manifest);
  checkSchema(t, 'result', again.read(first));
  t.end();
});

t.test('refuses another comparison and says what differs', (t) => {
  const directory = t.testdir();
  open(directory, true);
  t.throws(() => open(directory, false), {
    message: /^--out .*: expected a directory without matrix\.json, .* --resume goes on with it$/,
  });
  t.throws(() => open(directory, true, 20), {
    constructor: UsageError,
    message: /^--resume .*: expected the comparison stored there, .*: refresh was 10 and is 20$/,
  });
  t.end();
});

t.test('a result of a newer schema is refused with both versions', (t) => {
  const newer = (t: Test, name: string, value: object): string => {
    const file = path.join(t.testdir(), name);
    writeFileSync(file, JSON.stringify({ ...value, schemaVersion: 2 }));
    return file;
  };
  t.throws(() => readStoredResult(newer(t, 'r.json', resultOf())), {
    constructor: InputError,
    message: /r\.json: expected schemaVersion up to 1, found 2, of a newer bt-shm$/,
  });
  t.throws(() => readManifest(path.dirname(newer(t, 'matrix.json', {}))), {
    message: /matrix\.json: expected schemaVersion up to 1, found 2, of a newer bt-shm$/,
  });
  t.end();
});

t.test('what is no result is refused, and so is one that was mixed up', (t) => {
  const directory = t.testdir({
    'half.json': '{"schemaVersion": 1',
    'list.json': '[1]',
    'other.json': '{"schemaVersion": 1, "config": {}}',
    'none.json': '{}',
  });
  const refused = (name: string, message: RegExp): void => {
    t.throws(() => readStoredResult(path.join(directory, name)), { message });
  };
  refused('half.json', /half\.json: expected a JSON object, found .*JSON/);
  refused('list.json', /expected a JSON object, found \[1\]/);
  refused(
    'other.json',
    /expected a result as schema\/result\.schema\.json has it, found .*required property/,
  );
  refused('none.json', /expected schemaVersion up to 1, found undefined/);
  refused('absent.json', /expected a JSON object, found ENOENT/);
  const [first] = matrixOf(10).cells;
  const store = open(directory, false);
  store.write(first, resultWithSeed(99));
  t.throws(() => store.read(first), { message: /expected the result of seed 1, found that of/ });
  t.end();
});
