import * as path from 'node:path';
import { type Test, test } from 'tap';
import type * as Bundle from '../../src/index.js';
import { type RunOptions, completeConfig } from '../../src/swarm/config.js';
import { formatFault, parseFault, spoiledRates } from '../../src/swarm/faults.js';
import type { FaultResult, RunResult } from '../../src/swarm/result.js';
import { checkSchema } from '../schemas.js';

// Ranks run from compiled code: `npm test` builds it first.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { runSwarm } = require(path.join(__dirname, '../../dist/src/index.js')) as typeof Bundle;

/** Runs a swarm of 8 ranks and 500 segments unless told otherwise. */
async function runWith(fault: string, options: RunOptions = {}): Promise<RunResult> {
  const small = { ranks: 8, segments: 500, segmentBytes: 256 };
  return await runSwarm({ ...small, ...options, faults: [parseFault(fault)] });
}

function costOf({ faults = [] }: RunResult): FaultResult {
  return faults[0];
}

/** Every client has everything, and what was sent came in. */
function checkDone(t: Test, result: RunResult): void {
  t.match(result, { complete: true, outcome: 'done', missing: [] });
  const { segments, seeds } = result.config;
  for (const { rank, segmentsDownloaded } of result.ranks) {
    if (rank > seeds) t.equal(segmentsDownloaded, segments, `rank ${rank}`);
  }
  const sent = result.ranks.reduce((sum, rank) => sum + rank.segmentsUploaded, 0);
  const { segmentsDelivered, hashFailures } = result.totals;
  t.equal(sent, segmentsDelivered + hashFailures, 'what was sent came in, or was refused');
}

test('reads faults as it writes them, and with their defaults', (t) => {
  for (const text of [
    'crash:rank=5,at=0.5',
    'hang:rank=0,at=1',
    'slow:rank=2,factor=4',
    'corrupt:rank=3,rate=0.25',
    'corrupt:rate=0.01',
    'late:rank=4,at=0',
    'drop-holder:rank=2,at=0.5',
    'tracker:at=0.9',
  ]) {
    t.equal(formatFault(parseFault(text)), text);
  }
  t.strictSame(parseFault('tracker'), { kind: 'tracker', at: 0.5 });
  t.strictSame(parseFault('drop-holder'), { kind: 'drop-holder', at: 0.5 });
  t.strictSame(parseFault('corrupt:rank=2'), { kind: 'corrupt', rank: 2, rate: 1 });
  t.end();
});

test('refuses what is no fault', (t) => {
  for (const text of [
    'crash',
    'crash:rank=5',
    'crash:rank=1,at=2',
    'crash:rank=1.5,at=0.5',
    'crash:rank=1,rank=2,at=0.5',
    'burn:rank=1,at=0.5',
    'constructor:rank=1',
    'slow:rank=1,factor=0.5',
    'corrupt',
    'corrupt:rate=0',
    'corrupt:rate=1.5',
    'tracker:rank=1',
    'late:at=0.5',
    'late:rank=1,',
  ]) {
    t.throws(() => parseFault(text), { code: 'ERR_BTSHM_USAGE' }, text);
  }
  t.end();
});

test('refuses faults that do not fit the run', (t) => {
  const refused = (faults: string[], message: RegExp, options: RunOptions = {}): void => {
    const run = { ranks: 8, ...options, faults: faults.map(parseFault) };
    t.throws(() => completeConfig(run), { message }, faults.join(' '));
  };
  refused(['crash:rank=8,at=0.5'], /expected a rank from 0 to 7, found 8/);
  refused(['late:rank=0'], /expected a rank from 1 to 7, found 0/);
  refused(['crash:rank=3,at=0.5', 'hang:rank=3,at=0.7'], /at most one crash, hang or tracker/);
  refused(['tracker', 'crash:rank=0,at=0.5'], /at most one crash, hang or tracker of rank 0/);
  refused(['corrupt:rate=0.1'], /expected bytes to spoil/, { segmentBytes: 0 });
  refused(['corrupt:rate=0.1'], /expected --verify each/, { verify: 'once' });
  t.end();
});

test('draws the holder to drop from the seed, among those that download', (t) => {
  const drawn = Array.from({ length: 50 }, (_, seed) => {
    const run = { ranks: 8, seeds: 2, seed, faults: [parseFault('drop-holder')] };
    const [fault] = completeConfig(run).faults;
    return 'rank' in fault ? fault.rank : undefined;
  });
  t.strictSame([...new Set(drawn)].sort(), [3, 4, 5, 6, 7]);
  t.end();
});

test('the rate of one rank stands above that of all', (t) => {
  const faults = ['corrupt:rate=0.5', 'corrupt:rank=2'].map(parseFault);
  const config = completeConfig({ ranks: 4, faults });
  t.strictSame([...spoiledRates(config)], [0.5, 0.5, 1, 0.5]);
  t.end();
});

test('spoiled segments are refused, asked for elsewhere, and their sender is avoided', async (t) => {
  const strategies = ['least-loaded', 'seed', 'random', 'power-of-2', 'round-robin'];
  const cases = strategies.flatMap((strategy) => [8, 2].map((threads) => ({ strategy, threads })));
  for (const { strategy, threads } of cases) {
    const result = await runWith('corrupt:rank=3', { strategy, handout: 64, threads });
    checkDone(t, result);
    checkSchema(t, 'result', result);
    const { segmentsRefused = 0, avoidedBy = 0 } = costOf(result);
    t.equal(result.totals.hashFailures, segmentsRefused, `${strategy}, ${threads} threads`);
    t.equal(result.ranks[3].segmentsUploaded, segmentsRefused, 'all that rank 3 sent was refused');
    t.ok(avoidedBy <= 6, `${avoidedBy} clients avoid it`);
    // Who is avoided gets no more requests but those that were under way.
    const window = result.config.window;
    t.ok(segmentsRefused <= 6 * (window + 3), `${segmentsRefused} refused`);
  }
});

test('who sends one spoiled segment in 50 is not avoided', async (t) => {
  const result = await runWith('corrupt:rate=0.02');
  checkDone(t, result);
  const { segmentsRefused = 0, avoidedBy } = costOf(result);
  t.ok(segmentsRefused > 20 && segmentsRefused < 140, `${segmentsRefused} of 3,000 refused`);
  t.equal(result.totals.hashFailures, segmentsRefused);
  t.equal(avoidedBy, 0);
});

test('where the only seed spoils everything the run ends and says what is missing', async (t) => {
  const result = await runWith('corrupt:rank=1', { segments: 40 });
  t.match(result, { complete: false, outcome: 'segments-missing' });
  t.equal(result.totals.hashFailures, 6 * 40 * 16, 'each segment was tried 16 times');
  t.strictSame(
    result.missing.map(({ rank, count }) => [rank, count]),
    [2, 3, 4, 5, 6, 7].map((rank) => [rank, 40]),
  );
});

test('a rank that hangs is left out after --peer-timeout, and all others complete', async (t) => {
  const result = await runWith('hang:rank=3,at=0.5', { peerTimeoutMs: 1000 });
  t.match(result, { complete: true, outcome: 'done', missing: [] });
  t.match(result.ranks[3].died, { reason: 'it did not answer for 1 s (--peer-timeout)' });
  const { atMs = 0, segmentsLacked } = costOf(result);
  t.ok((result.ranks[3].died?.atMs ?? 0) - atMs >= 900, 'not before its time');
  t.equal(segmentsLacked, 250);
  for (const rank of [2, 4, 5, 6, 7]) t.equal(result.ranks[rank].segmentsDownloaded, 500);
});

test('a tracker that hangs ends the run', async (t) => {
  const result = await runWith('hang:rank=0,at=0.3', { peerTimeoutMs: 1000 });
  t.match(result, { complete: false, outcome: 'rank-died' });
});

test('a slow rank is held up in proportion, and costs nobody a segment', async (t) => {
  const result = await runWith('slow:rank=2,factor=10', { segmentBytes: 16_384 });
  checkDone(t, result);
  // 500 segments take some 5 ms to hash at the least, so the rank is held up for 45.
  t.ok((costOf(result).heldUpMs ?? 0) > 20, `held up ${costOf(result).heldUpMs} ms`);
});

test('a late client joins when the swarm has got so far, and still gets everything', async (t) => {
  for (const options of [{}, { threads: 1 }, { threads: 3, seeds: 2 }]) {
    checkDone(t, await runWith('late:rank=5,at=0.5', options));
  }
  // All others have finished by then.
  const last = await runWith('late:rank=5,at=1');
  checkDone(t, last);
  const times = last.ranks.flatMap(({ rank, completionMs }) =>
    rank === 5 ? [] : (completionMs ?? []),
  );
  t.ok((last.ranks[5].completionMs ?? 0) >= Math.max(...times), 'it is the last to finish');
});

test('who wants what only somebody late owns waits for it', async (t) => {
  for (const options of [{}, { threads: 1 }, { seeds: 1, files: 2 }]) {
    const result = await runWith('late:rank=1', options);
    t.match(result, { complete: true, outcome: 'done', missing: [] });
  }
});

test('who waits for somebody late who has died goes without', async (t) => {
  const faults = ['late:rank=1', 'crash:rank=1,at=0'].map(parseFault);
  const lost = await runSwarm({ ranks: 8, segments: 50, segmentBytes: 256, faults });
  t.match(lost, { complete: false, outcome: 'rank-died' });
  t.equal(lost.missing.length, 6);
});

test('a holder that the tracker loses costs nobody a segment that others hold', async (t) => {
  for (const options of [{}, { threads: 1 }, { handout: 2 }, { strategy: 'seed' }]) {
    checkDone(t, await runWith('drop-holder:rank=4,at=0.3', options));
  }
});

test('without the tracker the run ends, and the fault says when', async (t) => {
  const result = await runWith('tracker:at=0.5');
  t.match(result, { complete: false, outcome: 'rank-died' });
  t.match(costOf(result), { fault: 'tracker:at=0.5' });
  t.ok((costOf(result).atMs ?? 0) > 0);
});
