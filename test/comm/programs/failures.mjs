// What ranks do in failures.test.ts: the last one fails as `args.fails` says, when all others are
// where `args.others` says.
import process from 'node:process';
import { setTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';

const NOTHING = new Uint8Array(0);
const LONG = new Uint8Array(600);

const failures = {
  throws() {
    throw Object.assign(new TypeError('boom'), { code: 'ERR_TEST' });
  },
  rejects: () => Promise.reject(new RangeError('late boom')),
  throwsText() {
    throw 'just text';
  },
  throwsUncloneable() {
    throw Object.assign(new Error('odd'), { cause: () => undefined });
  },
  exits: () => process.exit(3),
  async throwsInTimer() {
    setTimeout(() => failures.throws(), 1);
    await sleep(60_000);
  },
};

const waits = {
  recv: (comm) => comm.recv({ tag: 1 }),
  timedRecv: (comm) => comm.recv({ tag: 1, timeoutMs: 60_000 }),
  probe: (comm) => comm.probe({ source: comm.size - 1 }),
  barrier: (comm) => comm.barrier(),
  allreduce: (comm) => comm.allreduce(Float64Array.of(1), 'sum'),
  send(comm) {
    for (;;) comm.send(comm.size - 1, 0, NOTHING);
  },
  longSend(comm) {
    for (;;) comm.send(comm.size - 1, 0, LONG);
  },
  alloc(comm) {
    for (;;) comm.send(comm.size - 1, 0, comm.alloc(600));
  },
  poll(comm) {
    while (comm.tryRecv() === undefined);
  },
  trySend(comm) {
    for (;;) comm.trySend(comm.size - 1, 0, NOTHING);
  },
  compute() {
    for (;;);
  },
  async sleep() {
    await sleep(60_000);
  },
};

export default async function program(comm, { fails, others, words }) {
  const last = comm.size - 1;
  if (comm.rank === last) {
    // Each of the others has come to its wait, or is about to.
    for (let rank = 0; rank < last; rank++) {
      while (Atomics.load(words, rank) === 0) Atomics.wait(words, rank, 0, 1000);
    }
    await failures[fails]();
    return;
  }
  Atomics.store(words, comm.rank, 1);
  Atomics.notify(words, comm.rank);
  try {
    await waits[others](comm);
  } catch (error) {
    Atomics.store(words, comm.rank, error.code === 'ERR_BTSHM_ABORTED' ? 2 : 3);
    throw error;
  }
}
