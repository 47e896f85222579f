import * as path from 'node:path';
import { test } from 'tap';
import type * as Bundle from '../../src/index.js';
import { completeConfig } from '../../src/swarm/config.js';
import { parseFault } from '../../src/swarm/faults.js';
import { giniCoefficient, jainIndex } from '../../src/swarm/result.js';

// Ranks run from compiled code: `npm test` builds it first.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { runSwarm } = require(path.join(__dirname, '../../dist/src/index.js')) as typeof Bundle;

test('500 runs in a row mix up no message', async (t) => {
  const wrong: unknown[] = [];
  for (let run = 0; run < 500; run++) {
    const { complete, totals, ranks } = await runSwarm({
      ranks: 4,
      segments: 100,
      segmentBytes: 1024,
      threads: [1, 2, 4][run % 3],
      seed: run,
    });
    const uploaded = ranks.reduce((sum, rank) => sum + rank.segmentsUploaded, 0);
    const isRight =
      complete &&
      totals.segmentsDelivered === 200 &&
      uploaded === 200 &&
      totals.requests === 200 + totals.nacks &&
      totals.hashFailures === 0 &&
      totals.missedWakes === 0;
    if (!isRight) wrong.push({ run, complete, uploaded, totals });
  }
  t.same(wrong, []);
});

test('every strategy and picker delivers everything on any number of threads', async (t) => {
  for (const strategy of ['least-loaded', 'seed', 'random', 'round-robin']) {
    for (const threads of [1, 3, 12]) {
      const result = await runSwarm({
        ranks: 12,
        segments: 60,
        segmentBytes: 64,
        strategy,
        threads,
      });
      t.match(result, { complete: true, totals: { segmentsDelivered: 600, missedWakes: 0 } });
    }
  }
  for (const picker of ['random', 'sequential', 'rarest']) {
    const result = await runSwarm({ ranks: 12, segments: 60, segmentBytes: 64, picker, files: 2 });
    t.match(result, { complete: true, totals: { segmentsDelivered: 1200 } });
  }
});

test('asks the tracker for holders every so many segments', async (t) => {
  const segments = 100;
  for (const refresh of [1, 10, 1000]) {
    const { totals } = await runSwarm({ ranks: 5, segments, segmentBytes: 0, threads: 1, refresh });
    const clients = 3;
    // Besides, each asks for the hash list, says that it holds and that it ends; the seed ends.
    const holders = clients * Math.ceil(segments / refresh);
    t.equal(totals.trackerRequests, holders + clients * 3 + 1, `refresh ${refresh}`);
  }
});

test('asks each holder for its load by message where told to', async (t) => {
  const options = { ranks: 10, segments: 200, segmentBytes: 0, threads: 1 } as const;
  const shared = await runSwarm({ ...options, load: 'shared' });
  const message = await runSwarm({ ...options, load: 'message' });
  const loads = message.totals.messages - shared.totals.messages;
  // 8 clients look 20 times at up to 8 holders, a request and an answer each; few at the start.
  t.ok(loads > 8 * 20 * 2 && loads <= 8 * 20 * 8 * 2, `load messages: ${loads}`);
});

test('spreads uploads evenly with the least loaded holder first', async (t) => {
  const { balance } = await runSwarm({ ranks: 32, segments: 10_000, segmentBytes: 0, threads: 1 });
  t.ok(balance.uploadJain > 0.9, `Jain ${balance.uploadJain}`);
});

test('threads with cores of their own ask nobody for what is not there', async (t) => {
  for (const strategy of ['least-loaded', 'random', 'round-robin', 'power-of-2'] as const) {
    const options = { ranks: 24, segments: 2000, segmentBytes: 0, handout: 6, strategy };
    const { outcome, totals } = await runSwarm({ ...options, threads: 2 });
    t.match(
      { outcome, ...totals },
      { outcome: 'done', segmentsDelivered: 44_000, nacks: 0 },
      strategy,
    );
  }
});

test('a client whose thread crashes costs nobody else a segment', async (t) => {
  const faults = [parseFault('crash:rank=5,at=0.5')];
  const result = await runSwarm({ ranks: 8, segments: 500, segmentBytes: 256, faults });
  t.match(result, { complete: true, outcome: 'done', missing: [] });
  t.same(
    result.ranks.filter((rank) => rank.died !== undefined).map((rank) => rank.rank),
    [5],
  );
  for (const rank of [2, 3, 4, 6, 7]) t.equal(result.ranks[rank].segmentsDownloaded, 500);
});

test('a tracker that crashes ends the run at once', async (t) => {
  const faults = [parseFault('crash:rank=0,at=0.5')];
  const result = await runSwarm({ ranks: 8, segments: 500, segmentBytes: 256, faults });
  t.match(result, { complete: false, outcome: 'rank-died' });
  t.ok(result.timing.startupMs < result.timing.wallMs, 'the release is known without the tracker');
});

test('segments that died with the only seed are listed', async (t) => {
  const faults = [parseFault('crash:rank=1,at=0.05')];
  const result = await runSwarm({ ranks: 6, segments: 2000, segmentBytes: 256, faults });
  t.match(result, { complete: false, outcome: 'rank-died' });
  t.ok(result.missing.length > 0);
  for (const { rank, count } of result.missing) {
    t.equal(count, 2000 - result.ranks[rank].segmentsDownloaded, `rank ${rank}`);
  }
});

test('a rank that stops answering stalls the run, which says who waits for whom', async (t) => {
  const faults = [parseFault('hang:rank=3,at=0.3')];
  const options = { ranks: 6, segments: 500, segmentBytes: 256, faults, stallTimeoutMs: 3000 };
  const result = await runSwarm({ ...options, peerTimeoutMs: 0 });
  t.match(result, { complete: false, outcome: 'stalled', silentThreads: [3] });
  // The tracker does in any case; other clients only where they had asked that rank for something.
  const [tracker] = result.waits;
  t.match(tracker, { rank: 0, tag: 'Finished' });
  t.ok(tracker.from.includes(3), `tracker waits for ${tracker.from.join()}`);
});

test('an abort ends a run with what it has', async (t) => {
  const controller = new AbortController();
  const result = await runSwarm(
    { ranks: 8, segments: 4000, segmentBytes: 65_536, threads: 2 },
    {
      signal: controller.signal,
      onProgress: ({ segmentsDelivered }) => {
        if (segmentsDelivered > 0) controller.abort();
      },
    },
  );
  t.match(result, { complete: false, outcome: 'interrupted' });
  t.ok(result.totals.segmentsDelivered > 0);
  t.ok(result.totals.segmentsDelivered < 24_000);
});

test('a run that needs more memory than there is starts no thread', async (t) => {
  const error = { code: 'ERR_BTSHM_MEMORY_LIMIT' };
  await t.rejects(runSwarm({ ranks: 64, segments: 10_000_000 }), error);
  await t.rejects(runSwarm({ ranks: 4000, segments: 1_000_000, segmentBytes: 0 }), error);
});

test('refuses a configuration it cannot run, naming what it knows', (t) => {
  const usage = (message: RegExp) => ({ code: 'ERR_BTSHM_USAGE', message });
  t.throws(() => completeConfig({ strategy: 'best' }), usage(/least-loaded, seed, random/));
  t.throws(() => completeConfig({ picker: 'best' }), usage(/random, sequential, rarest/));
  t.throws(() => completeConfig({ ranks: 1 }), usage(/ranks.*from 2/));
  t.throws(() => completeConfig({ threads: 65 }), usage(/threads.*to 64/));
  t.throws(() => completeConfig({ strategy: 'seed', window: 4 }), usage(/window 4.*window 1/));
  t.throws(() => completeConfig({ seeds: 64 }), usage(/seeds.*to 63/));
  t.end();
});

test('packs ranks above 256 on as many threads as there are cores', (t) => {
  t.equal(completeConfig({ ranks: 256 }).threads, 256);
  t.ok(completeConfig({ ranks: 257 }).threads < 257);
  t.end();
});

test('measures balance by the known values of both indices', (t) => {
  t.equal(jainIndex([3, 3, 3, 3]), 1);
  t.equal(jainIndex([4, 0, 0, 0]), 0.25);
  t.equal(giniCoefficient([3, 3, 3, 3]), 0);
  t.equal(giniCoefficient([0, 0, 0, 4]), 0.75);
  t.end();
});
