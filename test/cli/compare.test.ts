import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import type { Comparison } from '../../src/report/comparison/index.js';
import { checkSchema } from '../schemas.js';
import { MAIN, command, startNode } from './command.js';

const SMALL = '--ranks 10 --segments 40';

const readJson = (...names: string[]): unknown =>
  JSON.parse(readFileSync(path.join(...names), 'utf8'));

t.test('comparing a strategy with itself shows no difference', async (t) => {
  const { code, stdout, stderr } = await command(
    `compare --strategies a=least-loaded,b=least-loaded --runs 30 ${SMALL}`,
  );
  t.equal(code, 0);
  t.equal(stderr, '', 'no progress where standard error is no terminal');
  t.match(stdout, /^2 strategies, 30 runs each \(seeds 1 to 30\), virtual time\n/);
  t.match(stdout, 'no difference shown between a and b in last completion: all runs are equal');
  t.notMatch(stdout, /faster|lower|more even|closer/);
});

t.test('a strategy slowed by 5 % is found, with the right sign', async (t) => {
  const { stdout } = await command(
    `compare --strategies slow=least-loaded:up=9.5Mbit,fast=least-loaded --runs 30 ${SMALL} --json`,
  );
  const { points } = JSON.parse(stdout) as Comparison;
  const { ratio, verdict } = points[0].pairs[0].metrics['lastCompletion'];
  t.equal(verdict.winner, 'fast');
  t.match(verdict.text, /^fast is 1\.0\d+x \(1\.0\d+ to 1\.\d+\) faster than slow in last/);
  t.ok(ratio && ratio.low > 1 && ratio.high < 1.15, JSON.stringify(ratio));
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

const STUDY = `compare --strategies least-loaded,random,round-robin --runs 4 ${SMALL}`;

/** What of a report must be the same after an interruption: all but the time of its start. */
const withoutStart = (text: string): string => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'START');

t.test('a comparison that is resumed gives the same report, and redoes nothing', async (t) => {
  const directory = t.testdir();
  const study = async (name: string, ...more: string[]) => {
    const files = ['md', 'json', 'csv'].map((kind) => path.join(directory, `${name}.${kind}`));
    const [markdown, json, csv] = files;
    const exports = ['--export-markdown', markdown, '--export-json', json, '--export-csv', csv];
    const ended = await command(STUDY, ...exports, ...more);
    return { ...ended, reports: files.map((file) => withoutStart(readFileSync(file, 'utf8'))) };
  };
  const out = path.join(directory, 'out');
  const whole = await study('whole', '--out', out);
  t.equal(whole.code, 0);
  const stored = readdirSync(out).filter((name) => name !== 'matrix.json');
  t.equal(stored.length, 12);
  const kept = stored.filter((_, index) => index % 2 === 0);
  const before = kept.map((name) => readFileSync(path.join(out, name), 'utf8'));
  for (const name of stored) if (!kept.includes(name)) rmSync(path.join(out, name));
  const resumed = await study('resumed', '--out', out, '--resume', '--jobs', '1');
  t.equal(resumed.code, 0);
  t.equal(resumed.stdout, whole.stdout);
  t.strictSame(resumed.reports, whole.reports);
  // A result holds the time that its run took: it would differ had it run again.
  const after = kept.map((name) => readFileSync(path.join(out, name), 'utf8'));
  t.strictSame(after, before, 'what was stored is as it was');
  const anew = await study('anew');
  t.strictSame(anew.reports, whole.reports, 'nor does the directory matter');
});

t.test('a stored comparison is not mixed with another', async (t) => {
  const out = path.join(t.testdir(), 'out');
  const few = `compare --strategies random,round-robin --runs 1 ${SMALL} --out ${out}`;
  t.equal((await command(few)).code, 0);
  const again = await command(few);
  t.equal(again.code, 2);
  t.match(again.stderr, '--resume goes on with it');
  const changed = await command(`${few} --resume --refresh 20 --up 5Mbit`);
  t.equal(changed.code, 2);
  t.match(changed.stderr, /refresh was 10 and is 20; up was 1250000 and is 625000; seedUp was/);
});

t.test('an interruption keeps the runs that are over, and says how to go on', async (t) => {
  const out = path.join(t.testdir(), 'out');
  // Half an hour of work, were it not interrupted.
  const args = `compare --strategies seed,random --runs 1000 --segments 2000 --jobs 1 --out ${out}`;
  const main = startNode([MAIN, ...args.split(' ')]);
  const results = (): string[] =>
    existsSync(out) ? readdirSync(out).filter((name) => /^[^.].*seed=/.test(name)) : [];
  while (results().length === 0 && main.child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  main.child.kill('SIGINT');
  const { code, stdout, stderr } = await main.ended;
  t.equal(code, 130);
  t.equal(stdout, '');
  t.match(stderr, new RegExp(`^bt-shm: interrupted after ${results().length} of 2000 runs: they`));
  t.match(stderr, '--resume goes on from there');
  t.strictSame(
    readdirSync(out).filter((name) => name.endsWith('.part')),
    [],
  );
});

t.test('a threshold that is missed ends with 4 and the numbers', async (t) => {
  const study = `compare --strategies slow=random:up=5Mbit,random --runs 8 ${SMALL}`;
  const missed = await command(study, '--fail-if', 'slow/random.lastCompletion > 1.05');
  t.equal(missed.code, 4);
  t.match(missed.stderr, /^bt-shm: --fail-if slow\/random\.lastCompletion > 1\.05: 1\.\d+x \(1\./);
  t.match(missed.stdout, /--fail-if slow\/random\.lastCompletion > 1\.05: failed, 1\./);
  const kept = await command(study, '--fail-if', 'random/slow.lastCompletion > 1.05');
  t.equal(kept.code, 0);
  t.equal(kept.stderr, '');
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
    'compare --strategies a=random,b=random --clock real --ranks 4 --segments 200 --runs 1 ' +
      '--fault crash:rank=1,at=0.1',
  );
  t.equal(code, 5, 'as a run that a rank died in');
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
    ['--strategies a=', /--strategies: expected NAME=STRATEGY, found a=/],
    ['--strategies a=random:sped=1', /--strategies a: sped: expected one of ranks, .*found "sped"/],
    ['--strategies a=random:up=x', /--strategies a: up: expected a rate .*, found "x"/],
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
  const results = refused.map(async ([args, message]) => {
    const { code, stdout, stderr } = await command(`compare ${args}`);
    t.equal(code, 2, args);
    t.equal(stdout, '');
    t.match(stderr, message);
  });
  await Promise.all(results);
  const gate = await command('compare --strategies seed,random', '--fail-if', 'sed.nackShare > 1');
  t.equal(gate.code, 2);
  t.match(gate.stderr, /expected names among seed, random, found sed/);
});

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
