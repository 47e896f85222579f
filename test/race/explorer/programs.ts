/** Small programs over the shipped rings, endpoints and parking, for exploration. */
import {
  DEST,
  NOBODY,
  PAYLOAD,
  SLOTS,
  SLOT_SHIFT,
  SLOT_WORDS,
  SOURCE,
  ringWords,
} from '../../../src/ringbuf/ring-layout.js';
import { carveChannels } from '../../../src/ringbuf/channels.js';
import { ControlLayout, PERMITS_TAKEN } from '../../../src/shm/control-layout.js';
import { Carver, WORD_BYTES } from '../../../src/shm/layout.js';
import { PAUSE, type Run } from './explore.js';
import { Machine, type Program, Violation, allocateOwn } from './machine.js';
import { type Alterations, type Stepped, ThreadSources, readWord } from './sources.js';

/** Stands for the slab in the code that is explored: every access to it goes to the machine. */
const WORDS = {};

interface ProducerShape {
  publish: Stepped<boolean>;
}

interface ConsumerShape {
  ready: Stepped<number>;
  slot: Stepped<number>;
  advance: Stepped<void>;
  release: Stepped<void>;
}

interface RingModules {
  readonly 'ringbuf/producer': {
    RingProducer: new (...args: unknown[]) => ProducerShape;
    voidAbandonedClaim: Stepped<string>;
  };
  readonly 'ringbuf/consumer': { RingConsumer: new (...args: unknown[]) => ConsumerShape };
  readonly 'shm/parking': { park: Stepped<void>; wake: Stepped<boolean> };
}

/** A call of explored code: its arguments have the types of the shipped source. */
function call<Result>(method: Stepped<Result>, self: unknown, ...args: unknown[]) {
  return method.apply(self, args as never[]);
}

/** A message; its words follow from its source and number. */
interface Message {
  readonly source: number;
  readonly number: number;
}

function payloadOf({ source, number }: Message, index: number): number {
  return 1000 * source + 10 * number + index;
}

/** Messages as they came, and whether that is how they had to come. */
class Received {
  readonly messages: Message[] = [];

  /** Takes a message apart that was read word by word. */
  add(source: number, payload: readonly number[]): void {
    const number = Math.floor((payload[0] - 1000 * source) / 10);
    const message = { source, number };
    if (payload.some((value, index) => value !== payloadOf(message, index))) {
      throw new Violation(`a message of ${source} is torn: ${payload.join()}`);
    }
    this.messages.push(message);
  }

  of(source: number): number[] {
    return this.messages.filter((message) => message.source === source).map(({ number }) => number);
  }

  /** Throws unless there came just those of 0 to `count` - 1, in order. */
  expect(source: number, count: number): void {
    const expected = Array.from({ length: count }, (_, number) => number).join();
    const found = this.of(source).join();
    if (found !== expected) throw new Violation(`of ${source} came ${found}, not ${expected}`);
  }
}

/** What the producers of a ring do. */
export interface RingProgram {
  readonly capacity: number;
  /** For each producer the sizes of the batches that it publishes. */
  readonly batches: readonly (readonly number[])[];
  /** The first producer stops for good after so many accesses. */
  readonly stopAfter?: number;
}

/** Producers publish to one ring; its consumer sleeps whenever it finds nothing. */
export function ringRun(
  { capacity, batches, stopAfter }: RingProgram,
  alterations: Alterations = {},
): Run {
  const threads = batches.length + 1;
  const consumerThread = batches.length;
  const carver = new Carver();
  const control = ControlLayout.carve(carver, threads);
  const base = carver.reserve(ringWords(capacity));
  const slots = base + SLOTS;
  const machine = new Machine(carver.totalWords, threads, (word) => {
    return word >= slots && word < slots + capacity * SLOT_WORDS;
  });
  const controlOf = (thread: number): number => control.threadOffset(thread);
  const received = new Received();
  const counts = batches.map((sizes) => sizes.reduce((sum, size) => sum + size, 0));
  const modules = batches.concat([[]]).map(() => new ThreadSources(alterations));
  const module = <Name extends keyof RingModules>(thread: number, name: Name): RingModules[Name] =>
    modules[thread].module(name) as unknown as RingModules[Name];

  function* produce(thread: number): Program {
    const { RingProducer } = module(thread, 'ringbuf/producer');
    const { wake } = module(thread, 'shm/parking');
    const producer = new RingProducer(WORDS, base, capacity, controlOf(thread));
    let number = 0;
    for (const size of batches[thread]) {
      const batch = batchOf(thread, number, size);
      while (!(yield* call(producer.publish, producer, batch, 0, size))) yield PAUSE;
      yield* call(wake, undefined, WORDS, controlOf(consumerThread), controlOf(thread));
      number += size;
    }
  }

  function* consume(): Program {
    const { RingConsumer } = module(consumerThread, 'ringbuf/consumer');
    const { park } = module(consumerThread, 'shm/parking');
    const { voidAbandonedClaim } = module(consumerThread, 'ringbuf/producer');
    const consumer = new RingConsumer(WORDS, base, capacity);
    const hasWork = function* () {
      return (yield* call(consumer.ready, consumer)) > 0;
    };
    let verdict = 'undecided';
    const isOver = (): boolean => {
      const [first, ...others] = counts.map((count, source) => received.of(source).length >= count);
      const isFirstOver = first || (machine.hasStopped(0) && verdict !== 'undecided');
      return isFirstOver && others.every(Boolean);
    };
    for (;;) {
      // Who died may have left slots that were published before it did.
      const count = yield* call(consumer.ready, consumer);
      if (count > 0) {
        yield* readSlots(consumer, count, received);
        yield* call(consumer.release, consumer);
      } else if (isOver()) {
        return;
      } else if (machine.hasStopped(0) && verdict === 'undecided') {
        const living = batches.map((_, thread) => controlOf(thread)).slice(1);
        verdict = yield* call(
          voidAbandonedClaim,
          undefined,
          ...[WORDS, controlOf(0), living, () => capacity],
        );
        if (verdict === 'undecided') yield PAUSE;
      } else if (stopAfter !== undefined) {
        yield PAUSE;
      } else {
        yield* call(park, undefined, WORDS, controlOf(consumerThread), { hasWork }, Infinity);
      }
    }
  }

  return {
    machine,
    programs: [...batches.map((_, thread) => produce(thread)), consume()],
    ...(stopAfter !== undefined && { stop: { thread: 0, after: stopAfter } }),
    check: () => {
      counts.forEach((count, source) => {
        if (source > 0 || stopAfter === undefined) received.expect(source, count);
      });
      if (!machine.hasStopped(0)) return;
      // Batches come whole or not at all, and none after one that did not.
      const [came] = counts.map((_, source) => received.of(source).length);
      received.expect(0, came);
      const sums = batches[0].reduce<number[]>(
        (all, size) => [...all, (all.at(-1) ?? 0) + size],
        [0],
      );
      if (!sums.includes(came)) throw new Violation(`${came} messages are no whole batches`);
    },
  };
}

function batchOf(source: number, first: number, size: number): Int32Array {
  const words = new Int32Array(size * SLOT_WORDS);
  for (let index = 0; index < size; index++) {
    const at = index * SLOT_WORDS;
    words[at + SOURCE] = source;
    words[at + DEST] = 0;
    for (let word = 0; PAYLOAD + word < SLOT_WORDS; word++) {
      words[at + PAYLOAD + word] = payloadOf({ source, number: first + index }, word);
    }
  }
  return words;
}

/** Reads messages that lie one after the other, as whoever asked `ready` may. */
function* readSlots(consumer: ConsumerShape, count: number, received: Received): Program {
  const first = yield* call(consumer.slot, consumer);
  for (let index = 0; index < count; index++) {
    yield* readSlot((first + index * SLOT_WORDS) * WORD_BYTES, received);
  }
  yield* call(consumer.advance, consumer, count);
}

function* readSlot(address: number, received: Received): Program {
  const dest = yield* readWord(address + DEST * WORD_BYTES);
  if (dest === NOBODY) return;
  const source = yield* readWord(address + SOURCE * WORD_BYTES);
  const payload: number[] = [];
  for (let word = PAYLOAD; word < SLOT_WORDS; word++) {
    payload.push(yield* readWord(address + word * WORD_BYTES));
  }
  received.add(source, payload);
}

interface RingShape {
  position: number;
  ready: Stepped<number>;
  slot: Stepped<number>;
}

/** The kernel's endpoint. */
interface EndpointModule {
  openEndpoint: Stepped<void>;
  send: Stepped<void>;
  flush: Stepped<void>;
  wakeReceivers: Stepped<void>;
  inboxRing: Stepped<RingShape>;
  releaseSome: Stepped<void>;
  releaseAll: Stepped<void>;
  hasWork: Stepped<boolean>;
  isBlocked: Stepped<boolean>;
  limitAwake: Stepped<void>;
}

/** Its sleep. */
interface KernelParking {
  park: Stepped<void>;
}

interface KernelPermits {
  leavePermit: Stepped<void>;
}

/** Who sends how many messages to whom, by tag. */
export interface EndpointProgram {
  readonly capacity: number;
  /** Threads that may be awake at a time, where that is limited. */
  readonly permits?: number;
  readonly threads: number;
  readonly tags: number;
  readonly sends: readonly {
    readonly from: number;
    readonly to: number;
    readonly tag: number;
    readonly count: number;
  }[];
}

/**
 * Threads with an endpoint each, a rank a thread, that take their turns as a host does: receive,
 * send, wake, and sleep where there is nothing to do.
 */
export function endpointRun(program: EndpointProgram, alterations: Alterations = {}): Run {
  const { capacity, threads, tags, sends, permits = 0 } = program;
  const carver = new Carver();
  const control = ControlLayout.carve(carver, threads);
  const channels = carveChannels(carver, threads, tags, () => capacity);
  const ringSlots = [...channels.bases].map((base) => base + SLOTS);
  const machine = new Machine(carver.totalWords, threads, (word) =>
    ringSlots.some((first) => word >= first && word < first + (capacity << SLOT_SHIFT)),
  );
  const received = Array.from({ length: threads * tags }, () => new Received());
  const byThread = Array.from({ length: threads }, () => new ThreadSources(alterations));
  const endpoints = byThread.map((sources, thread) => {
    const endpoint = sources.module('comm/assembly/endpoint') as unknown as EndpointModule;
    machine.enter(thread);
    const list = (values: ArrayLike<number>): number => {
      const address = allocateOwn(values.length * WORD_BYTES);
      Array.from(values).forEach((value, index) => {
        machine.own.store(address + index * WORD_BYTES, value);
      });
      return address;
    };
    const opening = call(
      endpoint.openEndpoint,
      undefined,
      ...[thread, threads, tags, list(channels.bases), list(channels.capacities)],
      list(Array.from({ length: threads }, (_, rank) => rank)),
      ...[control.threadOffset(0) * WORD_BYTES, control.threadWords * WORD_BYTES],
    );
    while (opening.next().done !== true);
    const takenAddress = (control.offset + PERMITS_TAKEN) * WORD_BYTES;
    const limiting = call(endpoint.limitAwake, undefined, permits, takenAddress);
    while (limiting.next().done !== true);
    return endpoint;
  });

  function* host(thread: number): Program {
    const endpoint = endpoints[thread];
    const { park } = byThread[thread].module('shm/assembly/parking') as unknown as KernelParking;
    const { leavePermit } = byThread[thread].module(
      'shm/assembly/permits',
    ) as unknown as KernelPermits;
    const own = control.threadOffset(thread) * WORD_BYTES;
    const hasWork = () => call(endpoint.hasWork, undefined);
    for (const { from, to, tag, count } of sends) {
      if (from !== thread) continue;
      for (let number = 0; number < count; number++) {
        const payload = [0, 1, 2, 3, 4].map((word) => payloadOf({ source: from, number }, word));
        yield* call(endpoint.send, undefined, tag, from, to, ...payload);
      }
    }
    for (;;) {
      for (let tag = 0; tag < tags; tag++) yield* receive(thread, tag);
      yield* call(endpoint.flush, undefined);
      yield* call(endpoint.wakeReceivers, undefined);
      if (yield* isDone(thread)) break;
      if (yield* hasWork()) continue;
      yield* call(endpoint.releaseAll, undefined);
      yield* call(endpoint.wakeReceivers, undefined);
      yield* call(park, undefined, own, hasWork, Infinity);
    }
    yield* call(endpoint.releaseAll, undefined);
    yield* call(endpoint.wakeReceivers, undefined);
    yield* call(leavePermit, undefined, own);
  }

  function* receive(thread: number, tag: number): Program {
    const endpoint = endpoints[thread];
    const ring = yield* call(endpoint.inboxRing, undefined, tag);
    for (;;) {
      const count = yield* call(ring.ready, ring);
      if (count <= 0) return;
      const first = yield* call(ring.slot, ring, ring.position);
      for (let index = 0; index < count; index++) {
        const slot = first + index * SLOT_WORDS * WORD_BYTES;
        yield* readSlot(slot, received[thread * tags + tag]);
      }
      ring.position += count;
      yield* call(endpoint.releaseSome, undefined, ring);
    }
  }

  function* isDone(thread: number) {
    for (let tag = 0; tag < tags; tag++) {
      if (yield* call(endpoints[thread].isBlocked, undefined, tag)) return false;
    }
    return sends.every(({ from, to, tag, count }) => {
      return to !== thread || received[to * tags + tag].of(from).length >= count;
    });
  }

  return {
    machine,
    programs: byThread.map((_, thread) => host(thread)),
    check: () => {
      for (const { from, to, tag, count } of sends) received[to * tags + tag].expect(from, count);
      const taken = machine.peek(control.offset + PERMITS_TAKEN);
      if (taken !== 0) throw new Violation(`permits taken at the end: ${taken}`);
    },
  };
}
