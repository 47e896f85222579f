import { parentPort, workerData } from 'node:worker_threads';
import { AtomicsControl } from './atomics.js';
import type { AtomicsJob, AtomicsReport } from './atomics.js';
import { meet, waitUntilAtLeast } from './shared-wait.js';

const WAIT_LIMIT_MS = 5_000;

const job = workerData as AtomicsJob;
const words = new Int32Array(job.control);
const report: AtomicsReport = { stamps: [], woken: [] };

/** Sleeps while `words[index]` is `value`; somebody changes it, and wakes this thread if asleep. */
function sleepWhile(index: number, value: number): void {
  if (Atomics.wait(words, index, value, WAIT_LIMIT_MS) === 'timed-out') {
    throw new Error(`${job.role}: not woken from value=${value} in ${WAIT_LIMIT_MS} ms`);
  }
}

function wake(index: number, value: number): number {
  Atomics.store(words, index, value);
  return Atomics.notify(words, index, 1);
}

function wakeAgainAndAgain(): void {
  for (let i = 0; i < job.count; i++) {
    waitUntilAtLeast(words, AtomicsControl.PONG, i);
    // Nobody wakes this: a rest that leaves the core free for the other thread to fall asleep.
    Atomics.wait(words, AtomicsControl.REST, 0, job.restMs);
    // The store comes before the stamp: it wakes nobody, and is no part of what is measured.
    Atomics.store(words, AtomicsControl.PING, i + 1);
    report.stamps.push(process.hrtime.bigint());
    report.woken.push(Atomics.notify(words, AtomicsControl.PING, 1));
  }
}

function sleepAgainAndAgain(): void {
  for (let i = 0; i < job.count; i++) {
    sleepWhile(AtomicsControl.PING, i);
    report.stamps.push(process.hrtime.bigint());
    wake(AtomicsControl.PONG, i + 1);
  }
}

function ping(): void {
  let index = 0;
  report.stamps.push(process.hrtime.bigint());
  for (let repetition = 0; repetition < job.repetitions; repetition++) {
    for (let i = 0; i < job.count; i++) {
      wake(AtomicsControl.PING, index + 1);
      sleepWhile(AtomicsControl.PONG, index);
      index++;
    }
    report.stamps.push(process.hrtime.bigint());
  }
}

function pong(): void {
  for (let index = 0; index < job.count * job.repetitions; index++) {
    sleepWhile(AtomicsControl.PING, index);
    wake(AtomicsControl.PONG, index + 1);
  }
}

const roles: Record<AtomicsJob['role'], () => void> = {
  waker: wakeAgainAndAgain,
  sleeper: sleepAgainAndAgain,
  ping,
  pong,
};
meet(words, AtomicsControl.MET, 0);
roles[job.role]();
parentPort?.postMessage(report);
