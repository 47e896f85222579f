import { parentPort, workerData } from 'node:worker_threads';
import { RingConsumer } from '../src/ringbuf/consumer.js';
import { RingProducer } from '../src/ringbuf/producer.js';
import { DEST, PAYLOAD, SLOT_SHIFT, SOURCE } from '../src/ringbuf/ring-layout.js';
import { ContentStore } from '../src/shm/content-store.js';
import { WORD_BYTES } from '../src/shm/layout.js';
import { CELLS, SEGMENT_BYTES, firstWordOf, lastWordOf, readWord } from './channel.js';
import type { ChannelJob, ChannelReport } from './channel.js';
import { meet, spinLimit } from './peers/shared-wait.js';

const job = workerData as ChannelJob;
const words = new Int32Array(job.slab);
const { capacity, messages, batch } = job;
const stamps: bigint[] = [];
const sums: number[] = [];
let misplaced = 0;
/** Written by {@link pause} and posted with the report, so that the loop is not optimised away. */
let pauseWord = 0;

/** About 0.3 us. */
const PAUSE_TURNS = 256;

/** Both ends write a whole record, as ranks do: the sender's and the receiver's rank, too. */
function address(slot: number): void {
  words[slot + SOURCE] = 1;
  words[slot + DEST] = 2;
}

/** Room goes back as ranks give it: a quarter of the ring at a time. */
function releaseSome(consumer: RingConsumer): void {
  if (consumer.unreleased > capacity >> 2) consumer.release();
}

/**
 * What a receiver that finds its ring empty does before it looks again: a rank looks at a dozen
 * other channels. Looking at once would only pull the line away from the sender who writes it.
 */
function pause(): void {
  for (let turn = 0; turn < PAUSE_TURNS; turn++) pauseWord = (pauseWord * 31 + turn) | 0;
}

function send(producer: RingProducer): number {
  const full = spinLimit('channel sender');
  let sum = 0;
  for (let message = 0; message < messages; message += batch) {
    while (!producer.claim(batch)) full();
    for (let index = 0; index < batch; index++) {
      const slot = producer.slot(index);
      const sequence = message + index;
      address(slot);
      words[slot + PAYLOAD] = sequence;
      words[slot + PAYLOAD + 1] = sequence ^ 0x55;
      words[slot + PAYLOAD + 2] = sequence << 1;
      words[slot + PAYLOAD + 3] = ~sequence;
      sum = (sum + sequence + (sequence ^ 0x55) + (sequence << 1) + ~sequence) | 0;
    }
    producer.commit();
  }
  return sum;
}

function receive(consumer: RingConsumer): number {
  const empty = spinLimit('channel receiver');
  let sum = 0;
  for (let expected = 0; expected < messages;) {
    const count = consumer.ready();
    if (count === 0) {
      empty();
      pause();
    }
    const first = consumer.slot();
    for (let index = 0; index < count; index++) {
      const slot = first + (index << SLOT_SHIFT);
      const sequence = words[slot + PAYLOAD];
      if (sequence !== expected) misplaced++;
      sum =
        (sum +
          sequence +
          words[slot + PAYLOAD + 1] +
          words[slot + PAYLOAD + 2] +
          words[slot + PAYLOAD + 3]) |
        0;
      expected++;
    }
    consumer.advance(count);
    releaseSome(consumer);
  }
  return sum;
}

function sendReferences(producer: RingProducer): number {
  const full = spinLimit('reference sender');
  let sum = 0;
  for (let message = 0; message < messages; message += batch) {
    while (!producer.claim(batch)) full();
    for (let index = 0; index < batch; index++) {
      const slot = producer.slot(index);
      const sequence = message + index;
      const cell = sequence % CELLS;
      address(slot);
      words[slot + PAYLOAD] = sequence;
      words[slot + PAYLOAD + 1] = cell;
      words[slot + PAYLOAD + 2] = SEGMENT_BYTES;
      sum = (sum + sequence + firstWordOf(cell) + lastWordOf(cell)) | 0;
    }
    producer.commit();
  }
  return sum;
}

function receiveReferences(consumer: RingConsumer, store: ContentStore): number {
  const empty = spinLimit('reference receiver');
  let sum = 0;
  for (let expected = 0; expected < messages;) {
    const count = consumer.ready();
    if (count === 0) {
      empty();
      pause();
    }
    const first = consumer.slot();
    for (let index = 0; index < count; index++) {
      const slot = first + (index << SLOT_SHIFT);
      const sequence = words[slot + PAYLOAD];
      if (sequence !== expected) misplaced++;
      const length = words[slot + PAYLOAD + 2];
      const bytes = store.bytes(words[slot + PAYLOAD + 1], length);
      sum = (sum + sequence + readWord(bytes, 0) + readWord(bytes, length - WORD_BYTES)) | 0;
      expected++;
    }
    consumer.advance(count);
    releaseSome(consumer);
  }
  return sum;
}

function ping(producer: RingProducer, consumer: RingConsumer): number {
  const empty = spinLimit('ping');
  let sum = 0;
  for (let sequence = 0; sequence < messages; sequence++) {
    while (!producer.claim(1)) empty();
    const to = producer.slot(0);
    address(to);
    words[to + PAYLOAD] = sequence;
    words[to + PAYLOAD + 1] = sequence ^ 0x55;
    words[to + PAYLOAD + 2] = sequence << 1;
    words[to + PAYLOAD + 3] = ~sequence;
    producer.commit();
    while (consumer.ready() === 0) empty();
    const slot = consumer.slot();
    if (words[slot + PAYLOAD] !== sequence) misplaced++;
    sum =
      (sum +
        words[slot + PAYLOAD] +
        words[slot + PAYLOAD + 1] +
        words[slot + PAYLOAD + 2] +
        words[slot + PAYLOAD + 3]) |
      0;
    consumer.advance(1);
    releaseSome(consumer);
  }
  return sum;
}

function pong(producer: RingProducer, consumer: RingConsumer): number {
  const empty = spinLimit('pong');
  let sum = 0;
  for (let left = messages; left > 0; left--) {
    while (consumer.ready() === 0) empty();
    const slot = consumer.slot();
    while (!producer.claim(1)) empty();
    const to = producer.slot(0);
    address(to);
    for (let word = PAYLOAD; word < PAYLOAD + 4; word++) {
      sum = (sum + words[slot + word]) | 0;
      words[to + word] = words[slot + word];
    }
    producer.commit();
    consumer.advance(1);
    releaseSome(consumer);
  }
  return sum;
}

const producerOf = (ring: number): RingProducer =>
  new RingProducer(words, job.rings[ring], capacity, job.control);
const consumerOf = (ring: number): RingConsumer =>
  new RingConsumer(words, job.rings[ring], capacity);

function prepare(): () => number {
  const { content } = job;
  switch (job.role) {
    case 'sender': {
      const producer = producerOf(0);
      return content === undefined ? () => send(producer) : () => sendReferences(producer);
    }
    case 'receiver': {
      const consumer = consumerOf(0);
      if (content === undefined) return () => receive(consumer);
      const store = new ContentStore(content);
      return () => receiveReferences(consumer, store);
    }
    case 'ping': {
      const [producer, consumer] = [producerOf(0), consumerOf(1)];
      return () => ping(producer, consumer);
    }
    case 'pong': {
      const [producer, consumer] = [producerOf(1), consumerOf(0)];
      return () => pong(producer, consumer);
    }
  }
}

const repetition = prepare();
for (let round = 0; round < job.repetitions; round++) {
  meet(words, job.meeting, round);
  if (job.role !== 'receiver') stamps.push(process.hrtime.bigint());
  sums.push(repetition());
  if (job.role === 'receiver' || job.role === 'ping') stamps.push(process.hrtime.bigint());
}
const report: ChannelReport = { stamps, sums, misplaced, pauseWord };
parentPort?.postMessage(report);
