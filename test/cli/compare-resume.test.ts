import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import { MAIN, command, startNode } from './command.js';

const SMALL = '--ranks 8 --segments 30';

const STUDY = `compare --strategies least-loaded,random,round-robin --runs 4 ${SMALL}`;

/** What of a report must be the same after an interruption: all but the time of its start. */
const withoutStart = (text: string): string => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'START');

t.test('a comparison that is resumed gives the same report, and redoes nothing', async (t) => {
  const directory = t.testdir();
  const study = async (name: string, ...more: string[]) => {
    const files = ['md', 'json', 'csv', 'html'].map((kind) =>
      path.join(directory, `${name}.${kind}`),
    );
    const [markdown, json, csv, html] = files;
    const exports = [
      ...['--export-markdown', markdown, '--export-json', json],
      ...['--export-csv', csv, '--export-html', html],
    ];
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
