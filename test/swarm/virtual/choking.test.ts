/** The rules of choking, as numbers. */
import t from 'tap';

import { CHOKERS, SEED_CHOKERS } from '../../../src/roles/chokers.js';
import { WindowState } from '../../../src/roles/kernel.js';
import type { RunOptions } from '../../../src/swarm/config.js';
import { jainIndex } from '../../../src/swarm/result.js';
import type { RankResult } from '../../../src/swarm/result.js';
import { SMALL_BEP3, clientsOf, kernelOf, meanOf, run } from './runs.js';

const SECOND = 1e9;

/** Big enough for some rounds of choking; the seed is no faster than any other. */
const SWARM: RunOptions = {
  ...SMALL_BEP3,
  ranks: 32,
  segments: 150,
  pipeline: 8,
  rechokeMs: 1000,
};

const meanCompletion = (ranks: readonly RankResult[]): number =>
  meanOf(ranks.map(({ completionSeconds = NaN }) => completionSeconds));

t.test('free riders finish later than those who give', async (t) => {
  // Those who have everything and stay would serve free riders, too.
  const mix = [{ name: 'free-rider', share: 0.25 }];
  const options = { ...SWARM, mix, seeding: '0', slots: 4, seedUp: 250_000 };
  const penaltyOf = async (strategy: string): Promise<number> => {
    const clients = clientsOf(await run({ ...options, strategy }));
    const riders = clients.filter(({ part }) => part === 'free-rider');
    const givers = clients.filter(({ part }) => part === undefined);
    return meanCompletion(riders) / meanCompletion(givers);
  };
  for (const strategy of ['tit-for-tat', 'fixed-slots', 'rate-based', 'prop-share', 'pairwise']) {
    const penalty = await penaltyOf(strategy);
    t.ok(penalty > 1.3, `${strategy}: ${penalty} times as long`);
  }
  const kraken = await penaltyOf('kraken');
  t.ok(Math.abs(kraken - 1) < 0.1, `kraken, which chokes nobody: ${kraken} times as long`);
});

t.test('who gives more gets more: fast uplinks finish first', async (t) => {
  const classes = [{ share: 0.5, up: 31_250, down: 500_000 }];
  const options = { ...SWARM, classes, seeding: '0', slots: 4 };
  const spread = async (strategy: string): Promise<number> => {
    const clients = clientsOf(await run({ ...options, strategy }));
    // Who sent more over all sat behind the faster uplink.
    const sorted = [...clients].sort((a, b) => (a.bytesSent ?? 0) - (b.bytesSent ?? 0));
    const half = sorted.length / 2;
    return meanCompletion(sorted.slice(0, half)) / meanCompletion(sorted.slice(half));
  };
  for (const strategy of ['tit-for-tat', 'prop-share', 'bit-tyrant']) {
    const ratio = await spread(strategy);
    t.ok(ratio > 1.03, `${strategy}: ${ratio}`);
  }
});

/** Time for which `rank` has unchoked each of `others` by now, in s. */
function unchokedSeconds(
  kernel: ReturnType<typeof kernelOf>,
  rank: number,
  others: readonly number[],
): number[] {
  return others.map((other) => kernel.readUnchoked(rank, other) / SECOND);
}

t.test('no peer has more neighbours unchoked than it has slots', (t) => {
  const ranks = 20;
  for (const strategy of ['tit-for-tat', 'fixed-slots']) {
    for (const slots of [1, 3, 5]) {
      const options = { ...SMALL_BEP3, ranks, segments: 60, strategy, slots, rechokeMs: 1000 };
      const kernel = kernelOf(options);
      const others = Array.from({ length: ranks - 1 }, (_, index) => index + 1);
      const sum = (rank: number): number =>
        unchokedSeconds(kernel, rank, others).reduce((total, seconds) => total + seconds, 0);
      const before = others.map(sum);
      let [present, most] = [kernel.presentNs(), 0];
      // Each step is one window: what was unchoked on the mean in it.
      while (kernel.advance(1) === WindowState.Opened) {
        const seconds = (kernel.presentNs() - present) / SECOND;
        if (seconds < 0.01) continue;
        others.forEach((rank, index) => {
          const now = sum(rank);
          most = Math.max(most, (now - before[index]) / seconds);
          before[index] = now;
        });
        present = kernel.presentNs();
      }
      t.ok(most <= slots + 1e-6, `${strategy}, ${slots} slots: ${most}`);
      t.ok(most > slots - 0.5, 'and they are used');
    }
  }
  t.end();
});

t.test('the optimistic unchoke gives everybody the same time', (t) => {
  // As in libtorrent's test: idle neighbours, one slot, half an hour.
  const idle = Array.from({ length: 20 }, (_, index) => index + 2);
  const options = {
    ...SMALL_BEP3,
    ranks: 22,
    mix: [{ name: 'idle', share: 1 }],
    slots: 1,
    until: 1830,
  };
  for (const seedChoking of SEED_CHOKERS.map(({ name }) => name)) {
    const kernel = kernelOf({ ...options, seedChoking });
    while (kernel.advance(1000) === WindowState.Opened);
    const times = unchokedSeconds(kernel, 1, idle);
    for (const seconds of times) t.ok(Math.abs(seconds - 90) <= 30, `${seedChoking}: ${seconds} s`);
    const all = times.reduce((total, seconds) => total + seconds, 0);
    t.ok(Math.abs(all - 1825) < 15, `nobody has to wait while the slot is free: ${all}`);
    t.ok(jainIndex(times) > 0.97, `Jain ${jainIndex(times)}`);
  }
  t.end();
});

t.test('a seed unchokes all in turn, or the same ones again', (t) => {
  const unchokedBy = (seedChoking: string): number[] => {
    const kernel = kernelOf({
      ...SMALL_BEP3,
      ranks: 22,
      segments: 400,
      seedChoking,
      slots: 4,
      rechokeMs: 1000,
      optimisticRounds: 3,
      // Neighbours of the seed that give each other nothing.
      mix: [{ name: 'free-rider', share: 1 }],
      until: 120,
    });
    while (kernel.advance(1000) === WindowState.Opened);
    return unchokedSeconds(
      kernel,
      1,
      Array.from({ length: 20 }, (_, index) => index + 2),
    );
  };
  const inTurn = unchokedBy('in-turn');
  const fastest = unchokedBy('fastest-upload');
  t.ok(jainIndex(inTurn) > 0.9, `in turn: Jain ${jainIndex(inTurn)}`);
  t.ok(jainIndex(fastest) < jainIndex(inTurn) - 0.08, `fastest: Jain ${jainIndex(fastest)}`);
  t.end();
});

t.test('every rule makes a difference', async (t) => {
  const digests = new Map<string | undefined, string>();
  const options: RunOptions[] = [
    ...CHOKERS.map(({ name }) => ({ strategy: name, neighbours: 10, pipeline: 3 })),
    ...SEED_CHOKERS.slice(1).map(({ name }) => ({
      seedChoking: name,
      neighbours: 10,
      pipeline: 3,
    })),
  ];
  for (const option of options) {
    const { digest } = await run({ ...SWARM, ...option, segments: 60, slots: 4, rechokeMs: 2000 });
    const name = JSON.stringify(option);
    t.equal(digests.get(digest), undefined, name);
    digests.set(digest, name);
  }
});

t.test('pairwise, nobody is given more than two blocks for nothing', async (t) => {
  for (const segmentBytes of [16_384, 40_000]) {
    // The seed is slow: while nobody has everything, rank 2 and 3 are all that others can ask.
    const result = await run({
      ...SMALL_BEP3,
      strategy: 'pairwise',
      ranks: 12,
      segments: 100,
      segmentBytes,
      seedUp: 50_000,
      mix: [{ name: 'free-rider', share: 0.9 }],
      until: 90,
    });
    const givers = clientsOf(result).filter(({ part }) => part === undefined);
    t.equal(givers.length, 1);
    const [{ bytesSent = 0, segmentsDownloaded }] = givers;
    t.ok(segmentsDownloaded > 2 && segmentsDownloaded < 100, 'it has something to give');
    const blockBytes = Math.min(16_384, segmentBytes);
    // To each of nine free riders.
    t.ok(bytesSent > 0 && bytesSent <= 9 * 2 * (blockBytes + 13), `${bytesSent} bytes`);
  }
});

t.test('a super-seed uploads little more than one copy', async (t) => {
  const options = { ...SWARM, segments: 100, neighbours: 20 };
  const uploads = async (superSeed: boolean): Promise<number> => {
    const { ranks, outcome } = await run({ ...options, superSeed });
    t.equal(outcome, 'done');
    return ranks[1].segmentsUploaded;
  };
  const [hiding, open] = [await uploads(true), await uploads(false)];
  t.ok(hiding >= 100, `${hiding} segments: at least one copy`);
  t.ok(hiding < 0.75 * open, `${hiding} segments, ${open} without`);
});
