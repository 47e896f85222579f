import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';

import { type JsonResult, MAIN, type Running, command, runJson, startNode } from './command.js';

function deadRanks(result: JsonResult): number[] {
  return result.ranks.filter(({ died }) => died !== undefined).map(({ rank }) => rank);
}

t.test('a leecher that crashes is named, and all others complete', async (t) => {
  for (const options of ['', '--strategy seed --segments 200', '--load message', '--threads 5']) {
    const args = `--ranks 16 --segments 1000 --fault crash:rank=15,at=0.5 ${options}`;
    const { code, result } = await runJson(args);
    t.equal(code, 0, options);
    t.match(result, { complete: true, outcome: 'done', missing: [] });
    t.ok(deadRanks(result).includes(15), 'rank 15 died');
    t.ok((result.ranks[15].died?.atMs ?? 0) > 0, 'the result says when');
    t.ok((result.ranks[15].died?.reason ?? '') !== '', 'the result says why');
    for (const { rank, role, died, segmentsDownloaded } of result.ranks) {
      if (role !== 'client' || died !== undefined) continue;
      t.equal(segmentsDownloaded, result.config.segments, `rank ${rank} has everything`);
    }
  }
});

t.test('without the tracker the run ends at once with what it has', async (t) => {
  const { code, result } = await runJson('--ranks 8 --segments 3000 --fault crash:rank=0,at=0.2');
  t.equal(code, 5);
  t.match(result, { complete: false, outcome: 'rank-died' });
  t.strictSame(deadRanks(result), [0]);
  t.ok(result.totals.segmentsDelivered > 0, 'the partial result counts what was delivered');
});

t.test('without its only seed a swarm ends with a list of what is missing', async (t) => {
  const args = '--ranks 8 --segments 5000 --segment-bytes 1KiB --fault crash:rank=1,at=0.001';
  const { code, result } = await runJson(args);
  t.equal(code, 5);
  t.match(result, { complete: false, outcome: 'rank-died' });
  t.strictSame(deadRanks(result), [1]);
  t.strictSame(
    result.missing.map(({ rank }) => rank),
    [2, 3, 4, 5, 6, 7],
    'every client lacks something',
  );
  for (const { rank, ranges, count } of result.missing) {
    const listed = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    t.equal(listed, count, 'the ranges are as long as the count says');
    t.equal(result.ranks[rank].segmentsDownloaded + count, 5000, 'the rest was downloaded');
  }
  const text = await command(args);
  t.equal(text.code, 5);
  t.match(text.stdout, /^Rank 1 died, incomplete: /);
  t.match(text.stdout, /Died {8}rank 1 after /);
  t.match(text.stdout, /Missing {5}file0\.bin, /);
});

t.test('a rank that hangs stalls the run, and the summary says who waits for whom', async (t) => {
  const args =
    '--ranks 8 --segments 1000 --stall-timeout 2 --peer-timeout 99 --fault hang:rank=3,at=0.5';
  const { code, result } = await runJson(args);
  t.equal(code, 6);
  t.match(result, { complete: false, outcome: 'stalled', silentThreads: [3] });
  const [tracker, ...clients] = result.waits;
  t.match(tracker, { rank: 0, tag: 'Finished' });
  t.ok(tracker.from.includes(3));
  for (const { tag, from } of clients) {
    t.equal(tag, 'SegmentAnswer');
    t.strictSame(from, [3]);
  }
  const text = await command(args);
  t.equal(text.code, 6);
  t.match(text.stdout, /^Stalled, no progress for 2 s: /);
  t.match(text.stdout, 'thread 3, which hosts rank 3, did not answer');
  t.match(text.stdout, /rank 0 for the end of downloads\s+\(Finished\)\s+from\s+ranks?/);
});

/** Polls; the limit is the process's own. */
async function until(condition: () => boolean, { child }: Running): Promise<void> {
  while (!condition() && child.exitCode === null) await sleep(20);
}

t.test('an interrupted run prints its partial result within about a second', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const out = path.join(t.testdir({}), 'out');
    // A rank that hangs keeps the run from ending; the output directory is made when it starts.
    const running = startNode([
      ...[MAIN, '--ranks', '8', '--segments', '2000', '--json', '--out', out],
      ...['--fault', 'hang:rank=3,at=0.5', '--stall-timeout', '50', '--peer-timeout', '99'],
    ]);
    await until(() => existsSync(out), running);
    await sleep(500);
    const sentAtMs = performance.now();
    running.child.kill(signal);
    const { code, stdout } = await running.ended;
    const tookMs = performance.now() - sentAtMs;
    t.equal(code, 130, signal);
    t.ok(tookMs < 10_000, `took ${tookMs} ms`);
    const result = JSON.parse(stdout) as JsonResult;
    t.match(result, { complete: false, outcome: 'interrupted' });
    t.ok(result.missing.length > 0, 'it lists what is missing');
  }
});

t.test('an interrupt gets through while threads are being started', async (t) => {
  const out = path.join(t.testdir({}), 'out');
  const running = startNode([MAIN, '--ranks', '250', '--segments', '9999', '--json', '--out', out]);
  await until(() => existsSync(out), running);
  running.child.kill('SIGINT');
  const { code, stdout } = await running.ended;
  t.equal(code, 130);
  const result = JSON.parse(stdout) as JsonResult;
  t.match(result, { complete: false, outcome: 'interrupted' });
  t.equal(result.totals.segmentsDelivered, 0, 'the exchange has not begun');
});

t.test('a second signal ends the process at once', async (t) => {
  // Nothing but a signal ends this process.
  const script = `
    const { takeInterrupts } = require('./interruption.js');
    setInterval(() => undefined, 1000);
    const { signal } = takeInterrupts(() => process.stdout.write('first ' + signal.aborted));
    process.stdout.write('ready ');`;
  const running = startNode([
    '-e',
    script.replace('./', `${path.dirname(MAIN)}/`.replaceAll('\\', '/')),
  ]);
  let seen = '';
  running.child.stdout?.on('data', (text: string) => (seen += text));
  await until(() => seen.includes('ready'), running);
  running.child.kill('SIGINT');
  await until(() => seen.includes('first true'), running);
  t.equal(running.child.exitCode, null, 'the first one lets it go on');
  await sleep(200);
  running.child.kill('SIGTERM');
  t.equal((await running.ended).code, 130);
});
