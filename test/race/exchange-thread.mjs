// A thread of exchange.test.ts: sends to some ranks, receives from others, sleeps when it can't
// do either.
import { parentPort, workerData } from 'node:worker_threads';
import { park } from '../../dist/src/shm/parking.js';
import { openEnd } from './ends.mjs';

const { kind, setting, self, sendsTo, count, expected, mostInBatch, spins } = workerData;
const TAG = 0;

/** The last payload word; follows from the others. */
function checkOf(source, number, batch) {
  return Math.imul(source * 31 + number, 0x9e3779b1) ^ batch;
}

const end = openEnd(kind, setting, self);
const next = new Map();
const seen = { inOrder: 0, early: 0, late: 0, torn: 0, misdirected: 0 };
let received = 0;
let sum = 0;

function take({ source, dest, payload: [number, batch, check] }) {
  const awaited = next.get(source) ?? 0;
  if (check !== checkOf(source, number, batch)) seen.torn++;
  else if (dest !== self) seen.misdirected++;
  else if (number === awaited) seen.inOrder++;
  else if (number > awaited) seen.early++;
  else seen.late++;
  next.set(source, number + 1);
  sum += number;
  received++;
}

let sent = 0;
let batch = 0;
let idleTurns = 0;

/** Batches of 1, 2, ... messages to every receiver, and from 1 again. */
function sendBatch() {
  batch++;
  const size = Math.min(count - sent, 1 + (batch % mostInBatch));
  for (let index = 0; index < size; index++, sent++) {
    for (const dest of sendsTo)
      end.send(TAG, self, dest, sent, batch, checkOf(self, sent, batch), 0);
  }
}

while (sent < count || end.isBlocked(TAG) || received < expected) {
  let worked = end.receive(TAG, take) > 0;
  const wasBlocked = end.isBlocked(TAG);
  if (!wasBlocked && sent < count) {
    sendBatch();
    worked = true;
  }
  end.flush();
  worked ||= wasBlocked && !end.isBlocked(TAG);
  if (!worked) end.releaseAll();
  end.wakeReceivers();
  idleTurns = worked ? 0 : idleTurns + 1;
  if (idleTurns > spins) park(end.words, end.control, end, Infinity);
}
end.releaseAll();
end.wakeReceivers();
parentPort.postMessage({ seen, sum });
