import { availableParallelism } from 'node:os';
import t, { type Test } from 'tap';

import { PICKERS } from '../../src/roles/pickers.js';
import { STRATEGIES } from '../../src/roles/strategies.js';
import { type JsonResult, command, runJson } from './command.js';

/** What every run that went well has in common. */
function assertWell(t: Test, result: JsonResult, segmentsDelivered: number): void {
  t.match(result, { schemaVersion: 1, complete: true, outcome: 'done' });
  t.equal(result.totals.segmentsDelivered, segmentsDelivered, 'every segment is delivered');
  t.equal(result.totals.hashFailures, 0, 'no segment fails its hash');
  t.equal(result.totals.missedWakes, 0, 'no wake-up is missed');
  t.strictSame(result.missing, [], 'nothing is missing');
  t.equal(
    result.totals.bytesDelivered,
    segmentsDelivered * result.config.segmentBytes,
    'every byte is delivered',
  );
  const uploaded = result.ranks.reduce((sum, rank) => sum + rank.segmentsUploaded, 0);
  t.equal(uploaded, segmentsDelivered, 'every delivery is an upload of somebody');
}

/** Where there are more threads than cores, one a core hashes. */
const HASHING =
  availableParallelism() < 64
    ? { window: 256, hashThreads: availableParallelism() }
    : { window: 128, hashThreads: undefined };

t.test('64 ranks exchange 1000 segments, and the JSON says all of it', async (t) => {
  const { code, stderr, stdout, result } = await runJson('--ranks 64 --segments 1000');
  t.equal(code, 0);
  t.equal(stderr, '', 'nothing on standard error');
  t.equal(stdout.trim().split('\n').length, 1, 'one line');
  assertWell(t, result, 62 * 1000);
  t.match(result.config, {
    ranks: 64,
    threads: 64,
    clock: 'real',
    strategy: 'least-loaded',
    picker: 'random',
    ...HASHING,
    refresh: 10,
    seeds: 1,
    files: 1,
    segments: 1000,
    segmentBytes: 16384,
    hash: 'sha1',
    verify: 'each',
    transfer: 'zero-copy',
    seed: 1,
  });
  t.match(result.environment, {
    version: /^\d+\.\d+\.\d+/,
    node: process.versions.node,
    v8: process.versions.v8,
    os: String,
    cpu: String,
    cores: availableParallelism(),
    memoryBytes: Number,
    load1: Number,
    argv: ['--ranks', '64', '--segments', '1000', '--json'],
  });
  const { startupMs, exchangeMs, teardownMs, wallMs } = result.timing;
  t.ok(startupMs > 0 && exchangeMs > 0 && teardownMs >= 0, 'each part takes time');
  t.ok(wallMs >= startupMs + exchangeMs, 'the parts are parts of the whole');
  t.strictSame(
    result.ranks.map(({ rank, role }) => [rank, role]),
    Array.from({ length: 64 }, (_, rank) => [rank, ['tracker', 'seed'][rank] ?? 'client']),
  );
  t.ok(
    result.ranks.slice(2).every((rank) => (rank.completionMs ?? -1) >= 0),
    'every client has a completion time',
  );
});

const small = '--ranks 8 --segments 200';

t.test('threads can be one a core, one in all, or any number between', async (t) => {
  const auto = await runJson(`${small} --threads auto`);
  assertWell(t, auto.result, 6 * 200);
  t.equal(auto.result.config.threads, Math.min(8, availableParallelism()));
  for (const threads of [1, 3]) {
    const { result } = await runJson(`${small} --threads ${threads}`);
    assertWell(t, result, 6 * 200);
    t.equal(result.config.threads, threads);
  }
});

t.test('the smallest swarms finish', async (t) => {
  const two = await runJson('--ranks 2 --segments 100');
  t.equal(two.code, 0);
  assertWell(t, two.result, 0);
  const three = await runJson('--ranks 3 --segments 100');
  t.equal(three.code, 0);
  assertWell(t, three.result, 100);
});

t.test('several seeds and several files finish', async (t) => {
  const { result } = await runJson(`${small} --seeds 5 --files 3`);
  assertWell(t, result, 2 * 3 * 200);
  t.equal(result.ranks.filter(({ role }) => role === 'seed').length, 5);
});

t.test('every strategy and every picker delivers everything', async (t) => {
  for (const { name, needsNetwork } of STRATEGIES) {
    if (needsNetwork === true) continue;
    const { result } = await runJson(`${small} --strategy ${name}`);
    assertWell(t, result, 6 * 200);
    t.equal(result.config.strategy, name);
  }
  for (const { name } of PICKERS) {
    const { result } = await runJson(`${small} --picker ${name}`);
    assertWell(t, result, 6 * 200);
    t.equal(result.config.picker, name);
  }
});

t.test('loads by message cost messages that shared ones do not', async (t) => {
  const shared = await runJson(small);
  const asked = await runJson(`${small} --load message`);
  assertWell(t, asked.result, 6 * 200);
  t.ok(asked.result.totals.messages > shared.result.totals.messages);
});

t.test('copies, hashes and checks of every kind deliver everything', async (t) => {
  for (const options of [
    '--transfer copy',
    '--verify once',
    '--verify none',
    '--hash sha256',
    '--hash md5',
    '--segment-bytes 0',
    '--segment-bytes 1MiB --segments 20',
    '--segment-bytes 1',
    '--window 1 --refresh 1',
    '--handout 1',
    '--seed 4294967295',
  ]) {
    const { code, result } = await runJson(`${small} ${options}`);
    t.equal(code, 0, options);
    assertWell(t, result, 6 * result.config.segments);
  }
});

t.test('a configuration from a result can be run again, and flags override it', async (t) => {
  const first = await runJson(`${small} --threads 2 --picker rarest`);
  const directory = t.testdir({ 'run.json': JSON.stringify(first.result.config) });
  const again = await runJson('--seed 9', '--config', `${directory}/run.json`);
  t.strictSame(again.result.config, { ...first.result.config, seed: 9 });
  assertWell(t, again.result, 6 * 200);
});

t.test(
  'more than 256 ranks share threads unless told otherwise, and the summary says so',
  async (t) => {
    const { code, stdout } = await command('--ranks 300 --segments 5 --segment-bytes 1KiB');
    t.equal(code, 0);
    t.match(stdout, /^1,490 segments delivered/);
    t.match(stdout, `on ${availableParallelism()} thread`);
    t.match(stdout, 'share a thread');
    const chosen = await command('--ranks 300 --segments 5 --segment-bytes 0 --threads 2');
    t.notMatch(chosen.stdout, 'share a thread');
  },
);
