import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { PostMessageControl } from './post-message.js';
import type { Payload, PostMessageJob, PostMessageReport } from './post-message.js';
import { meet, waitUntilAtLeast } from './shared-wait.js';

interface FourWords {
  a: number;
  b: number;
  c: number;
  d: number;
}
type Message = FourWords | number[] | Int32Array;

/** Messages in flight at most: enough never to stall the sender, and a bound on memory. */
const WINDOW = 8192;
/** Messages between two reports of progress. */
const CREDIT = 256;

const job = workerData as PostMessageJob;
const { port, messages, repetitions } = job;
const control = new Int32Array(job.control);
const report: PostMessageReport = { stamps: [], sum: 0 };

const build: Record<Payload, (index: number) => Message> = {
  object: (index) => ({ a: index, b: index + 1, c: index + 2, d: index + 3 }),
  array: (index) => [index, index + 1, index + 2, index + 3],
  Int32Array: (index) => {
    const words = new Int32Array(4);
    words[0] = index;
    words[1] = index + 1;
    words[2] = index + 2;
    words[3] = index + 3;
    return words;
  },
};

const sumOfObject = (message: Message): number => {
  const words = message as FourWords;
  return words.a + words.b + words.c + words.d;
};

const sumOfElements = (message: Message): number => {
  const words = message as number[] | Int32Array;
  return words[0] + words[1] + words[2] + words[3];
};

const sumOf = job.payload === 'object' ? sumOfObject : sumOfElements;

function sendAll(): void {
  const message = build[job.payload];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const before = repetition * messages;
    report.stamps.push(process.hrtime.bigint());
    for (let i = 0; i < messages; i++) {
      if (i % CREDIT === 0) {
        waitUntilAtLeast(control, PostMessageControl.RECEIVED, before + i - WINDOW);
      }
      port.postMessage(message(i));
      report.sum += 4 * i + 6;
    }
    waitUntilAtLeast(control, PostMessageControl.RECEIVED, before + messages);
  }
  finish();
}

function receiveAll(): void {
  const total = messages * repetitions;
  let received = 0;
  const receive = (message: Message): void => {
    report.sum += sumOf(message);
    received++;
    const repetitionEnds = received % messages === 0;
    if (repetitionEnds) {
      report.stamps.push(process.hrtime.bigint());
    }
    if (repetitionEnds || received % CREDIT === 0) {
      Atomics.store(control, PostMessageControl.RECEIVED, received);
      Atomics.notify(control, PostMessageControl.RECEIVED);
    }
    if (received === total) {
      finish();
    }
  };
  port.on('message', (message: Message) => {
    receive(message);
    // The message is the result's only field: a loop over it ends with `undefined`.
    for (let next = take(); next !== undefined; next = take()) {
      receive(next);
    }
  });
}

function take(): Message | undefined {
  return (receiveMessageOnPort(port) as { message: Message } | undefined)?.message;
}

function ping(): void {
  let index = 0;
  port.on('message', (message: Message) => {
    report.sum += sumOf(message);
    index++;
    if (index % messages === 0) {
      report.stamps.push(process.hrtime.bigint());
    }
    if (index === messages * repetitions) {
      finish();
    } else {
      port.postMessage(build.array(index));
    }
  });
  report.stamps.push(process.hrtime.bigint());
  port.postMessage(build.array(index));
}

function pong(): void {
  let left = messages * repetitions;
  port.on('message', (message: Message) => {
    report.sum += sumOf(message);
    port.postMessage(message);
    if (--left === 0) {
      finish();
    }
  });
}

function finish(): void {
  parentPort?.postMessage(report);
}

const roles: Record<PostMessageJob['role'], () => void> = {
  rateSender: sendAll,
  rateReceiver: receiveAll,
  ping,
  pong,
};
meet(control, PostMessageControl.MET, 0);
roles[job.role]();
