import { parentPort, workerData } from 'node:worker_threads';
import { RingConsumer } from '../src/ringbuf/consumer.js';
import { RingProducer } from '../src/ringbuf/producer.js';
import { DEST, PAYLOAD, SLOT_WORDS, SOURCE } from '../src/ringbuf/ring-layout.js';
import { park, wake } from '../src/shm/parking.js';
import { meet, waitUntilAtLeast } from './peers/shared-wait.js';
import type { WakeUpJob, WakeUpReport } from './wake-up.js';

const job = workerData as WakeUpJob;
const words = new Int32Array(job.slab);
const { count, self, other, ring, capacity, bare } = job;
const report: WakeUpReport = { stamps: [], woken: [] };

function wakeAgainAndAgain(): void {
  const producer = new RingProducer(words, ring, capacity, self);
  const message = new Int32Array(SLOT_WORDS);
  for (let sequence = 0; sequence < count; sequence++) {
    rest(2 * sequence);
    message[SOURCE] = 1;
    message[DEST] = 2;
    message[PAYLOAD] = sequence;
    // Published before the stamp: it wakes nobody, and is no part of what is measured.
    if (!producer.publish(message, 0, 1)) throw new Error(`waker: full at sequence=${sequence}`);
    report.stamps.push(process.hrtime.bigint());
    report.woken.push(wake(words, other, self));

    rest(2 * sequence + 1);
    Atomics.store(words, bare, sequence + 1);
    report.stamps.push(process.hrtime.bigint());
    report.woken.push(Atomics.notify(words, bare, 1) === 1);
  }
}

/** Waits for so many answers, and leaves the core to the other thread, which falls asleep. */
function rest(answers: number): void {
  waitUntilAtLeast(words, job.answer, answers);
  // Nobody wakes this.
  Atomics.wait(words, job.rest, 0, job.restMs);
}

function sleepAgainAndAgain(): void {
  const consumer = new RingConsumer(words, ring, capacity);
  const sources = { hasWork: () => consumer.ready() > 0 };
  for (let expected = 0; expected < count; expected++) {
    // A thread that is not woken ends by the worker's time limit, and shows as a failure.
    do {
      park(words, self, sources, Infinity);
    } while (!sources.hasWork());
    report.stamps.push(process.hrtime.bigint());
    const sequence = words[consumer.slot() + PAYLOAD];
    if (sequence !== expected) {
      throw new Error(`sleeper: sequence=${sequence}: expected ${expected}`);
    }
    consumer.advance(1);
    consumer.release();
    answer();

    Atomics.wait(words, bare, expected);
    report.stamps.push(process.hrtime.bigint());
    answer();
  }
}

function answer(): void {
  Atomics.add(words, job.answer, 1);
  Atomics.notify(words, job.answer, 1);
}

meet(words, job.meeting, 0);
if (job.role === 'waker') wakeAgainAndAgain();
else sleepAgainAndAgain();
parentPort?.postMessage(report);
