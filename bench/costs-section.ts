/**
 * Section "costs": what single steps cost on one thread. Steps of a few nanoseconds are measured a
 * thousand at a time.
 */
import type { Bench as BenchClass } from 'tinybench' with { 'resolution-mode': 'import' };
import { RingConsumer } from '../src/ringbuf/consumer.js';
import { RingProducer } from '../src/ringbuf/producer.js';
import { PAYLOAD, SLOT_SHIFT, ringWords } from '../src/ringbuf/ring-layout.js';
import { Board, carveBoard } from '../src/shm/board.js';
import { ControlLayout } from '../src/shm/control-layout.js';
import { Carver, ISOLATION_WORDS, WORD_BYTES, type Words } from '../src/shm/layout.js';
import { hashReceived } from '../src/swarm/payload.js';
import type { Measurement } from './report.js';
import { type BenchContext, type Section, sampled } from './section.js';

/** A step, done `count` times by a call; the result is of no meaning and keeps it alive. */
interface Cost {
  readonly name: string;
  readonly count: number;
  readonly run: () => number;
}

const STEPS = 1000;
const BATCH = 64;
const CAPACITY = 1024;
const SEGMENT_BYTES = 16 * 1024;
/** 16 MiB: more than a core's own caches hold, as in a swarm. */
const SEGMENTS = 1024;
const NS_A_MS = 1e6;

/** Single costs. */
export const costsSection: Section = {
  name: 'costs',
  title: 'costs: one thread',
  run: async ({ quick, progress }: BenchContext): Promise<Measurement[]> => {
    const { Bench } = await import('tinybench');
    const measurements: Measurement[] = [];
    for (const cost of [...atomicCosts(), ...ringCosts(), ...boardCosts(), ...byteCosts()]) {
      progress.show(`costs: ${cost.name}`);
      measurements.push(
        await sampled({ name: cost.name, unit: 'ns' }, () => samplesOf(Bench, cost, quick)),
      );
    }
    return measurements;
  },
};

/** Each sample is the median of one run of tinybench. */
async function samplesOf(
  Bench: typeof BenchClass,
  { name, count, run }: Cost,
  quick: boolean,
): Promise<number[]> {
  const samples: number[] = [];
  for (let repetition = 0; repetition < (quick ? 2 : 5); repetition++) {
    const bench = new Bench({
      time: quick ? 40 : 60,
      warmupTime: repetition === 0 ? 40 : 5,
      throws: true,
    });
    bench.add(name, run);
    const [{ result }] = await bench.run();
    if (!('latency' in result)) throw new Error(`${name}: state=${result.state}`);
    samples.push((result.latency.p50 * NS_A_MS) / count);
  }
  return samples;
}

/** Each has a loop of its own: through a common one, the call would cost as much as the step. */
function atomicCosts(): Cost[] {
  const words: Words = new Int32Array(new SharedArrayBuffer(ISOLATION_WORDS * WORD_BYTES));
  const load = (): number => {
    let sum = 0;
    for (let step = 0; step < STEPS; step++) sum = (sum + Atomics.load(words, 0)) | 0;
    return sum;
  };
  const store = (): number => {
    for (let step = 0; step < STEPS; step++) Atomics.store(words, 0, step);
    return words[0];
  };
  const add = (): number => {
    for (let step = 0; step < STEPS; step++) Atomics.add(words, 0, 1);
    return words[0];
  };
  const exchange = (): number => {
    Atomics.store(words, 0, 0);
    for (let step = 0; step < STEPS; step++) Atomics.compareExchange(words, 0, step, step + 1);
    return words[0];
  };
  const notify = (): number => {
    let woken = 0;
    for (let step = 0; step < STEPS; step++) woken += Atomics.notify(words, 0, 1);
    return woken;
  };
  return [
    { name: 'Atomics.load', count: STEPS, run: load },
    { name: 'Atomics.store', count: STEPS, run: store },
    { name: 'Atomics.add', count: STEPS, run: add },
    { name: 'Atomics.compareExchange', count: STEPS, run: exchange },
    { name: 'Atomics.notify, nobody waiting', count: STEPS, run: notify },
  ];
}

function ringCosts(): Cost[] {
  return [BATCH, 1].map((batch) => {
    const carver = new Carver();
    const control = ControlLayout.carve(carver, 1);
    const base = carver.reserve(ringWords(CAPACITY));
    const words: Words = new Int32Array(new SharedArrayBuffer(carver.totalWords * WORD_BYTES));
    const producer = new RingProducer(words, base, CAPACITY, control.threadOffset(0));
    const consumer = new RingConsumer(words, base, CAPACITY);
    const count = BATCH * 16;
    return {
      name: `ring, publish and consume, ${batch === 1 ? 'one by one' : `batches of ${batch}`}`,
      count,
      run: () => {
        let sum = 0;
        for (let message = 0; message < count; message += batch) {
          sum = (sum + passBatch(words, producer, consumer, message, batch)) | 0;
        }
        return sum;
      },
    };
  });
}

function passBatch(
  words: Words,
  producer: RingProducer,
  consumer: RingConsumer,
  message: number,
  batch: number,
): number {
  if (!producer.claim(batch)) throw new Error(`ring: no room for batch=${batch}`);
  for (let index = 0; index < batch; index++) {
    const slot = producer.slot(index);
    words[slot + PAYLOAD] = message + index;
    words[slot + PAYLOAD + 1] = message;
    words[slot + PAYLOAD + 2] = index;
    words[slot + PAYLOAD + 3] = batch;
  }
  producer.commit();
  let sum = 0;
  for (let left = batch; left > 0;) {
    const ready = consumer.ready();
    if (ready === 0) throw new Error(`ring: lost messages=${left} of batch=${batch}`);
    const first = consumer.slot();
    for (let index = 0; index < ready; index++) {
      sum = (sum + words[first + (index << SLOT_SHIFT) + PAYLOAD]) | 0;
    }
    consumer.advance(ready);
    left -= ready;
  }
  if (consumer.unreleased > CAPACITY >> 2) consumer.release();
  return sum;
}

function boardCosts(): Cost[] {
  const [ranks, segments] = [64, 10_000];
  const carver = new Carver();
  const layout = carveBoard(carver, ranks, segments);
  const board = new Board(new SharedArrayBuffer(carver.totalWords * WORD_BYTES), layout);
  for (let rank = 1; rank < ranks; rank += 2) board.holdRange(rank, 0, segments);
  // A prime stride: neither the same row nor the same word twice in a row.
  const asked = Int32Array.from({ length: STEPS }, (_, step) => (step * 7919) % segments);
  const holds = (): number => {
    let held = 0;
    for (let step = 0; step < STEPS; step++) {
      if (board.holds(step & (ranks - 1), asked[step])) held++;
    }
    return held;
  };
  return [{ name: 'bitfield, whether a rank holds a segment', count: STEPS, run: holds }];
}

function byteCosts(): Cost[] {
  const content = new Uint8Array(new SharedArrayBuffer(SEGMENTS * SEGMENT_BYTES)).fill(1);
  const own = new Uint8Array(new SharedArrayBuffer(SEGMENT_BYTES));
  let next = 0;
  const nextSegment = (): Uint8Array => {
    const start = (next++ % SEGMENTS) * SEGMENT_BYTES;
    return content.subarray(start, start + SEGMENT_BYTES);
  };
  const hashing = (['sha1', 'sha256', 'md5'] as const).map((name) => ({
    name: `${name} of 16 KiB`,
    count: 1,
    run: () => hashReceived(name, nextSegment()).length,
  }));
  const copying: Cost = {
    name: 'copy of 16 KiB',
    count: 1,
    run: () => {
      own.set(nextSegment());
      return own[0];
    },
  };
  return [...hashing, copying];
}
