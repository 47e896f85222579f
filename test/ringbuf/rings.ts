/** Both implementations of the ring behind one interface, over one memory. */
import { RingConsumer } from '../../src/ringbuf/consumer.js';
import { RingProducer } from '../../src/ringbuf/producer.js';
import {
  DEST,
  PAYLOAD,
  SLOT_WORDS,
  SOURCE,
  ringWords,
  startRingAt,
} from '../../src/ringbuf/ring-layout.js';
import { ControlLayout, HEAP_END } from '../../src/shm/control-layout.js';
import { Carver, WORD_BYTES, type Words } from '../../src/shm/layout.js';
import { compileForTests } from './kernel-module.js';

const PAGE_BYTES = 65_536;

/** Messages that a producer can be given at a time. */
const MOST_MESSAGES = 64;

const KERNEL_RING = `
import { Ring } from './ringbuf/assembly/ring';
import { allocate, openHeap } from './shm/assembly/memory';
export { allocate, openHeap };
export function open(base: usize, capacity: i32): Ring {
  const ring = changetype<Ring>(allocate(offsetof<Ring>()));
  ring.open(base, capacity);
  return ring;
}
export function publish(ring: Ring, from: usize, count: i32, control: usize): bool {
  return ring.publish(from, count, control);
}
export function room(ring: Ring): i32 { return ring.room(); }
export function ready(ring: Ring): i32 { return ring.ready(); }
export function slot(ring: Ring): usize { return ring.slot(ring.position); }
export function advance(ring: Ring, count: i32): void { ring.position += count; }
export function release(ring: Ring): void { ring.release(); }
export function fill(ring: Ring): i32 { return ring.fill(); }
`;

interface KernelRing {
  openHeap(heapEndAddress: number): void;
  allocate(bytes: number): number;
  open(base: number, capacity: number): number;
  publish(ring: number, from: number, count: number, control: number): number;
  room(ring: number): number;
  ready(ring: number): number;
  slot(ring: number): number;
  advance(ring: number, count: number): void;
  release(ring: number): void;
  fill(ring: number): number;
}

/** The sending side; a message is a number here, and each word of its slot follows from it. */
export interface Producer {
  publish(messages: readonly number[]): boolean;
  room(): number;
}

/** The receiving side. */
export interface Consumer {
  ready(): number;
  /** Takes `count` of the messages that are ready; NaN for one whose words do not fit together. */
  take(count: number): number[];
  release(): void;
  fill(): number;
}

/** Which implementation. */
export type Implementation = 'TypeScript' | 'kernel';

export const IMPLEMENTATIONS: readonly Implementation[] = ['TypeScript', 'kernel'];

/** Writes the words of message `value` to the slot at word `at`, all but its stamp. */
export function writeMessage(words: Int32Array, at: number, value: number): void {
  words[at + SOURCE] = value * 3;
  words[at + DEST] = value ^ 0x55;
  for (let word = PAYLOAD; word < SLOT_WORDS; word++) words[at + word] = value + word;
}

function readMessage(words: Int32Array, at: number): number {
  const value = words[at + PAYLOAD] - PAYLOAD;
  const expected = new Int32Array(SLOT_WORDS);
  writeMessage(expected, 0, value);
  for (let word = SOURCE; word < SLOT_WORDS; word++) {
    if (words[at + word] !== expected[word]) return NaN;
  }
  return value;
}

/** Some rings in one memory, with a control block for each of some threads. */
export class RingMemory {
  readonly words: Words;
  readonly base: number;
  /** Offsets of the threads' control blocks. */
  readonly blocks: readonly number[];
  private readonly kernel: KernelRing;

  constructor(
    module: WebAssembly.Module,
    readonly capacity: number,
    startAt = 0,
  ) {
    const carver = new Carver();
    const control = ControlLayout.carve(carver, 4);
    this.blocks = [0, 1, 2, 3].map((thread) => control.threadOffset(thread));
    this.base = carver.reserve(ringWords(capacity));
    const end = carver.totalWords * WORD_BYTES;
    const initial = Math.ceil(end / PAGE_BYTES) + 8;
    const memory = new WebAssembly.Memory({ initial, maximum: 64, shared: true });
    this.words = new Int32Array(memory.buffer);
    this.words[control.offset + HEAP_END] = end;
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    this.kernel = instance.exports as unknown as KernelRing;
    this.kernel.openHeap((control.offset + HEAP_END) * WORD_BYTES);
    startRingAt(this.words, this.base, capacity, startAt);
  }

  /** The ring itself, as it stands in memory. */
  snapshot(): number[] {
    return Array.from(this.words.subarray(this.base, this.base + ringWords(this.capacity)));
  }

  producer(kind: Implementation, thread: number): Producer {
    return kind === 'kernel' ? this.kernelProducer(thread) : this.scriptProducer(thread);
  }

  /** The TypeScript producer as it is, for what only it can do. */
  claimant(thread: number): RingProducer {
    return new RingProducer(this.words, this.base, this.capacity, this.blocks[thread]);
  }

  private scriptProducer(thread: number): Producer {
    const producer = this.claimant(thread);
    const slots = new Int32Array((MOST_MESSAGES + 1) * SLOT_WORDS);
    return {
      publish: (messages) => {
        // From the second slot on: where the messages lie must not matter.
        messages.forEach((value, index) => writeMessage(slots, (index + 1) * SLOT_WORDS, value));
        return producer.publish(slots, SLOT_WORDS, messages.length);
      },
      room: () => producer.room(),
    };
  }

  private kernelProducer(thread: number): Producer {
    const { kernel, words } = this;
    const ring = kernel.open(this.base * WORD_BYTES, this.capacity);
    const from = kernel.allocate(MOST_MESSAGES * SLOT_WORDS * WORD_BYTES);
    return {
      publish: (messages) => {
        messages.forEach((value, index) =>
          writeMessage(words, from / WORD_BYTES + index * SLOT_WORDS, value),
        );
        const control = this.blocks[thread] * WORD_BYTES;
        return kernel.publish(ring, from, messages.length, control) !== 0;
      },
      room: () => kernel.room(ring),
    };
  }

  consumer(kind: Implementation): Consumer {
    return kind === 'kernel' ? this.kernelConsumer() : this.scriptConsumer();
  }

  private scriptConsumer(): Consumer {
    const consumer = new RingConsumer(this.words, this.base, this.capacity);
    return {
      ready: () => consumer.ready(),
      take: (count) => {
        const values = this.readFrom(consumer.slot(), count);
        consumer.advance(count);
        return values;
      },
      release: () => consumer.release(),
      fill: () => consumer.fill,
    };
  }

  private kernelConsumer(): Consumer {
    const { kernel } = this;
    const ring = kernel.open(this.base * WORD_BYTES, this.capacity);
    return {
      ready: () => kernel.ready(ring),
      take: (count) => {
        const values = this.readFrom(kernel.slot(ring) / WORD_BYTES, count);
        kernel.advance(ring, count);
        return values;
      },
      release: () => kernel.release(ring),
      fill: () => kernel.fill(ring),
    };
  }

  private readFrom(slot: number, count: number): number[] {
    return Array.from({ length: count }, (_, index) =>
      readMessage(this.words, slot + index * SLOT_WORDS),
    );
  }
}

/** Compiles the kernel's ring; once a test file. */
export function compileRing(): Promise<WebAssembly.Module> {
  return compileForTests(KERNEL_RING);
}
