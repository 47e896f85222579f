import { readFileSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import t, { type Test } from 'tap';

import { execute } from '../../src/cli/execute.js';
import type { Comparison } from '../../src/report/comparison/index.js';
import { checkSchema } from '../schemas.js';
import { command } from './command.js';

const SMALL = '--ranks 10 --segments 40';

const readJson = (...names: string[]): unknown =>
  JSON.parse(readFileSync(path.join(...names), 'utf8'));

t.test('itself is no different, and slowed by 5 % it is found with the right sign', async (t) => {
  const file = path.join(t.testdir(), 'r.json');
  const { code, stdout, stderr } = await command(
    'compare --strategies a=least-loaded,b=least-loaded,slow=least-loaded:up=9.5Mbit ' +
      `--runs 30 ${SMALL} --export-json ${file}`,
  );
  t.equal(code, 0);
  t.equal(stderr, '', 'no progress where standard error is no terminal');
  t.match(stdout, /^3 strategies, 30 runs each \(seeds 1 to 30\), virtual time\n/);
  t.match(stdout, 'no difference shown between a and b in last completion: all runs are equal');
  const [itself, slowed] = (readJson(file) as Comparison).points[0].pairs;
  t.match(
    [itself, slowed],
    [
      { of: 'a', to: 'b' },
      { of: 'a', to: 'slow' },
    ],
  );
  t.strictSame(
    Object.values(itself.metrics).filter(({ verdict }) => verdict.winner !== undefined),
    [],
  );
  const { ratio, verdict } = slowed.metrics['lastCompletion'];
  t.equal(verdict.winner, 'a');
  t.match(verdict.text, /^a is 1\.0\d+x \(1\.0\d+ to 1\.\d+\) faster than slow in last/);
  t.ok(ratio && ratio.low > 0.85 && ratio.high < 1, JSON.stringify(ratio));
});

t.test('every file keeps to its schema, and the JSON holds every run', async (t) => {
  const directory = t.testdir();
  const file = (name: string): string => path.join(directory, name);
  const { code, stdout } = await command(
    `compare --strategies random,round-robin --runs 3 --sweep refresh=1,20 ${SMALL}`,
    ...['--out', file('results'), '--export-json', file('new/r.json')],
    ...['--export-csv', file('r.csv'), '--export-markdown', file('r.md')],
  );
  t.equal(code, 0);
  t.strictSame(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
  t.match(stdout, /^refresh=1$[^]*^refresh=20$/m);
  const comparison = readJson(file('new/r.json')) as Comparison;
  checkSchema(t, 'comparison', comparison);
  t.equal(comparison.samples.length, 12);
  t.ok(comparison.samples.every(({ completionSeconds }) => completionSeconds.length === 8));
  t.match(
    comparison.command,
    /^bt-shm compare --strategies random,round-robin --runs 3 --sweep refresh=1,20 --ranks 10 \S+ 40$/,
  );
  checkSchema(t, 'matrix', readJson(file('results/matrix.json')));
  const stored = readdirSync(file('results')).filter((name) => name !== 'matrix.json');
  t.equal(stored.length, 12);
  for (const name of stored) checkSchema(t, 'result', readJson(file('results'), name));
  t.equal(readFileSync(file('r.csv'), 'utf8').split('\n').length, 14);
  t.match(readFileSync(file('r.md'), 'utf8'), /^# Comparison of random, round-robin\n/);
});

t.test('a run prints what its schema says, with either clock', async (t) => {
  for (const args of [
    '--ranks 5 --segments 10',
    '--clock virtual --ranks 5 --segments 10',
    '--clock virtual --protocol bep3 --ranks 9 --segments 10 --mix free-rider:20% --seeding 5',
    '--ranks 5 --segments 100 --fault crash:rank=3,at=0.5',
  ]) {
    const { stdout } = await command(`${args} --json`);
    checkSchema(t, 'result', JSON.parse(stdout));
  }
});

t.test('a threshold that is missed ends with 4 and the numbers', async (t) => {
  const { code, stdout, stderr } = await command(
    `compare --strategies slow=random:up=5Mbit,random --runs 4 ${SMALL}`,
    ...['--fail-if', 'slow/random.lastCompletion > 1.05'],
    ...['--fail-if', 'random/slow.lastCompletion > 1.05'],
  );
  t.equal(code, 4);
  t.match(
    stderr,
    /^bt-shm: --fail-if slow\/random\.lastCompletion > 1\.05: 1\.\d+x \(1\.[^\n]*\n$/,
  );
  t.match(stdout, /--fail-if slow\/random\.lastCompletion > 1\.05: failed, 1\./);
  t.match(stdout, /--fail-if random\/slow\.lastCompletion > 1\.05: kept, 0\./);
});

t.test('a configuration file says the same as the command line, which overrides it', async (t) => {
  const directory = t.testdir({
    'study.json': JSON.stringify({
      strategies: ['random', { name: 'slow', strategy: 'random', options: { up: '5Mbit' } }],
      sweep: { refresh: [1, 20] },
      runs: 2,
      ranks: 10,
      segments: 30,
      noise: 0.5,
      failIf: ['random.nackShare > 2'],
    }),
  });
  const { code, stdout } = await command(
    `compare --config ${directory}/study.json --segments 40 --runs 3 --json`,
  );
  t.equal(code, 0);
  const comparison = JSON.parse(stdout) as Comparison;
  t.match(comparison, {
    settings: { noise: 0.5 },
    config: { segments: 40, ranks: 10 },
    contenders: [{ name: 'random' }, { name: 'slow', config: { up: 625_000 } }],
    points: [{ values: { refresh: 1 } }, { values: { refresh: 20 } }],
    gates: [{ text: 'random.nackShare > 2', failed: false }],
  });
  t.equal(comparison.samples.length, 12);
});

t.test('runs that do not deliver everything are named, and decide the exit code', async (t) => {
  const { code, stdout } = await command(
    'compare --strategies a=random,b=random --clock real --ranks 8 --segments 5000 --runs 1 ' +
      '--segment-bytes 1KiB --fault crash:rank=1,at=0.001',
  );
  t.equal(code, 5, 'as that of a run in which a rank died');
  t.match(stdout, '2 runs did not deliver everything and stand in no figure: a with seed 1');
});

t.test('what can not be compared is refused before anything runs', async (t) => {
  const directory = t.testdir({
    'key.json': '{"strategies": ["random"], "repeat": 3}',
    'entry.json': '{"strategies": [{"strategy": "random"}]}',
    'axis.json': '{"strategies": ["random"], "sweep": {"refresh": 3}}',
  });
  const refused: [args: string, message: RegExp][] = [
    ['', /--strategies: expected at least one strategy, found none/],
    ['--strategies random,random', /found random twice; NAME=STRATEGY gives a name/],
    ['--strategies fast', /fast: --strategy: expected one of least-loaded, .*, found fast/],
    ['--strategies a=', /--strategies: expected NAME=STRATEGY, found "a="/],
    ['--strategies a=random:sped=1', /--strategies a: sped: expected one of ranks, .*found "sped"/],
    ['--strategies a=random:up=x', /--strategies a: up: expected a rate .*, found "x"/],
    ['--strategies random --trace x', /unknown option '--trace'/],
    ['--strategies random --sweep refresh', /--sweep: expected OPTION=VALUE,VALUE,..., found/],
    ['--strategies random --sweep rate=1', /--sweep rate: expected one of .*, found "rate"/],
    ['--strategies random --noise 2', /--noise: expected a number from 0, below 1, found "2"/],
    ['--strategies random --metric speed', /--metric: expected one of lastCompletion, .*speed/],
    ['--strategies random --jobs 0', /--jobs: expected a whole number from 1, found 0/],
    ['--strategies random --export-json x --export-csv x', /expected different files, found/],
    ['--strategies random --strategy seed', /unknown option '--strategy'/],
    [`--config ${directory}/key.json`, /key\.json: unknown key "repeat"/],
    [`--config ${directory}/entry.json`, /entry\.json: strategies: expected names or \{ name/],
    [`--config ${directory}/axis.json`, /axis\.json: sweep refresh: expected a list, found 3/],
  ];
  for (const [args, message] of refused) await assertRefused(t, args.split(' '), message);
  await assertRefused(
    t,
    ['--strategies', 'seed,random', '--fail-if', 'sed.nackShare > 1'],
    /expected names among seed, random, found sed/,
  );
});

/** Executes in this process, which takes no time to start. */
async function assertRefused(t: Test, args: readonly string[], message: RegExp): Promise<void> {
  const lines: string[] = [];
  const code = await execute(['compare', ...args.filter(Boolean)], (line) => lines.push(line));
  t.equal(code, 2, args.join(' '));
  t.equal(lines.length, 1);
  t.match(lines[0], message);
}

t.test('help explains strategies, sweeps, metrics and conditions in 80 columns', async (t) => {
  for (const name of ['compare', 'report']) {
    const { code, stdout } = await command(`${name} --help`);
    t.equal(code, 0);
    t.match(stdout, 'Conditions of --fail-if:');
    t.match(stdout, 'lastCompletion');
    t.strictSame(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    );
  }
});
