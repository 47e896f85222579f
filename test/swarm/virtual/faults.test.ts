import { type Test, test } from 'tap';
import { type RunOptions, completeConfig } from '../../../src/swarm/config.js';
import { parseFault } from '../../../src/swarm/faults.js';
import type { RunResult } from '../../../src/swarm/result.js';
import { checkSchema } from '../../schemas.js';
import { SMALL, SMALL_BEP3, run } from './runs.js';

const PROTOCOLS = [SMALL, SMALL_BEP3];
const LATENCY_SECONDS = 0.1;

function runWith(swarm: RunOptions, ...faults: string[]): Promise<RunResult> {
  return run({ seeds: 2, ...swarm, faults: faults.map(parseFault) });
}

function checkDone(t: Test, { outcome, missing, ranks, config }: RunResult): void {
  t.match({ outcome, missing }, { outcome: 'done', missing: [] });
  for (const { rank, role, died, segmentsDownloaded } of ranks) {
    if (role !== 'client' || died !== undefined) continue;
    t.equal(segmentsDownloaded, config.segments * config.files, `rank ${rank}`);
  }
}

test('faults leave the same traces on any number of threads', async (t) => {
  const plans = [
    ['crash:rank=5,at=0.5', 'crash:rank=1,at=0.2', 'late:rank=7'],
    ['hang:rank=4,at=0.3', 'drop-holder', 'slow:rank=3,factor=4'],
    ['corrupt:rank=6', 'corrupt:rate=0.05', 'crash:rank=6,at=0.9'],
    ['tracker', 'late:rank=3,at=0.9'],
  ];
  const network = { latencyMs: [[20, 60], [60, 25]], jitterMs: 5, peerTimeoutMs: 3000 }; // prettier-ignore
  for (const protocol of PROTOCOLS) {
    for (const plan of plans) {
      const [one, ...others] = await Promise.all(
        [1, 2, 5].map((threads) =>
          runWith({ ...protocol, ...network, seeds: 2, segments: 40, threads }, ...plan),
        ),
      );
      checkSchema(t, 'result', one);
      for (const other of others) {
        t.equal(other.digest, one.digest, plan.join(' '));
        t.strictSame(
          [other.outcome, other.faults, other.missing],
          [one.outcome, one.faults, one.missing],
        );
      }
    }
  }
});

test('a client that crashes half-way holds half, and costs the others nothing', async (t) => {
  for (const protocol of PROTOCOLS) {
    const result = await runWith(protocol, 'crash:rank=5,at=0.5');
    checkDone(t, result);
    const { segmentsDownloaded, died, completionSeconds, departedSeconds } = result.ranks[5];
    t.equal(segmentsDownloaded, 10);
    t.match(died, { reason: 'its crash was injected' });
    t.strictSame([completionSeconds, departedSeconds], [undefined, undefined]);
    const [cost] = result.faults ?? [];
    t.match(cost, { fault: 'crash:rank=5,at=0.5', segmentsLacked: 10 });
    t.equal(cost.atSeconds, died?.atSeconds);
    t.equal(result.optimum, undefined, 'there is no bound for a swarm that loses ranks');
  }
});

test('what was asked of a rank that crashed is asked of others', async (t) => {
  // One leecher takes all from two seeds; when one of them is gone the other must give the rest.
  const result = await runWith(
    { ...SMALL, ranks: 4, strategy: 'round-robin' },
    'crash:rank=1,at=0.5',
  );
  checkDone(t, result);
  const [cost] = result.faults ?? [];
  t.ok((cost.requestsReissued ?? 0) > 0, `${cost.requestsReissued} requests made anew`);
  t.ok(result.ranks[2].segmentsUploaded > result.ranks[1].segmentsUploaded);
});

test('a rank that hangs holds its requests up until --peer-timeout is over', async (t) => {
  const swarm = { ...SMALL, ranks: 4, strategy: 'round-robin', peerTimeoutMs: 7000 };
  const [crash, hang] = [
    await runWith(swarm, 'crash:rank=1,at=0.5'),
    await runWith(swarm, 'hang:rank=1,at=0.5'),
  ];
  checkDone(t, hang);
  t.match(hang.ranks[1].died, { reason: /answered nobody .* after 7 s \(--peer-timeout\)/ });
  const [at] = (hang.faults ?? []).map(({ atSeconds = 0 }) => atSeconds);
  const end = hang.timing.virtualSeconds ?? 0;
  t.ok(end > at + 7 + LATENCY_SECONDS, `${at} s + 7 s, and done at ${end} s`);
  t.ok(end > (crash.timing.virtualSeconds ?? 0));
  t.ok((hang.faults?.[0].requestsReissued ?? 0) > 0);
  const bep3 = await runWith({ ...SMALL_BEP3, peerTimeoutMs: 7000 }, 'hang:rank=5,at=0.5');
  checkDone(t, bep3);
  t.equal(bep3.ranks[5].segmentsDownloaded, 10);
});

test('what only a lost rank held is named, segment by segment', async (t) => {
  for (const protocol of PROTOCOLS) {
    const result = await runWith({ ...protocol, seeds: 1, files: 2 }, 'crash:rank=1,at=0.2');
    t.match(result, { complete: false, outcome: 'rank-died' });
    t.ok(result.missing.length > 0);
    for (const { rank, file, ranges, count } of result.missing) {
      t.match(file, /^file[01]\.bin$/);
      t.equal(
        ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0),
        count,
      );
      const own = result.missing.filter((list) => list.rank === rank);
      const lacking = own.reduce((sum, list) => sum + list.count, 0);
      t.equal(result.ranks[rank].segmentsDownloaded + lacking, 40);
    }
  }
});

test('without its tracker a swarm of ack ends; BitTorrent peers go on with whom they know', async (t) => {
  for (const fault of ['tracker', 'crash:rank=0,at=0.5', 'hang:rank=0,at=0.5']) {
    const ack = await runWith({ ...SMALL, peerTimeoutMs: 1000 }, fault);
    t.match(ack, { complete: false, outcome: 'rank-died' }, fault);
    t.match(ack.ranks[0], { role: 'tracker', died: {} });
    checkDone(t, await runWith(SMALL_BEP3, fault));
  }
});

test('a peer that joins after the tracker has crashed gets nothing', async (t) => {
  const result = await runWith(SMALL_BEP3, 'tracker:at=0.3', 'late:rank=9,at=0.6');
  t.match(result, { complete: false, outcome: 'rank-died' });
  t.strictSame(
    result.missing.map(({ rank, count }) => [rank, count]),
    [[9, 20]],
  );
});

test('a late client begins at what the swarm has by then, and gets everything', async (t) => {
  for (const protocol of PROTOCOLS) {
    const result = await runWith(protocol, 'late:rank=9,at=0.7');
    checkDone(t, result);
    const [{ atSeconds = 0 }] = result.faults ?? [];
    const uploaded = await runWith({ ...protocol, until: atSeconds }, 'late:rank=9,at=0.7');
    const share = uploaded.totals.segmentsDelivered / (8 * 20);
    t.ok(share >= 0.7 && share < 0.8, `the others had ${share} of theirs`);
  }
});

test('where all wait for those who are late these join', async (t) => {
  for (const protocol of PROTOCOLS) {
    const result = await runWith({ ...protocol, seeds: 1 }, 'late:rank=1');
    checkDone(t, result);
    t.ok((result.faults?.[0].atSeconds ?? 0) > 0);
  }
});

test('a slow rank has slower links', async (t) => {
  for (const protocol of PROTOCOLS) {
    const slow = await runWith({ ...protocol, seeds: 1 }, 'slow:rank=1,factor=4');
    const same = await run({ ...protocol, seeds: 1, seedUp: 31_250, seedDown: 125_000 });
    checkDone(t, slow);
    t.equal(slow.digest, same.digest, 'as if its links had been given so');
    t.ok((slow.optimum?.gap ?? 0) >= 1, 'the bound is that of its links');
  }
  const unlimited = { ...SMALL, up: 0, faults: [parseFault('slow:rank=3,factor=2')] };
  await t.rejects(run(unlimited), { message: /slow:rank=3,factor=2: expected links with a rate/ });
});

test('spoiled segments are refused, and their sender is avoided after three in a row', async (t) => {
  for (const protocol of PROTOCOLS) {
    const one = await runWith({ ...protocol, segments: 60 }, 'corrupt:rank=5');
    checkDone(t, one);
    const [{ segmentsRefused = 0, avoidedBy = 0 }] = one.faults ?? [];
    t.equal(one.totals.hashFailures, segmentsRefused);
    t.ok(avoidedBy > 0, `${avoidedBy} avoid it`);
    const perClient = 3 + Math.max(one.config.window, one.config.pipeline ?? 0);
    t.ok(segmentsRefused <= 8 * perClient, `${segmentsRefused} refused`);
    const all = await runWith(protocol, 'corrupt:rate=0.02');
    checkDone(t, all);
    t.match(all.faults, [{ avoidedBy: 0 }]);
    t.ok(all.totals.hashFailures > 0);
  }
});

test('where the only seed spoils everything nobody gets anything, and the run ends', async (t) => {
  for (const protocol of PROTOCOLS) {
    const result = await runWith({ ...protocol, seeds: 1, segments: 3 }, 'corrupt:rank=1');
    t.match(result, { outcome: 'segments-missing', totals: { segmentsDelivered: 0 } });
    t.equal(result.missing.length, 10);
    t.ok(result.totals.hashFailures >= 10 * 16, `${result.totals.hashFailures} tries`);
    t.match(result.faults, [{ avoidedBy: 10 }], 'each client counts once');
  }
});

test('up to its fault a rank does what it does without it', async (t) => {
  for (const protocol of PROTOCOLS) {
    const plain = await run(protocol);
    const faulty = await run({ ...protocol, faults: [parseFault('crash:rank=5,at=1')] });
    const [free, doomed] = [plain, faulty].map(({ ranks }) => ranks[5].completionSeconds);
    t.equal(doomed, free);
    t.equal(faulty.ranks[5].died?.atSeconds, doomed, 'it crashes with its last segment');
  }
});

test('a seed that spoils every other segment is asked until all are there', async (t) => {
  for (const protocol of [SMALL, { ...SMALL_BEP3, pipeline: 1 }]) {
    const alone = { ...protocol, ranks: 3, seeds: 1, segments: 300 };
    checkDone(t, await runWith(alone, 'corrupt:rank=1,rate=0.5'));
  }
});

test('a hash list that takes its time on slow links is no stall', async (t) => {
  const slow = { ...SMALL, up: 2000, down: 8000, segments: 3000, segmentBytes: 100 };
  const result = await runWith({ ...slow, ranks: 4 }, 'drop-holder:rank=3');
  checkDone(t, result);
});

test('a late peer has its patience from when it joins', async (t) => {
  const swarm = { ...SMALL_BEP3, patience: '5' };
  const { ranks, faults } = await runWith(swarm, 'late:rank=9,at=1');
  const [{ atSeconds = 0 }] = faults ?? [];
  t.ok(atSeconds > 0);
  t.equal(ranks[9].joinedSeconds, atSeconds);
  const left = ranks[9].departedSeconds;
  t.ok(left === undefined || Math.abs(left - atSeconds - 5) < 1e-6, `left at ${left} s`);
});

test('who has left cannot crash any more', async (t) => {
  const result = await runWith({ ...SMALL_BEP3, seeding: '0' }, 'crash:rank=5,at=1');
  t.match(result.ranks[5], { died: undefined, segmentsDownloaded: 20 });
  t.ok((result.ranks[5].departedSeconds ?? 0) > 0);
  t.equal(result.faults?.[0].atSeconds, undefined, 'it never came due');
});

test('nobody joins a given graph late', async (t) => {
  const swarm = { ...SMALL_BEP3, graph: 'full', faults: [parseFault('late:rank=9')] };
  await t.rejects(run(swarm), { message: /--graph full: expected all to join at once/ });
});

test('a rank may be silent for 30 s unless told otherwise', (t) => {
  t.equal(completeConfig(SMALL).peerTimeoutMs, 30_000);
  t.throws(() => completeConfig({ ...SMALL, peerTimeoutMs: 0 }), { message: /--peer-timeout/ });
  t.end();
});
