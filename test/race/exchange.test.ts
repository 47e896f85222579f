import * as path from 'node:path';
import t from 'tap';

import { MISSED_WAKES, PARKS } from '../../src/shm/control-layout.js';
import { type EndKind, type Setting, loadEnds, settingMaker } from './ends.js';
import { runThreads } from './threads.js';

const SCRIPT = path.join(__dirname, 'exchange-thread.mjs');

interface Exchange {
  readonly name: string;
  readonly kinds: readonly EndKind[];
  /** For each rank those it sends to. */
  readonly sendsTo: readonly (readonly number[])[];
  readonly capacity: number;
  readonly count: number;
  /** Turns without work before a thread goes to sleep. */
  readonly spins: number;
}

interface Outcome {
  readonly seen: Readonly<Record<string, number>>;
  readonly sum: number;
}

/** Of each message, as its receiver finds it, there is one outcome that may be. */
const ALLOWED = ['inOrder'];
const FORBIDDEN = ['early', 'late', 'torn', 'misdirected'];

const TO_FIRST = [[], [0], [0], [0]];
const TO_ALL = [
  [1, 2],
  [0, 2],
  [0, 1],
];

const EXCHANGES: readonly Exchange[] = [
  {
    name: 'three producers, of both kinds, and one consumer in TypeScript',
    kinds: ['TypeScript', 'kernel', 'TypeScript', 'kernel'],
    sendsTo: TO_FIRST,
    capacity: 8,
    count: 8000,
    spins: 0,
  },
  {
    name: 'three producers, of both kinds, and one consumer in the kernel',
    kinds: ['kernel', 'kernel', 'TypeScript', 'kernel'],
    sendsTo: TO_FIRST,
    capacity: 8,
    count: 8000,
    spins: 0,
  },
  {
    name: 'three producers and one consumer on the smallest ring there is',
    kinds: ['kernel', 'kernel', 'kernel', 'TypeScript'],
    sendsTo: TO_FIRST,
    capacity: 2,
    count: 3000,
    spins: 0,
  },
  {
    name: 'three threads that flood each other, all of whose rings are full at once',
    kinds: ['kernel', 'TypeScript', 'kernel'],
    sendsTo: TO_ALL,
    capacity: 4,
    count: 5000,
    spins: 0,
  },
  {
    name: 'two producers in the kernel that find room nearly always',
    kinds: ['kernel', 'kernel', 'kernel'],
    sendsTo: [[], [0], [0]],
    capacity: 65_536,
    count: 100_000,
    spins: 10_000,
  },
  {
    name: 'two threads in the kernel that read what is just being written',
    kinds: ['kernel', 'kernel'],
    sendsTo: [[], [0]],
    capacity: 64,
    count: 100_000,
    spins: 10_000,
  },
  {
    name: 'two threads in TypeScript that read what is just being written',
    kinds: ['TypeScript', 'TypeScript'],
    sendsTo: [[], [0]],
    capacity: 64,
    count: 100_000,
    spins: 10_000,
  },
];

function tasksOf(exchange: Exchange, setting: Setting): object[] {
  const { kinds, sendsTo, count, spins } = exchange;
  return kinds.map((kind, self) => {
    const senders = sendsTo.filter((receivers) => receivers.includes(self)).length;
    return {
      kind,
      setting,
      self,
      sendsTo: sendsTo[self],
      count: sendsTo[self].length > 0 ? count : 0,
      expected: senders * count,
      mostInBatch: 17,
      spins,
    };
  });
}

t.test('every message arrives once, whole and in the order sent', async (t) => {
  const makeSetting = await settingMaker();
  const { openEnd } = await loadEnds();
  for (const exchange of EXCHANGES) {
    await t.test(exchange.name, async (t) => {
      const { kinds, sendsTo, capacity, count } = exchange;
      const setting = makeSetting({ threads: kinds.length, tags: 1, capacity });
      const outcomes = await runThreads<Outcome>(SCRIPT, tasksOf(exchange, setting));
      outcomes.forEach(({ seen, sum }, self) => {
        const senders = sendsTo.filter((receivers) => receivers.includes(self)).length;
        t.strictSame(Object.keys(seen), [...ALLOWED, ...FORBIDDEN]);
        t.equal(seen['inOrder'], senders * count, `rank ${self} has them all`);
        for (const outcome of FORBIDDEN) t.equal(seen[outcome], 0, `rank ${self}: ${outcome}`);
        t.equal(sum, (senders * count * (count - 1)) / 2);
      });
      let parks = 0;
      kinds.forEach((kind, thread) => {
        const { words, control } = openEnd(kind, setting, thread);
        t.equal(words[control + MISSED_WAKES], 0, `thread ${thread} was always called`);
        parks += words[control + PARKS];
      });
      if (exchange.spins === 0) t.ok(parks > 0, 'threads slept, for messages and for room');
    });
  }
});
