/** Strategies of the user's own, as a user runs them: the compiled command and its threads. */
import * as path from 'node:path';
import { test } from 'tap';
import { isModulePath } from '../../../src/swarm/custom/module.js';
import { command, runJson } from '../../cli/command.js';

const EXAMPLES = path.resolve(__dirname, '../../../examples/strategies');
const ROUTING = path.join(EXAMPLES, 'shortest-queue.mjs');
const CHOKING = path.join(EXAMPLES, 'generous.mjs');
const BEP3 = '--clock virtual --protocol bep3';

test('what contains a separator or ends like a script is a module', (t) => {
  for (const value of ['./a.mjs', 'a.mjs', 'a.js', 'a.cjs', 'dir/a', '/x/y.ts', 'dir\\a']) {
    t.equal(isModulePath(value), true, value);
  }
  for (const value of ['seed', 'least-loaded', 'power-of-2', 'amjs', 'a.mjsx']) {
    t.equal(isModulePath(value), false, value);
  }
  t.end();
});

test('a routing strategy serves a swarm under both clocks, and is shown by name', async (t) => {
  for (const clock of ['real', 'virtual']) {
    const options = `--clock ${clock} --ranks 10 --segments 60 --threads 3`;
    const { code, result } = await runJson(options, '--strategy', ROUTING);
    t.equal(code, 0, clock);
    t.equal(result.totals.segmentsDelivered, 8 * 60, clock);
    t.equal(result.totals.nacks, 0, 'only holders are offered');
    t.equal(result.config.strategy, ROUTING, 'the configuration can be run again');
    t.match(result.customStrategy, { name: 'shortest-queue', kind: 'routing' });
  }
  const { stdout } = await command('--ranks 4 --segments 5 --strategy', ROUTING);
  t.match(stdout.replace(/\s+/g, ' '), `Strategy shortest-queue (${ROUTING})`);
});

test('a choking strategy serves a swarm, and differs from the built-in ones', async (t) => {
  const options = `${BEP3} --ranks 30 --segments 40`;
  const custom = await runJson(options, '--strategy', CHOKING);
  const builtIn = await runJson(options);
  t.equal(custom.code, 0);
  t.equal(custom.result.totals.segmentsDelivered, 28 * 40);
  t.match(custom.result.customStrategy, { name: 'generous', kind: 'choking' });
  t.not(custom.result.digest, builtIn.result.digest);
  t.equal(builtIn.result.customStrategy, undefined);
});

test('the same seed gives the same digest on 1, 2 and 7 threads, another seed another', async (t) => {
  for (const options of [
    ['--clock virtual --ranks 20 --segments 40', ROUTING],
    [`${BEP3} --ranks 20 --segments 40`, CHOKING],
  ] as const) {
    const digest = async (more: string): Promise<string | undefined> =>
      (await runJson(`${more} ${options[0]}`, '--strategy', options[1])).result.digest;
    const one = await digest('--threads 1');
    t.equal(await digest('--threads 2'), one);
    t.equal(await digest('--threads 7'), one);
    t.not(await digest('--threads 1 --seed 2'), one);
  }
});

/** A module that chooses so. */
const routing = (body: string): string =>
  `export default { name: 'mine', kind: 'routing', choose(candidates, context) { ${body} } };`;
const choking = (body: string): string => routing(body).replace(`'routing'`, `'choking'`);

test('candidates are holders with what is known of them, and the context says who asks', async (t) => {
  const check = (zone: string): string =>
    routing(`
      const { rank, load, waiting, zone } = candidates[0];
      const drawn = context.random();
      const isRight = [rank, load, waiting, context.segment].every((n) => Number.isInteger(n) && n >= 0)
        && ${zone} && drawn >= 0 && drawn < 1 && drawn !== context.random()
        && candidates.every((c) => c.rank !== context.self && c.rank > 0);
      if (!isRight) throw new Error(JSON.stringify([candidates, context]));
      return rank;`);
  const dir = t.testdir({
    'real.mjs': check('zone === undefined'),
    'zones.mjs': check('zone < 2'),
  });
  const real = await command('--ranks 6 --segments 30 --quiet --strategy', `${dir}/real.mjs`);
  t.match(real, { code: 0, stderr: '' });
  const virtual =
    '--clock virtual --ranks 6 --segments 30 --latency 10,80;80,10 --quiet --strategy';
  t.match(await command(virtual, `${dir}/zones.mjs`), { code: 0, stderr: '' });
});

test('an optimistic unchoke is marked at the next choice, and rounds are counted', async (t) => {
  const dir = t.testdir({
    'mine.mjs': choking(`
      const marked = candidates.filter((n) => n.isOptimistic);
      const isRight = marked.length <= 1 && candidates.every((n) =>
        n.sentInAll >= n.sent + n.sentBefore && n.receivedInAll >= n.received + n.receivedBefore
        && (!n.isOptimistic || n.isUnchoked || !n.isInterested)
        && (!n.isOptimistic || n.roundsSinceOptimistic <= context.round)
        && (!n.isUnchoked || n.roundsSinceUnchoked <= context.round));
      if (!isRight) throw new Error(JSON.stringify(candidates));
      const keep = marked.find((n) => n.isInterested && n.roundsSinceOptimistic < 3);
      const wanting = candidates.filter((n) => n.isInterested && n !== keep);
      const tried = keep ?? wanting.shift();
      const rest = wanting.slice(0, context.slots - 1).map((n) => n.rank);
      return tried === undefined ? [] : { unchoke: [tried.rank, ...rest], optimistic: tried.rank };`),
  });
  const ended = await command(
    `${BEP3} --ranks 20 --segments 60 --quiet --strategy`,
    `${dir}/mine.mjs`,
  );
  t.match(ended, { code: 0, stderr: '' });
});

test('what a strategy prints does not mix with the result', async (t) => {
  const dir = t.testdir({
    'mine.cjs': routing('console.log("here"); return candidates[0].rank;').replace(
      'export default',
      'module.exports =',
    ),
  });
  const { code, stderr } = await runJson('--ranks 3 --segments 2', '--strategy', `${dir}/mine.cjs`);
  t.equal(code, 0, 'a CommonJS module will do');
  t.equal(stderr, 'here\nhere\n');
});

test('a strategy that chooses wrongly is reported by name, with exit code 2', async (t) => {
  const cases: [options: string, source: string, message: RegExp][] = [
    [
      '--clock real',
      routing('return 99;'),
      /the strategy mine returned a rank that was not offered in rank \d+'s choice of a holder of segment \d+: expected one of [\d, ]+, found 99\n/,
    ],
    ['--clock virtual --threads 2', routing('return 99;'), /not offered in rank .* found 99\n/],
    ['--clock real', routing('return undefined;'), /not offered in rank .* found undefined\n/],
    [
      '--clock real',
      `let x;\n${routing('return x.y;')}`,
      /the strategy mine threw in rank .*: TypeError: Cannot read .* \(line 2\)\n/,
    ],
    ['--clock virtual', routing('throw null;'), /the strategy mine threw in rank .*: null\n/],
    ['--clock virtual', routing('return (async () => 1)();'), /found a promise\n/],
    [BEP3, choking('return 5;'), /mine returned no list in rank .* found 5\n/],
    [BEP3, choking('return [77];'), /mine returned a rank that was not offered .* found 77\n/],
    [
      BEP3,
      choking('return { unchoke: [], optimistic: candidates[0].rank };'),
      /mine returned an optimistic rank that it does not unchoke .*: expected one of \[\], found/,
    ],
  ];
  for (const [options, source, message] of cases) {
    const file = path.join(t.testdir({ 'mine.mjs': source }), 'mine.mjs');
    const { code, stdout, stderr } = await command(
      `--ranks 5 --segments 20 --json ${options} --strategy`,
      file,
    );
    t.equal(code, 2, stderr);
    t.equal(stdout, '');
    t.match(stderr, message);
    t.match(stderr, /^bt-shm: .*\n$/, 'one line');
  }
});

test('a strategy that never ends its choice is reported by name, with exit code 2', async (t) => {
  const endless = 'if (context.self === 3) for (;;); ';
  const dir = t.testdir({
    'routing.mjs': routing(`${endless} return candidates[0].rank;`),
    'choking.mjs': choking(`${endless} return [];`),
  });
  for (const [options, module] of [
    ['--threads 5', 'routing'],
    ['--threads 1', 'routing'],
    ['--clock virtual --threads 2', 'routing'],
    [`${BEP3} --threads 2`, 'choking'],
  ] as const) {
    const { code, stderr } = await command(
      `--ranks 5 --segments 20 --stall-timeout 4 ${options} --strategy`,
      `${dir}/${module}.mjs`,
    );
    t.equal(code, 2, stderr);
    t.match(stderr, /the strategy mine goes on for ever in rank 3's choice of .* within 2 s/);
  }
});

test('a module that is none is refused before the run', async (t) => {
  const dir = t.testdir({
    'empty.mjs': 'export const name = 1;',
    'text.mjs': `export default 'text';`,
    'nameless.mjs': `export default { kind: 'routing', choose() {} };`,
    'kind.mjs': `export default { name: 'mine', kind: 'chocking', choose() {} };`,
    'still.mjs': `export default { name: 'mine', kind: 'routing' };`,
    'syntax.mjs': 'export default {{',
    'throws.mjs': '\nthrow new Error("boom");',
    'leaves.mjs': 'process.exit(0);',
  });
  const cases: [module: string, message: RegExp][] = [
    ['missing', /missing\.mjs: expected a module with a strategy, found no such file/],
    ['empty', /empty\.mjs: expected a default export .*, found no default export/],
    ['text', /a default export that is "text"/],
    ['nameless', /found name: undefined/],
    ['kind', /found kind: "chocking"/],
    ['still', /found choose: undefined/],
    ['syntax', /expected a module that can be imported, found SyntaxError/],
    ['throws', /throws\.mjs:2: expected .*, found Error: boom/],
    ['leaves', /found that it ends its thread with code 0/],
  ];
  for (const [module, message] of cases) {
    const { code, stderr } = await command('--ranks 3 --strategy', `${dir}/${module}.mjs`);
    t.equal(code, 2, module);
    t.match(stderr, message, module);
    t.match(stderr, /^bt-shm: .*\n$/, `${module}: one line`);
  }
});

test('a strategy of one kind is refused by the other protocol', async (t) => {
  const ack = await command('--ranks 3 --strategy', CHOKING);
  t.match(ack, { code: 2, stderr: 'expected kind routing with --protocol ack' });
  const bep3 = await command(`${BEP3} --ranks 3 --strategy`, ROUTING);
  t.match(bep3, { code: 2, stderr: 'found shortest-queue of kind routing' });
});
