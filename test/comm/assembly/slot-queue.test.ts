import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { compileForTests, instantiateForTests } from '../../ringbuf/kernel-module.js';

const QUEUES = `
import { SlotQueue, openQueues } from './comm/assembly/slot-queue';
import { allocate, openHeap } from './shm/assembly/memory';
export { openHeap, openQueues };
export function open(): SlotQueue { return changetype<SlotQueue>(allocate(offsetof<SlotQueue>())); }
export function append(queue: SlotQueue): usize { return queue.append(); }
export function head(queue: SlotQueue): usize { return queue.head; }
export function count(queue: SlotQueue): i32 { return queue.count; }
export function run(queue: SlotQueue): i32 { return queue.run(); }
export function drop(queue: SlotQueue, count: i32): void { queue.drop(count); }
export function clear(queue: SlotQueue): void { queue.clear(); }
export function takeFrom(queue: SlotQueue, other: SlotQueue): void { queue.takeFrom(other); }
`;

interface Queues {
  openQueues(queues: number): void;
  open(): number;
  append(queue: number): number;
  head(queue: number): number;
  count(queue: number): number;
  run(queue: number): number;
  drop(queue: number, count: number): void;
  clear(queue: number): void;
  takeFrom(queue: number, other: number): void;
}

const SLOT_WORDS = 8;
const QUEUE_COUNT = 3;

type Step =
  | { readonly do: 'append'; readonly queue: number; readonly count: number }
  | { readonly do: 'drop'; readonly queue: number; readonly part: number }
  | { readonly do: 'clear'; readonly queue: number }
  | { readonly do: 'takeFrom'; readonly queue: number; readonly other: number };

const queue = fc.nat(QUEUE_COUNT - 1);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append'), queue, count: fc.nat(150) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('drop'),
      queue,
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  fc.record({ do: fc.constant('clear'), queue }),
  fc.record({ do: fc.constant('takeFrom'), queue, other: queue }),
);

/** A queue with the list that it is to be equal to. Message `n` is a slot of eight words `n`. */
class Checked {
  readonly list: number[] = [];
  readonly address: number;

  constructor(
    private readonly kernel: Queues,
    private readonly memory: WebAssembly.Memory,
  ) {
    this.address = kernel.open();
  }

  append(message: number): void {
    const slot = this.kernel.append(this.address) >> 2;
    this.words().fill(message, slot, slot + SLOT_WORDS);
    this.list.push(message);
  }

  /** Reads the messages that lie side by side, and drops a part of them. */
  drop(part: number): void {
    const run = this.kernel.run(this.address);
    assert.ok(run > 0, 'where there are messages, one can be read');
    const first = this.kernel.head(this.address) >> 2;
    const read = [...this.words().subarray(first, first + run * SLOT_WORDS)];
    const expected = this.list.slice(0, run).flatMap((n) => new Array<number>(SLOT_WORDS).fill(n));
    assert.deepEqual(read, expected);
    const count = Math.ceil(run * part);
    this.kernel.drop(this.address, count);
    this.list.splice(0, count);
  }

  clear(): void {
    this.kernel.clear(this.address);
    this.list.length = 0;
  }

  takeFrom(other: Checked): void {
    this.kernel.takeFrom(this.address, other.address);
    this.list.push(...other.list.splice(0));
  }

  expectCount(): void {
    assert.equal(this.kernel.count(this.address), this.list.length);
  }

  private words(): Int32Array {
    return new Int32Array(this.memory.buffer);
  }
}

function apply(step: Step, queues: readonly Checked[], number: () => number): void {
  const own = queues[step.queue];
  switch (step.do) {
    case 'append':
      for (let count = 0; count < step.count; count++) own.append(number());
      break;
    case 'drop':
      if (own.list.length > 0) own.drop(step.part);
      break;
    case 'clear':
      own.clear();
      break;
    case 'takeFrom':
      if (own.list.length === 0 && step.other !== step.queue) own.takeFrom(queues[step.other]);
      break;
  }
}

t.test('queues of messages', async (t) => {
  const module = await compileForTests(QUEUES);

  t.test('share their blocks and are lists that do not touch each other', (t) => {
    const property = fc.property(
      fc.constantFrom(1, 1000, 10_000),
      fc.array(steps, { maxLength: 60 }),
      (queuesOfThread, script) => {
        const { exports, memory } = instantiateForTests(module);
        const kernel = exports as typeof exports & Queues;
        kernel.openQueues(queuesOfThread);
        const queues = Array.from({ length: QUEUE_COUNT }, () => new Checked(kernel, memory));
        let last = 0;
        for (const step of script) {
          apply(step, queues, () => ++last);
          for (const queue of queues) queue.expectCount();
        }
        for (const queue of queues) {
          while (queue.list.length > 0) queue.drop(1);
          queue.expectCount();
        }
      },
    );
    t.doesNotThrow(() => fc.assert(property, { numRuns: 100 }));
    t.end();
  });

  t.test('take no more memory however many messages have passed', (t) => {
    const { exports, memory } = instantiateForTests(module);
    const kernel = exports as typeof exports & Queues;
    const queues = Array.from({ length: QUEUE_COUNT }, () => new Checked(kernel, memory));
    const pass = (): void => {
      for (const queue of queues) {
        for (let message = 0; message < 200; message++) queue.append(message);
        queue.drop(0.5);
        queue.clear();
      }
    };
    pass();
    const heapEnd = new Int32Array(memory.buffer)[0];
    for (let round = 0; round < 1000; round++) pass();
    t.equal(new Int32Array(memory.buffer)[0], heapEnd);
    t.end();
  });
});
