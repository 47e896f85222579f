import * as path from 'node:path';
import t from 'tap';

import { BEHAVIOURS, CHOKERS, SEED_CHOKERS } from '../../src/roles/chokers.js';
import { PICKERS } from '../../src/roles/pickers.js';
import { STRATEGIES } from '../../src/roles/strategies.js';
import { EXIT_CODES } from '../../src/errors.js';
import { MAIN, command, startNode } from './command.js';

const SMALL = '--ranks 6 --segments 100';

t.test('the summary keeps to 80 columns, without colours on a pipe', async (t) => {
  const { code, stdout, stderr } = await command(SMALL);
  t.equal(code, 0);
  t.equal(stderr, '', 'no progress where standard error is no terminal');
  t.match(stdout, /^400 segments delivered, every one checked: .* segments\/s, .*B\/s\n/);
  for (const label of ['Swarm', 'Start-up', 'Exchange', 'Hash limit', 'Messages', 'Uploads']) {
    t.match(stdout, new RegExp(`^  ${label} `, 'm'));
  }
  // eslint-disable-next-line no-control-regex -- there must be none
  t.notMatch(stdout, /\x1b/);
  t.strictSame(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
});

t.test('--quiet prints the headline alone', async (t) => {
  const { stdout, stderr } = await command(`${SMALL} --quiet`);
  t.match(stdout, /^400 segments delivered[^\n]*\n$/);
  t.equal(stderr, '');
});

t.test('a result that is longer than a pipe holds is printed whole', async (t) => {
  const { code, stdout } = await command('--ranks 2000 --segments 2 --threads 1 --json');
  t.equal(code, 0);
  t.ok(stdout.length > 128 * 1024, `${stdout.length} characters`);
  t.equal((JSON.parse(stdout) as { ranks: unknown[] }).ranks.length, 2000);
});

t.test('a reader that has seen enough is no error', async (t) => {
  const main = startNode([MAIN, '--ranks', '4', '--segments', '10']);
  main.child.stdout?.destroy();
  const { code, stderr } = await main.ended;
  t.equal(code, 0);
  t.equal(stderr, '');
});

t.test('list has one line for each rule, aligned', async (t) => {
  const { code, stdout } = await command('list');
  t.equal(code, 0);
  const lines = stdout.split('\n').filter((line) => line.startsWith('  '));
  const rules = [STRATEGIES, CHOKERS, SEED_CHOKERS, PICKERS, BEHAVIOURS].flat();
  t.strictSame(
    lines.map((line) => line.trim().split(' ')[0]),
    rules.map(({ name }) => name),
  );
  const columns = lines.map((line) => /^ {2}\S+ +/.exec(line)?.[0].length);
  t.equal(new Set(columns).size, 1, 'the summaries begin in one column');
  t.ok(lines.every((line) => line.length <= 80));
  const json = await command('list --json');
  const list = JSON.parse(json.stdout) as Record<string, { name: string; default: boolean }[]>;
  t.strictSame(
    list['strategies'].map(({ name }) => name),
    STRATEGIES.map(({ name }) => name),
  );
  t.strictSame(
    list['pickers'].filter((rule) => rule.default).map(({ name }) => name),
    ['random'],
  );
});

t.test('help shows every option, examples and exit codes within 80 columns', async (t) => {
  for (const args of ['--help', '-h', 'run --help']) {
    const { code, stdout, stderr } = await command(args);
    t.equal(code, 0, args);
    t.equal(stderr, '');
    for (const option of ['--ranks', '--segment-bytes', '--fault', '--config', '--json']) {
      t.match(stdout, new RegExp(`^  ${option}\\b`, 'm'), `${args}: ${option}`);
    }
    t.match(stdout, '(default: 64)');
    t.match(stdout, /^Examples:$/m);
    t.match(stdout, new RegExp(`^ +${EXIT_CODES.stalled}  stalled`, 'm'));
    t.strictSame(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    );
  }
});

t.test('--version prints the version of the package', async (t) => {
  const { code, stdout } = await command('--version');
  t.equal(code, 0);
  t.match(stdout, /^\d+\.\d+\.\d+\S*\n$/);
});

t.test(
  'benchmarks that are not part of the build are an internal error, and said to be',
  async (t) => {
    const script = `
    const { benchCommand } = require(${JSON.stringify(path.join(path.dirname(MAIN), 'bench-command.js'))});
    benchCommand({ json: false, quick: true }, '/nowhere/bench/index.js')
      .catch((error) => console.log(error.message));`;
    const { stdout } = await startNode(['-e', script]).ended;
    t.match(stdout, /the benchmarks are not part of this build: expected \/nowhere/);
  },
);
