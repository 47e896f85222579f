import fc from 'fast-check';
import t, { type Test } from 'tap';

import { carveChannels } from '../../src/ringbuf/channels.js';
import { ringWords } from '../../src/ringbuf/ring-layout.js';
import { Carver } from '../../src/shm/layout.js';
import {
  type Consumer,
  IMPLEMENTATIONS,
  type Implementation,
  RingMemory,
  compileRing,
  writeMessage,
} from './rings.js';

/** Positions from which a ring of eight slots passes a place where numbers wrap. */
const STARTS = [0, 2 ** 31 - 5, 2 ** 31 - 8, 2 ** 31, 2 ** 32 - 5, 2 ** 32 - 16];

function numbers(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** Takes everything that is ready, in as many parts as it comes. */
function takeAll(consumer: Consumer): number[] {
  const taken: number[] = [];
  for (let count = consumer.ready(); count > 0; count = consumer.ready()) {
    taken.push(...consumer.take(count));
  }
  return taken;
}

t.test('refuses a capacity that is no power of two', (t) => {
  for (const capacity of [0, 1, 3, 6, 100, -8, NaN]) {
    t.throws(() => ringWords(capacity), { code: 'ERR_BTSHM_ASSERTION' }, `capacity ${capacity}`);
  }
  t.equal(ringWords(2), 96, 'two lines of indices and one of slots');
  t.equal(ringWords(64), 64 + 64 * 8);
  t.end();
});

t.test('the rings of all threads and tags share no word', (t) => {
  const carver = new Carver();
  const before = carver.totalWords;
  const layout = carveChannels(carver, 3, 5, (thread, tag) => 2 ** (1 + thread + tag));
  let freeFrom = before;
  for (let thread = 0; thread < 3; thread++) {
    for (let tag = 0; tag < 5; tag++) {
      const index = thread * 5 + tag;
      t.equal(layout.capacities[index], 2 ** (1 + thread + tag));
      t.ok(layout.bases[index] >= freeFrom, `ring ${index} begins after the one before`);
      freeFrom = layout.bases[index] + ringWords(layout.capacities[index]);
    }
  }
  t.ok(freeFrom <= carver.totalWords);
  t.equal(layout.totalWords, carver.totalWords - before);
  t.end();
});

t.test('rings', async (t) => {
  const module = await compileRing();
  for (const sending of IMPLEMENTATIONS) {
    for (const receiving of IMPLEMENTATIONS) {
      t.test(`from ${sending} to ${receiving}`, (t) => {
        checkPair(t, module, sending, receiving);
        t.end();
      });
    }
  }
  checkAlike(t, module);
  for (const receiving of IMPLEMENTATIONS) checkClaims(t, module, receiving);
  for (const receiving of IMPLEMENTATIONS) checkModel(t, module, receiving);
});

function checkPair(
  t: Test,
  module: WebAssembly.Module,
  sending: Implementation,
  receiving: Implementation,
): void {
  /** A ring with its two ends, for each position to start from. */
  const ends = STARTS.map((startAt) => {
    const memory = new RingMemory(module, 8, startAt);
    const producer = memory.producer(sending, 0);
    const consumer = memory.consumer(receiving);
    return { startAt, producer, consumer };
  });

  t.test('an empty ring has nothing to read', (t) => {
    for (const { producer, consumer } of ends) {
      t.equal(consumer.ready(), 0);
      t.equal(consumer.fill(), 0);
      t.equal(producer.room(), 8);
    }
    t.end();
  });

  t.test('refuses a batch when the ring is full, and leaves no trace of it', (t) => {
    for (const { startAt, producer, consumer } of ends) {
      t.equal(producer.publish(numbers(0, 9)), false, `larger than the ring, from ${startAt}`);
      t.equal(producer.publish(numbers(0, 5)), true);
      t.equal(producer.publish(numbers(5, 4)), false, 'one too many');
      t.equal(producer.room(), 3);
      t.equal(producer.publish(numbers(5, 3)), true, 'the last three');
      t.equal(producer.publish([8]), false);
      t.equal(producer.room(), 0);
      t.equal(consumer.fill(), 8);
      t.strictSame(takeAll(consumer), numbers(0, 8));
    }
    t.end();
  });

  t.test('what was read makes room only once it is released', (t) => {
    for (const { startAt, producer, consumer } of ends) {
      t.equal(producer.publish([8]), false, `not yet, from ${startAt}`);
      t.equal(producer.room(), 0);
      consumer.release();
      t.equal(producer.publish(numbers(8, 8)), true);
      t.strictSame(takeAll(consumer), numbers(8, 8));
      consumer.release();
    }
    t.end();
  });

  t.test("batches are read in turn, across the ring's end in two parts", (t) => {
    for (const { startAt, producer, consumer } of ends) {
      let untilEnd = 8 - (startAt % 8);
      for (let lap = 0; lap < 10; lap++) {
        const batch = numbers(lap * 5, 5);
        t.equal(producer.publish(batch), true);
        const parts: number[][] = [];
        for (let count = consumer.ready(); count > 0; count = consumer.ready()) {
          parts.push(consumer.take(count));
        }
        const wraps = untilEnd < 5;
        t.strictSame(parts, wraps ? [batch.slice(0, untilEnd), batch.slice(untilEnd)] : [batch]);
        untilEnd = ((untilEnd + 2) % 8) + 1;
        consumer.release();
      }
    }
    t.end();
  });

  t.test('a batch may be read in parts', (t) => {
    for (const { startAt, producer, consumer } of ends) {
      // 16 and 50 slots on from where this ring has started.
      const position = (startAt + 66) % 8;
      producer.publish(numbers(0, 3));
      const first = consumer.take(1);
      t.equal(consumer.ready(), Math.min(2, 8 - ((position + 1) % 8)));
      t.strictSame([...first, ...takeAll(consumer)], numbers(0, 3));
    }
    t.end();
  });
}

/** The same messages in the same order leave the same words behind, whoever sends them. */
function checkAlike(t: Test, module: WebAssembly.Module): void {
  t.test('publish in both implementations and claim with commit leave the same memory', (t) => {
    const batches = [3, 8, 1, 5, 4, 7, 2];
    for (const startAt of STARTS) {
      const memories = [0, 1, 2].map(() => new RingMemory(module, 8, startAt));
      const [script, kernel, claiming] = memories;
      const publishers = [script.producer('TypeScript', 1), kernel.producer('kernel', 1)];
      const claimant = claiming.claimant(1);
      const consumers = memories.map((memory) => memory.consumer('TypeScript'));
      let next = 0;
      for (const count of batches) {
        const batch = numbers(next, count);
        next += count;
        for (const publisher of publishers) publisher.publish(batch);
        t.ok(claimant.claim(count));
        batch.forEach((value, index) => writeMessage(claiming.words, claimant.slot(index), value));
        claimant.commit();
        t.strictSame(kernel.snapshot(), script.snapshot());
        t.strictSame(claiming.snapshot(), script.snapshot());
        const controls = memories.map(({ words, blocks }) =>
          Array.from(words.subarray(blocks[0], blocks[2])),
        );
        t.strictSame(controls[1], controls[0], 'the claim is noted alike');
        t.strictSame(controls[2], controls[0]);
        for (const consumer of consumers) {
          t.strictSame(takeAll(consumer), batch);
          consumer.release();
        }
      }
    }
    t.end();
  });
}

function checkClaims(t: Test, module: WebAssembly.Module, receiving: Implementation): void {
  t.test(`a batch becomes visible to ${receiving} as a whole when it is committed`, (t) => {
    for (const startAt of STARTS) {
      const memory = new RingMemory(module, 8, startAt);
      const producer = memory.claimant(0);
      const consumer = memory.consumer(receiving);
      t.ok(producer.claim(4));
      for (const index of [3, 1, 0, 2]) {
        t.equal(consumer.ready(), 0, 'nothing is to be read before the commit');
        writeMessage(memory.words, producer.slot(index), index);
      }
      t.equal(consumer.ready(), 0);
      t.equal(consumer.fill(), 4, 'yet the slots are taken');
      producer.commit();
      t.equal(consumer.ready(), Math.min(4, 8 - (startAt % 8)), 'as far as the end of the ring');
      t.strictSame(takeAll(consumer), numbers(0, 4));
    }
    t.end();
  });

  t.test(`${receiving} reads nothing beyond a claim that is not committed`, (t) => {
    for (const later of IMPLEMENTATIONS) {
      const memory = new RingMemory(module, 8, 2 ** 32 - 3);
      const consumer = memory.consumer(receiving);
      const slow = memory.claimant(0);
      memory.producer(later, 1).publish([0]);
      t.ok(slow.claim(2));
      t.ok(memory.producer(later, 1).publish([3, 4]), 'another producer is not held up');
      t.strictSame(takeAll(consumer), [0]);
      [1, 2].forEach((value, index) => writeMessage(memory.words, slow.slot(index), value));
      slow.commit();
      t.strictSame(takeAll(consumer), [1, 2, 3, 4], 'in the order of the claims');
    }
    t.end();
  });
}

/** What may be done to a ring; sizes are taken modulo what is possible. */
const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('TypeScript' as const, 'kernel' as const),
    count: fc.integer({ min: 1, max: 18 }),
  }),
  fc.record({ kind: fc.constant('claim' as const), count: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('commit' as const), count: fc.nat(5) }),
  fc.record({ kind: fc.constant('take' as const), count: fc.nat(20) }),
  fc.record({ kind: fc.constant('release' as const), count: fc.constant(0) }),
);

interface Batch {
  readonly values: readonly number[];
  isCommitted: boolean;
}

/** A ring beside the queue that it should be; every step compares the two. */
class Model {
  private readonly memory: RingMemory;
  private readonly consumer: Consumer;
  private readonly publishers;
  private readonly open: { claimant: ReturnType<RingMemory['claimant']>; batch: Batch }[] = [];
  /** Claimed and not read to the end; the first one from `taken` on. */
  private readonly batches: Batch[] = [];
  private taken = 0;
  private position: number;
  private unreleased = 0;
  private next = 0;

  constructor(
    module: WebAssembly.Module,
    receiving: Implementation,
    private readonly capacity: number,
    startAt: number,
  ) {
    this.memory = new RingMemory(module, capacity, startAt);
    this.consumer = this.memory.consumer(receiving);
    this.publishers = {
      TypeScript: this.memory.producer('TypeScript', 0),
      kernel: this.memory.producer('kernel', 1),
    };
    this.position = startAt % capacity;
  }

  private get unread(): number {
    return this.batches.reduce((sum, { values }) => sum + values.length, 0) - this.taken;
  }

  private get room(): number {
    return this.capacity - this.unread - this.unreleased;
  }

  apply(kind: Implementation | 'claim' | 'commit' | 'take' | 'release', count: number): boolean {
    switch (kind) {
      case 'TypeScript':
      case 'kernel':
        return this.publish(kind, count);
      case 'claim':
        return this.claim(count);
      case 'commit':
        return this.commit(count);
      case 'take':
        return this.take(count);
      case 'release':
        this.consumer.release();
        this.unreleased = 0;
        return true;
    }
  }

  private publish(kind: Implementation, count: number): boolean {
    const fits = count <= this.room;
    const values = numbers(this.next, count);
    if (this.publishers[kind].publish(values) !== fits) return false;
    if (fits) this.batches.push({ values, isCommitted: true });
    if (fits) this.next += count;
    return this.publishers[kind].room() === this.room;
  }

  private claim(count: number): boolean {
    const fits = count <= this.room;
    const claimant = this.memory.claimant(2);
    if (claimant.claim(count) !== fits) return false;
    if (!fits) return true;
    const batch = { values: numbers(this.next, count), isCommitted: false };
    this.next += count;
    this.batches.push(batch);
    this.open.push({ claimant, batch });
    return true;
  }

  private commit(which: number): boolean {
    if (this.open.length === 0) return true;
    const [{ claimant, batch }] = this.open.splice(which % this.open.length, 1);
    batch.values.forEach((value, index) =>
      writeMessage(this.memory.words, claimant.slot(index), value),
    );
    claimant.commit();
    batch.isCommitted = true;
    return true;
  }

  /** Messages that the consumer must find ready: a batch, or its part up to the ring's end. */
  private expectedReady(): number {
    const batch = this.batches.at(0);
    if (batch?.isCommitted !== true) return 0;
    return Math.min(batch.values.length - this.taken, this.capacity - this.position);
  }

  private take(most: number): boolean {
    const ready = this.consumer.ready();
    if (ready !== this.expectedReady() || this.consumer.fill() !== this.unread) return false;
    const count = Math.min(most, ready);
    const found = this.consumer.take(count);
    const expected = count === 0 ? [] : this.batches[0].values.slice(this.taken);
    if (!found.every((value, index) => value === expected[index])) return false;
    this.taken += count;
    this.position = (this.position + count) % this.capacity;
    this.unreleased += count;
    if (this.batches.at(0)?.values.length === this.taken) {
      this.batches.shift();
      this.taken = 0;
    }
    return true;
  }

  /** Commits and takes what is left. */
  drain(): boolean {
    while (this.open.length > 0) this.commit(0);
    while (this.unread > 0) {
      const before = this.unread;
      if (!this.take(this.capacity) || this.unread === before) return false;
    }
    return this.consumer.ready() === 0;
  }
}

function checkModel(t: Test, module: WebAssembly.Module, receiving: Implementation): void {
  t.test(`to ${receiving}, a ring is a queue whatever is done to it in whatever order`, (t) => {
    const isQueue = fc.property(
      fc.constantFrom(2, 4, 16),
      fc.constantFrom(0, 2 ** 31, 2 ** 32),
      fc.nat(20),
      fc.array(step, { maxLength: 120, size: 'max' }),
      (capacity, wrap, before, steps) => {
        const startAt = Math.max(0, wrap - before);
        const model = new Model(module, receiving, capacity, startAt);
        return steps.every(({ kind, count }) => model.apply(kind, count)) && model.drain();
      },
    );
    t.doesNotThrow(() => fc.assert(isQueue, { numRuns: 1000 }));
    t.end();
  });
}
