import * as path from 'node:path';
import t from 'tap';

import {
  ControlLayout,
  MISSED_WAKES,
  NOTIFIES,
  PARKS,
  STATE,
} from '../../src/shm/control-layout.js';
import { ISOLATION_WORDS, WORD_BYTES, type Words } from '../../src/shm/layout.js';
import { PARKED, RUNNING, park, wake } from '../../src/shm/parking.js';
import { runThreads } from '../race/threads.js';

const SCRIPT = path.join(__dirname, 'parking-threads.mjs');

/** The control blocks of some threads, and after them words for the tests themselves. */
function layOut(threads: number): {
  slab: SharedArrayBuffer;
  words: Words;
  blocks: number[];
  free: (index: number) => number;
} {
  const layout = new ControlLayout(0, threads);
  const free = (index: number): number => layout.totalWords + index * ISOLATION_WORDS;
  const slab = new SharedArrayBuffer(free(8) * WORD_BYTES);
  const blocks = Array.from({ length: threads }, (_, thread) => layout.threadOffset(thread));
  return { slab, words: new Int32Array(slab), blocks, free };
}

/** Gives the answers in turn, the last one again and again. */
function answers(...given: (boolean | (() => boolean))[]): { hasWork: () => boolean } {
  let next = 0;
  return {
    hasWork: () => {
      const answer = given[Math.min(next++, given.length - 1)];
      return typeof answer === 'boolean' ? answer : answer();
    },
  };
}

t.test('work published before the sleep is announced is found without a notify', (t) => {
  const { words, blocks } = layOut(2);
  const [sleeper, waker] = blocks;
  t.equal(wake(words, sleeper, waker), false, 'a running thread is not notified');
  park(words, sleeper, answers(true), Infinity);
  t.equal(words[sleeper + PARKS], 0, 'it does not sleep');
  t.equal(words[waker + NOTIFIES], 0);
  t.equal(words[sleeper + STATE], RUNNING);
  t.end();
});

t.test('the sleep is announced before the sources are looked at', (t) => {
  const { words, blocks } = layOut(1);
  const seen: number[] = [];
  const look = (): boolean => {
    seen.push(Atomics.load(words, blocks[0] + STATE));
    return true;
  };
  park(words, blocks[0], { hasWork: look }, Infinity);
  t.strictSame(seen, [PARKED]);
  t.end();
});

t.test('a wake-up between announcement and look is sent, and nobody sleeps', (t) => {
  const { words, blocks } = layOut(2);
  const [sleeper, waker] = blocks;
  const look = (): boolean => {
    t.equal(wake(words, sleeper, waker), true);
    return true;
  };
  park(words, sleeper, { hasWork: look }, Infinity);
  t.equal(words[sleeper + PARKS], 0);
  t.equal(words[waker + NOTIFIES], 1);
  t.end();
});

t.test('a wake-up between look and sleep ends the sleep before it begins', (t) => {
  const { words, blocks } = layOut(2);
  const [sleeper, waker] = blocks;
  const publishLate = (): boolean => {
    t.equal(wake(words, sleeper, waker), true);
    return false;
  };
  // Had it slept until the limit, the second answer would make it a missed wake-up.
  park(words, sleeper, answers(publishLate, true), Infinity);
  t.equal(words[sleeper + MISSED_WAKES], 0);
  t.equal(words[sleeper + STATE], RUNNING);
  t.end();
});

t.test('of several wake-ups of one sleep only the first is sent', (t) => {
  const { words, blocks } = layOut(3);
  const [sleeper, waker, other] = blocks;
  Atomics.store(words, sleeper + STATE, PARKED);
  t.strictSame(
    [waker, other, waker].map((self) => wake(words, sleeper, self)),
    [true, false, false],
  );
  t.equal(words[waker + NOTIFIES], 1);
  t.equal(words[other + NOTIFIES], 0);
  t.end();
});

t.test('a sleep until a timer ends with the timer, and is no missed wake-up', (t) => {
  const { words, blocks } = layOut(1);
  const [sleeper] = blocks;
  for (const timeoutMs of [0, 1, 5]) park(words, sleeper, answers(false, true), timeoutMs);
  t.equal(words[sleeper + PARKS], 3);
  t.equal(words[sleeper + MISSED_WAKES], 0);
  t.equal(words[sleeper + STATE], RUNNING);
  t.end();
});

t.test('a sleep that ends by the limit with nothing to do is no missed wake-up', (t) => {
  const { words, blocks } = layOut(1);
  park(words, blocks[0], answers(false), Infinity);
  t.equal(words[blocks[0] + PARKS], 1);
  t.equal(words[blocks[0] + MISSED_WAKES], 0);
  t.equal(words[blocks[0] + STATE], RUNNING);
  t.end();
});

t.test('work that nobody has called for is a missed wake-up, and is found', (t) => {
  const { words, blocks } = layOut(1);
  park(words, blocks[0], answers(false, true), Infinity);
  t.equal(words[blocks[0] + MISSED_WAKES], 1);
  t.equal(words[blocks[0] + STATE], RUNNING);
  t.end();
});

t.test('two threads that wake each other 10,000 times miss no wake-up', async (t) => {
  const rounds = 10_000;
  const { slab, words, blocks, free } = layOut(2);
  const common = { script: 'takeTurns', slab, rounds };
  const counted = await runThreads<number>(SCRIPT, [
    { ...common, self: blocks[0], peer: blocks[1], own: free(0), theirs: free(1), isFirst: true },
    { ...common, self: blocks[1], peer: blocks[0], own: free(1), theirs: free(0), isFirst: false },
  ]);
  t.strictSame(counted, [rounds, rounds]);
  for (const [self, peer] of [blocks, [...blocks].reverse()]) {
    t.equal(words[self + MISSED_WAKES], 0);
    t.ok(words[self + PARKS] > 0, 'it slept');
    t.ok(words[self + PARKS] <= words[peer + NOTIFIES], 'each sleep was ended by a notify');
    t.ok(words[peer + NOTIFIES] <= rounds, 'at most one notify for each thing published');
  }
});

t.test('of several threads that wake one sleeper at once exactly one notifies it', async (t) => {
  const rounds = 500;
  const wakers = 3;
  const { slab, words, blocks, free } = layOut(wakers + 1);
  const common = {
    slab,
    rounds,
    parties: wakers + 1,
    work: free(0),
    asleep: free(1),
    meeting: free(2),
    start: free(3),
  };
  const [sleeps, ...notifies] = await runThreads<number>(SCRIPT, [
    { ...common, script: 'sleepRounds', self: blocks[0] },
    ...blocks.slice(1).map((self) => ({ ...common, script: 'wakeRounds', self, peer: blocks[0] })),
  ]);
  t.equal(sleeps, rounds, 'each sleep ended with the work published');
  t.equal(
    notifies.reduce((sum, count) => sum + count, 0),
    rounds,
  );
  t.equal(words[blocks[0] + PARKS], rounds);
  t.equal(words[blocks[0] + MISSED_WAKES], 0);
});
