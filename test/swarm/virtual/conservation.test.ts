/** What is sent is received: counted on both sides, for all kinds of swarms. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { CHOKERS, SEED_CHOKERS } from '../../../src/roles/chokers.js';
import { PICKERS } from '../../../src/roles/pickers.js';
import type { RunOptions } from '../../../src/swarm/config.js';
import { SMALL, SMALL_BEP3, clientsOf, figuresOf, run, sumOf } from './runs.js';

const SECOND = 1e9;

/** Bytes that a block has besides its data, in each protocol. */
const HEADER_BYTES = { ack: 24, bep3: 13 };

const swarms = fc.record({
  ranks: fc.integer({ min: 4, max: 14 }),
  segments: fc.integer({ min: 1, max: 30 }),
  segmentBytes: fc.integer({ min: 1000, max: 16_384 }),
  up: fc.oneof(fc.constant(0), fc.integer({ min: 50_000, max: 500_000 })),
  down: fc.oneof(fc.constant(0), fc.integer({ min: 50_000, max: 900_000 })),
  latencyMs: fc.integer({ min: 1, max: 150 }).map((ms) => [[ms]]),
  jitterMs: fc.constantFrom(0, 20),
  seeds: fc.integer({ min: 1, max: 2 }),
  seed: fc.nat({ max: 1000 }),
});

const peers = fc.record({
  strategy: fc.constantFrom(...CHOKERS.map(({ name }) => name)),
  picker: fc.constantFrom(...PICKERS.map(({ name }) => name)),
  seedChoking: fc.constantFrom(...SEED_CHOKERS.map(({ name }) => name)),
  pipeline: fc.integer({ min: 1, max: 16 }),
  endgame: fc.boolean(),
  superSeed: fc.boolean(),
  neighbours: fc.integer({ min: 8, max: 50 }),
  slots: fc.integer({ min: 1, max: 6 }),
});

/** Checks what holds for every rank and for all together; segments are of one block. */
function assertConserved(options: RunOptions, protocol: 'ack' | 'bep3'): void {
  const figures = figuresOf({ ...SMALL, ...options, protocol });
  const { segments = 0, segmentBytes = 0, seeds = 1, down = 0 } = options;
  const wireBytes = segmentBytes + HEADER_BYTES[protocol];
  let underWay = 0;
  figures.forEach((figure, rank) => {
    if (rank > seeds) assert.equal(figure.downloads, segments, `rank ${rank} is complete`);
    assert.equal(figure.sentBytes, figure.uploads * wireBytes, `rank ${rank} sent`);
    assert.equal(figure.receivedBytes, figure.receivedBlocks * wireBytes, `rank ${rank} got`);
    assert.equal(figure.receivedBlocks, figure.downloads + figure.duplicates);
    assert.ok(figure.requests >= figure.downloads);
    underWay += figure.uploads - figure.receivedBlocks;
    if (down === 0 || rank === 0) return;
    const seconds = Math.max(...figures.map(({ finishedNs }) => finishedNs)) / SECOND;
    // The window of the last completion goes on for less than a latency.
    const most = (seconds + 0.15) * down + wireBytes;
    assert.ok(figure.receivedBytes <= most, `rank ${rank}: ${figure.receivedBytes} > ${most}`);
  });
  assert.ok(underWay >= 0, 'nothing arrives that was not sent');
  const asked = figures.reduce((sum, figure) => sum + figure.requests - figure.receivedBlocks, 0);
  assert.ok(underWay <= asked, `nothing is sent unasked: ${underWay} under way, ${asked} open`);
  // Without a limit all that was asked for has left, though a choke made the peer ask elsewhere.
  const isBounded = protocol === 'ack' || (options.endgame === false && options.up !== 0);
  if (isBounded) assert.ok(underWay <= 2 * figures.length, `${underWay} under way`);
}

t.test('requests and answers: every client completes, every byte is counted twice', (t) => {
  const property = fc.property(swarms, (options) => assertConserved(options, 'ack'));
  t.doesNotThrow(() => fc.assert(property, { numRuns: 40 }));
  t.end();
});

t.test('peers with connections: every client completes, every byte is counted twice', (t) => {
  const property = fc.property(swarms, peers, (options, rules) =>
    assertConserved({ ...options, ...rules }, 'bep3'),
  );
  t.doesNotThrow(() => fc.assert(property, { numRuns: 80 }));
  t.end();
});

t.test('segments of several blocks are there when their last block is', async (t) => {
  for (const protocol of ['ack', 'bep3'] as const) {
    const options = { ...SMALL, protocol, segments: 6, segmentBytes: 50_000, jitterMs: 50 };
    const result = await run(options);
    t.match(result, { complete: true, missing: [], totals: { segmentsDelivered: 60 } });
    const { blocks = 0, dataBytes = 0, duplicates = 0 } = result.totals;
    const whole = sumOf(result.ranks, ({ segmentsUploaded }) => segmentsUploaded);
    t.ok(whole >= 60 + duplicates, 'a segment counts as uploaded with its last block');
    t.ok(blocks >= whole * 4);
    t.equal(
      sumOf(result.ranks, ({ bytesSent = 0 }) => bytesSent),
      dataBytes,
    );
    t.ok(sumOf(result.ranks, ({ bytesReceived = 0 }) => bytesReceived) <= dataBytes);
  }
});

t.test('who uploads nothing uploads nothing, and completes', async (t) => {
  for (const { name } of CHOKERS) {
    for (const behaviour of ['free-rider', 'large-view']) {
      const mix = [{ name: behaviour, share: 0.3 }];
      const result = await run({ ...SMALL_BEP3, strategy: name, mix });
      const riders = clientsOf(result).filter(({ part }) => part === behaviour);
      t.equal(riders.length, 3, `${name}, ${behaviour}`);
      t.strictSame(
        riders.map((rider) => [rider.segmentsUploaded, rider.segmentsDownloaded]),
        [
          [0, 20],
          [0, 20],
          [0, 20],
        ],
      );
    }
  }
});

t.test(
  'who leaves on completion has left at that instant, others stay for their time',
  async (t) => {
    const leavers = await run({ ...SMALL_BEP3, mix: [{ name: 'leaver', share: 0.5 }] });
    for (const rank of clientsOf(leavers)) {
      const expected = rank.part === 'leaver' ? rank.completionSeconds : undefined;
      t.equal(rank.departedSeconds, expected, `rank ${rank.rank}`);
    }
    const { ranks, timing } = await run({ ...SMALL_BEP3, arrivals: 'poisson:0.2', seeding: '7' });
    let stayed = 0;
    for (const rank of ranks.filter(({ role }) => role === 'client')) {
      const { completionSeconds = NaN, joinedSeconds = 0, departedSeconds } = rank;
      const leavesAt = joinedSeconds + completionSeconds + 7;
      if (departedSeconds === undefined) {
        t.ok(leavesAt >= (timing.virtualSeconds ?? 0), `rank ${rank.rank} was still there`);
      } else {
        stayed++;
        t.ok(Math.abs(departedSeconds - leavesAt) < 1e-6, `rank ${rank.rank} left in time`);
      }
    }
    t.ok(stayed > 3);
  },
);

t.test('who gives up leaves unfinished, who has finished does not give up', async (t) => {
  const result = await run({ ...SMALL_BEP3, arrivals: 'poisson:1', patience: '4' });
  t.match(result, { outcome: 'done', missing: [] });
  const gone = clientsOf(result).filter(({ departedSeconds }) => departedSeconds !== undefined);
  t.ok(gone.length > 0, 'some gave up');
  t.ok(gone.length < 10, 'some did not');
  for (const { rank, joinedSeconds = 0, departedSeconds = 0, segmentsDownloaded } of gone) {
    t.ok(Math.abs(departedSeconds - joinedSeconds - 4) < 1e-6, `rank ${rank} after 4 s`);
    t.ok(segmentsDownloaded < 20, `rank ${rank} lacks something`);
  }
});

t.test('a run that is to end early ends in time, and nothing counts as missing', async (t) => {
  for (const protocol of ['ack', 'bep3'] as const) {
    for (const until of [1, 3.21, 5]) {
      const result = await run({ ...SMALL, protocol, until });
      t.match(result, { outcome: 'done', missing: [], optimum: undefined });
      t.equal(result.timing.virtualSeconds, until, protocol);
    }
    const result = await run({ ...SMALL, protocol, until: 1000 });
    const ends = clientsOf(result).map(({ completionSeconds = NaN }) => completionSeconds);
    t.equal(result.timing.virtualSeconds, Math.max(...ends), 'all had finished before');
  }
});

t.test('a run that can not go on is given up, and says what is missing', async (t) => {
  const options = { ...SMALL_BEP3, neighbours: 1 };
  const result = await run(options);
  t.match(result, { complete: false, outcome: 'stalled' });
  t.equal(result.missing.length, 9, 'a pair has each other, the seed has one');
  t.strictSame(
    result.missing.map(({ count }) => count),
    new Array<number>(9).fill(20),
  );
  t.equal((await run({ ...options, threads: 3 })).digest, result.digest, 'at the same instant');
  const idle = await run({ ...SMALL_BEP3, mix: [{ name: 'idle', share: 0.3 }] });
  t.match(idle, { outcome: 'done', optimum: undefined });
  t.ok((idle.timing.virtualSeconds ?? NaN) < 100, 'the time is that of the last completion');
});

t.test('long pauses between arrivals are no stall', async (t) => {
  const trace = t.testdir({ trace: '0\n1\n50000\n200000\n' });
  const arrivals = `trace:${trace}/trace`;
  const result = await run({ ...SMALL_BEP3, ranks: 6, arrivals });
  t.match(result, { outcome: 'done', totals: { segmentsDelivered: 80 } });
});

t.test('clients that come back to a slot of one that left are served', async (t) => {
  for (const strategy of ['kraken', 'pairwise', 'tit-for-tat']) {
    for (let seed = 1; seed <= 4; seed++) {
      const result = await run({
        ...SMALL_BEP3,
        strategy,
        seed,
        ranks: 30,
        neighbours: 4,
        seeds: 2,
        arrivals: 'poisson:1',
        seeding: '3',
      });
      t.match(result, { outcome: 'done', totals: { segmentsDelivered: 27 * 20 } }, strategy);
    }
  }
});

t.test('a tracker that names peers at random leaves nobody without neighbours', (t) => {
  for (const [ranks, neighbours] of [
    [14, 10],
    [40, 8],
    [100, 8],
  ]) {
    for (let seed = 1; seed <= 5; seed++) {
      const figures = figuresOf({ ...SMALL_BEP3, ranks, neighbours, seed, segments: 2 }).slice(1);
      const least = Math.min(...figures.map((figure) => figure.neighbours));
      t.ok(least >= neighbours / 4, `${ranks} ranks: at least ${least} of ${neighbours}`);
    }
  }
  t.end();
});

t.test('the parts of the time that a run takes on the machine make up the whole', async (t) => {
  for (const [protocol, threads] of [['ack', 2] as const, ['bep3', 1] as const]) {
    const { timing, totals } = await run({ ...SMALL, protocol, threads });
    const { startupMs, exchangeMs, teardownMs, wallMs } = timing;
    t.ok(startupMs > 0 && exchangeMs > 0 && teardownMs > 0, `${protocol}: each takes time`);
    t.ok(Math.abs(startupMs + exchangeMs + teardownMs - wallMs) < 1e-6, protocol);
    const blocksPerSecond = ((totals.blocks ?? 0) * 1000) / exchangeMs;
    t.equal(timing.blocksPerWallSecond, blocksPerSecond, 'the rate is that of the exchange');
  }
});
