import t from 'tap';

import { type RunOptions, completeConfig } from '../../../src/swarm/config.js';
import { VIRTUAL_KEYS } from '../../../src/swarm/virtual/options.js';

const virtual = (options: RunOptions): (() => unknown) => {
  return () => completeConfig({ clock: 'virtual', ...options });
};
const usage = (message: RegExp) => ({ code: 'ERR_BTSHM_USAGE', message });

t.test('every option of virtual time is refused in real time, by its name', (t) => {
  const given: RunOptions = {
    up: 1,
    seedDown: 1,
    latencyMs: [[1]],
    jitterMs: 1,
    blockBytes: 1,
    until: 1,
    slots: 1,
    rechokeMs: 1,
    mix: [],
    superSeed: true,
  };
  for (const [key, value] of Object.entries(given)) {
    t.ok((VIRTUAL_KEYS as readonly string[]).includes(key), key);
    const flag = key.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const message = new RegExp(`^--${flag}: only with --clock virtual`);
    t.throws(() => completeConfig({ [key]: value }), usage(message));
  }
  t.end();
});

t.test('what only peers with connections have is refused under ack', (t) => {
  const given: [options: RunOptions, flag: string][] = [
    [{ neighbours: 5 }, '--neighbours'],
    [{ graph: 'full' }, '--graph'],
    [{ pipeline: 7 }, '--pipeline'],
    [{ slots: 3 }, '--slots'],
    [{ rechokeMs: 5 }, '--rechoke'],
    [{ optimisticRounds: 5 }, '--optimistic-rounds'],
    [{ seedChoking: 'in-turn' }, '--seed-choking'],
    [{ randomFirst: 0 }, '--random-first'],
    [{ endgame: false }, '--endgame'],
    [{ mix: [{ name: 'leaver', share: 0.5 }] }, '--mix'],
    [{ arrivals: 'poisson:1' }, '--arrivals'],
    [{ seeding: '5' }, '--seeding'],
    [{ patience: '5' }, '--patience'],
    [{ superSeed: true }, '--super-seed'],
  ];
  for (const [options, flag] of given) {
    t.throws(virtual(options), usage(new RegExp(`^${flag}: only with --protocol bep3`)));
    t.doesNotThrow(virtual({ ...options, protocol: 'bep3' }), flag);
  }
  t.end();
});

t.test('numbers out of their range are refused with the range', (t) => {
  const given: [options: RunOptions, message: RegExp][] = [
    [{ neighbours: 128 }, /^--neighbours: .* from 1 to 127, found 128/],
    [{ neighbours: 0 }, /^--neighbours: /],
    [{ pipeline: 0 }, /^--pipeline: .* from 1 to 1024, found 0/],
    [{ slots: 1.5 }, /^--slots: .* found 1\.5/],
    [{ rechokeMs: 0 }, /^--rechoke: /],
    [{ optimisticRounds: 0 }, /^--optimistic-rounds: /],
    [{ randomFirst: -1 }, /^--random-first: /],
    [{ blockBytes: 0 }, /^--block-bytes: /],
    [{ segmentBytes: 0 }, /^--segment-bytes: /],
    [{ mix: [{ name: 'nobody', share: 0.5 }] }, /^--mix: expected names among .*, found nobody/],
    [{ seedChoking: 'best' }, /^--seed-choking: expected one of fastest-upload, .*, found best/],
    [{ strategy: 'least-loaded' }, /^--strategy: expected one of tit-for-tat, .*least-loaded/],
    [{ picker: 'best' }, /^--picker: /],
  ];
  for (const [options, message] of given) {
    t.throws(virtual({ protocol: 'bep3', ...options }), usage(message));
  }
  const half = { share: 0.6, up: 1, down: 1 };
  t.throws(virtual({ classes: [half, half] }), usage(/^--classes: .* at most 100 %.* 120 %/));
  t.end();
});

t.test('what exists in real time only is refused', (t) => {
  const given: [options: RunOptions, message: RegExp][] = [
    [{ input: 'in' }, /^an input directory: only with --clock real/],
    [{ content: 'file' }, /^--content: only with --clock real/],
    [{ out: 'out' }, /^--out: only with --clock real/],
    [{ transfer: 'copy' }, /^--transfer: only with --clock real/],
  ];
  for (const [options, message] of given) t.throws(virtual(options), usage(message));
  t.throws(() => completeConfig({ protocol: 'bep3' }), usage(/^--protocol bep3: .*virtual/));
  t.end();
});

t.test('without latency there is one thread', (t) => {
  const zones = [
    [5, 5],
    [0, 5],
  ];
  for (const latencyMs of [[[0]], zones]) {
    t.equal(completeConfig({ clock: 'virtual', latencyMs, threads: 'auto' }).threads, 1);
    t.equal(completeConfig({ clock: 'virtual', latencyMs, ranks: 2000 }).threads, 1);
    t.throws(virtual({ latencyMs, threads: 2 }), usage(/^--threads 2: .* latency of 0/));
  }
  t.end();
});

t.test('seeds have the links of all unless told otherwise', (t) => {
  const options = { clock: 'virtual', up: 5, down: 6 } as const;
  t.match(completeConfig(options), { up: 5, down: 6, seedUp: 5, seedDown: 6 });
  t.match(completeConfig({ ...options, seedUp: 0 }), { up: 5, seedUp: 0, seedDown: 6 });
  t.end();
});

t.test('a completed configuration completes to itself', (t) => {
  for (const options of [
    { clock: 'real' },
    { clock: 'virtual' },
    { clock: 'virtual', strategy: 'seed' },
    { clock: 'virtual', protocol: 'bep3' },
    { clock: 'virtual', protocol: 'bep3', strategy: 'kraken', arrivals: 'poisson:1' },
  ] as const) {
    const completed = completeConfig(options);
    t.strictSame(completeConfig(completed), completed, JSON.stringify(options));
  }
  t.end();
});
