import { parentPort, workerData } from 'node:worker_threads';
import { WORDS_PER_MESSAGE, loadRingBuffer } from './ringbuf-js.js';
import type { RingBuffer, RingbufJob, RingbufReport } from './ringbuf-js.js';
import { meet, spinLimit } from './shared-wait.js';

const POP_MESSAGES = 64;

const job = workerData as RingbufJob;
const control = new Int32Array(job.control);

/** Sends one repetition; returns the sum of the words sent. */
function produce(ring: RingBuffer): number {
  const { messages, batch } = job;
  const full = spinLimit('ringbuf.js producer');
  const words = new Int32Array(batch * WORDS_PER_MESSAGE);
  let sum = 0;
  for (let message = 0; message < messages; message += batch) {
    for (let i = 0; i < words.length; i++) {
      const word = message + i;
      words[i] = word;
      sum = (sum + word) | 0;
    }
    let sent = ring.push(words);
    while (sent < words.length) {
      full();
      sent += ring.push(words, words.length - sent, sent);
    }
  }
  return sum;
}

/** Receives one repetition; returns the sum of the words received. */
function consume(ring: RingBuffer): number {
  const empty = spinLimit('ringbuf.js consumer');
  const words = new Int32Array(POP_MESSAGES * WORDS_PER_MESSAGE);
  let sum = 0;
  for (let left = job.messages * WORDS_PER_MESSAGE; left > 0;) {
    const count = ring.pop(words);
    if (count === 0) {
      empty();
    }
    for (let i = 0; i < count; i++) {
      sum = (sum + words[i]) | 0;
    }
    left -= count;
  }
  return sum;
}

async function main(): Promise<void> {
  const Ring = await loadRingBuffer();
  const ring = new Ring(job.storage, Int32Array);
  const report: RingbufReport = { stamps: [], sums: [] };
  for (let repetition = 0; repetition < job.repetitions; repetition++) {
    meet(control, 0, repetition);
    if (job.role === 'producer') {
      report.stamps.push(process.hrtime.bigint());
      report.sums.push(produce(ring));
    } else {
      report.sums.push(consume(ring));
      report.stamps.push(process.hrtime.bigint());
    }
  }
  parentPort?.postMessage(report);
}

void main();
