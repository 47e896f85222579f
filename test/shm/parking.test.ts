import * as path from 'node:path';
import t, { type Test } from 'tap';

import {
  ControlLayout,
  MISSED_WAKES,
  NOTIFIES,
  PARKS,
  STATE,
} from '../../src/shm/control-layout.js';
import { ISOLATION_WORDS, WORD_BYTES, type Words } from '../../src/shm/layout.js';
import { CALLED, PARKED, RUNNING, type WakeSources, park, wake } from '../../src/shm/parking.js';
import { compileForTests } from '../ringbuf/kernel-module.js';
import { runThreads } from '../race/threads.js';

const SCRIPT = path.join(__dirname, 'parking-threads.mjs');

/** The control blocks of some threads, and after them words for the tests themselves. */
function layOut(threads: number): {
  memory: WebAssembly.Memory;
  slab: SharedArrayBuffer;
  words: Words;
  blocks: number[];
  free: (index: number) => number;
} {
  const layout = new ControlLayout(0, threads);
  const free = (index: number): number => layout.totalWords + index * ISOLATION_WORDS;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const slab = memory.buffer;
  const blocks = Array.from({ length: threads }, (_, thread) => layout.threadOffset(thread));
  return { memory, slab, words: new Int32Array(slab), blocks, free };
}

/** How a thread sleeps and wakes another one, by word offsets of control blocks. */
interface Parking {
  park(thread: number, sources: WakeSources, timeoutMs: number): void;
  /** @returns whether a notify was sent */
  wake(target: number, self: number): boolean;
}

type ParkingOver = (memory: WebAssembly.Memory) => Parking;

function scriptParking({ buffer }: WebAssembly.Memory): Parking {
  const words = new Int32Array(buffer);
  return {
    park: (thread, sources, timeoutMs) => {
      park(words, thread, sources, timeoutMs);
    },
    wake: (target, self) => wake(words, target, self),
  };
}

/** What the kernel's parking needs to be compiled with to be used from outside. */
const KERNEL_PARKING = `
import * as parking from './shm/assembly/parking';
import { openPermits } from './shm/assembly/permits';
export { openPermits };
@external("env", "hasWork")
declare function hasWork(): bool;
export function park(thread: usize, timeoutMs: f64): void {
  parking.park(thread, () => hasWork(), timeoutMs);
}
export function wake(target: usize, self: usize): void { parking.wake(target, self); }
`;

interface KernelParking {
  park(thread: number, timeoutMs: number): void;
  wake(target: number, self: number): void;
  openPermits(
    count: number,
    taken: number,
    firstControl: number,
    controlBytes: number,
    threads: number,
    self: number,
  ): void;
}

/** At most `permits` threads of a layout are to be awake; the word at `taken` counts them. */
interface Limit {
  readonly permits: number;
  readonly taken: number;
  readonly blocks: readonly number[];
  readonly self: number;
}

function kernelParking(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  limit?: Limit,
): Parking {
  const words = new Int32Array(memory.buffer);
  let asked: WakeSources | undefined;
  const env = { memory, hasWork: () => asked?.hasWork() };
  const kernel = new WebAssembly.Instance(module, { env }).exports as unknown as KernelParking;
  if (limit !== undefined) {
    const { permits, taken, blocks, self } = limit;
    const [first, second] = blocks.map((block) => block * WORD_BYTES);
    kernel.openPermits(permits, taken * WORD_BYTES, first, second - first, blocks.length, self);
  }
  return {
    park: (thread, sources, timeoutMs) => {
      asked = sources;
      kernel.park(thread * WORD_BYTES, timeoutMs);
    },
    wake: (target, self) => {
      const before = words[self + NOTIFIES];
      kernel.wake(target * WORD_BYTES, self * WORD_BYTES);
      return words[self + NOTIFIES] > before;
    },
  };
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

/** What holds for a thread that sleeps, whichever language its parking is written in. */
function testParking(t: Test, parkingOver: ParkingOver): void {
  t.test('work published before the sleep is announced is found without a notify', (t) => {
    const { memory, words, blocks } = layOut(2);
    const parking = parkingOver(memory);
    const [sleeper, waker] = blocks;
    t.equal(parking.wake(sleeper, waker), false, 'a running thread is not notified');
    parking.park(sleeper, answers(true), Infinity);
    t.equal(words[sleeper + PARKS], 0, 'it does not sleep');
    t.equal(words[waker + NOTIFIES], 0);
    t.equal(words[sleeper + STATE], RUNNING);
    t.end();
  });

  t.test('the sleep is announced before the sources are looked at', (t) => {
    const { memory, words, blocks } = layOut(1);
    const parking = parkingOver(memory);
    const seen: number[] = [];
    const look = (): boolean => {
      seen.push(Atomics.load(words, blocks[0] + STATE));
      return true;
    };
    parking.park(blocks[0], { hasWork: look }, Infinity);
    t.strictSame(seen, [PARKED]);
    t.end();
  });

  t.test('a wake-up between announcement and look is sent, and nobody sleeps', (t) => {
    const { memory, words, blocks } = layOut(2);
    const parking = parkingOver(memory);
    const [sleeper, waker] = blocks;
    const look = (): boolean => {
      t.equal(parking.wake(sleeper, waker), true);
      return true;
    };
    parking.park(sleeper, { hasWork: look }, Infinity);
    t.equal(words[sleeper + PARKS], 0);
    t.equal(words[waker + NOTIFIES], 1);
    t.end();
  });

  t.test('a wake-up between look and sleep ends the sleep before it begins', (t) => {
    const { memory, words, blocks } = layOut(2);
    const parking = parkingOver(memory);
    const [sleeper, waker] = blocks;
    const publishLate = (): boolean => {
      t.equal(parking.wake(sleeper, waker), true);
      return false;
    };
    // Had it slept until the limit, the second answer would make it a missed wake-up.
    parking.park(sleeper, answers(publishLate, true), Infinity);
    t.equal(words[sleeper + MISSED_WAKES], 0);
    t.equal(words[sleeper + STATE], RUNNING);
    t.end();
  });

  t.test('of several wake-ups of one sleep only the first is sent', (t) => {
    const { memory, words, blocks } = layOut(3);
    const parking = parkingOver(memory);
    const [sleeper, waker, other] = blocks;
    Atomics.store(words, sleeper + STATE, PARKED);
    t.strictSame(
      [waker, other, waker].map((self) => parking.wake(sleeper, self)),
      [true, false, false],
    );
    t.equal(words[waker + NOTIFIES], 1);
    t.equal(words[other + NOTIFIES], 0);
    t.end();
  });

  t.test('a sleep until a timer ends with the timer, and is no missed wake-up', (t) => {
    const { memory, words, blocks } = layOut(1);
    const parking = parkingOver(memory);
    const [sleeper] = blocks;
    const startedMs = performance.now();
    for (const timeoutMs of [0, 1, 5]) parking.park(sleeper, answers(false, true), timeoutMs);
    t.equal(words[sleeper + PARKS], 3);
    t.equal(words[sleeper + MISSED_WAKES], 0);
    t.equal(words[sleeper + STATE], RUNNING);
    t.ok(performance.now() - startedMs >= 5, 'it lasts that long');
    t.end();
  });

  t.test('a sleep that ends by the limit with nothing to do is no missed wake-up', (t) => {
    const { memory, words, blocks } = layOut(1);
    const parking = parkingOver(memory);
    parking.park(blocks[0], answers(false), Infinity);
    t.equal(words[blocks[0] + PARKS], 1);
    t.equal(words[blocks[0] + MISSED_WAKES], 0);
    t.equal(words[blocks[0] + STATE], RUNNING);
    t.end();
  });

  t.test('work that nobody has called for is a missed wake-up, and is found', (t) => {
    const { memory, words, blocks } = layOut(1);
    const parking = parkingOver(memory);
    parking.park(blocks[0], answers(false, true), Infinity);
    t.equal(words[blocks[0] + MISSED_WAKES], 1);
    t.equal(words[blocks[0] + STATE], RUNNING);
    t.end();
  });
}

t.test('parking in TypeScript', (t) => {
  testParking(t, scriptParking);
  t.end();
});

t.test('parking in the kernel', async (t) => {
  const module = await compileForTests(KERNEL_PARKING);
  testParking(t, (memory) => kernelParking(module, memory));

  /** Two threads of which one may be awake; thread 0 sleeps, thread 1 wakes it. */
  const limited = () => {
    const { memory, words, blocks, free } = layOut(2);
    const taken = free(0);
    const open = (self: number) =>
      kernelParking(module, memory, { permits: 1, taken, blocks, self });
    return { words, blocks, taken, sleeping: open(0), waking: open(1) };
  };

  t.test('who is called takes a free permit, and gives it back when it sleeps', (t) => {
    const { words, blocks, taken, sleeping, waking } = limited();
    const [sleeper, waker] = blocks;
    const look = (): boolean => waking.wake(sleeper, waker);
    sleeping.park(sleeper, answers(look), Infinity);
    t.equal(words[sleeper + STATE], RUNNING);
    t.equal(words[taken], 1);
    sleeping.park(sleeper, answers(true), Infinity);
    t.equal(words[taken], 1, 'it does not sleep');
    sleeping.park(sleeper, answers(false), 1);
    t.equal(words[taken], 0);
    t.end();
  });

  t.test('who is called while all permits are taken sleeps on', (t) => {
    const { words, blocks, taken, sleeping, waking } = limited();
    const [sleeper, waker] = blocks;
    words[taken] = 1;
    const look = (): boolean => waking.wake(sleeper, waker);
    const startedMs = performance.now();
    sleeping.park(sleeper, answers(look), 5);
    t.ok(performance.now() - startedMs >= 5, 'until its timer');
    t.equal(words[waker + NOTIFIES], 0);
    t.equal(words[taken], 1, 'it goes on without a permit');
    t.end();
  });

  t.test('to wait for a permit is no missed wake-up', (t) => {
    const { words, blocks, taken, sleeping, waking } = limited();
    const [sleeper, waker] = blocks;
    words[taken] = 1;
    const look = (): boolean => waking.wake(sleeper, waker);
    sleeping.park(sleeper, answers(look, true), Infinity);
    t.equal(words[sleeper + MISSED_WAKES], 0);
    t.end();
  });

  t.test('the conductor wakes who waits for a permit', (t) => {
    const { words, blocks, taken, sleeping, waking } = limited();
    const [sleeper, waker] = blocks;
    words[taken] = 1;
    const look = (): boolean => {
      waking.wake(sleeper, waker);
      t.equal(words[sleeper + STATE], CALLED);
      t.equal(wake(words, sleeper, waker), true);
      return false;
    };
    // Had it slept until the limit, nothing would have counted it.
    sleeping.park(sleeper, answers(look), Infinity);
    t.equal(words[sleeper + STATE], RUNNING);
    t.equal(words[taken], 1);
    t.end();
  });
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
