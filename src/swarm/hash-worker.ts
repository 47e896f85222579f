/** Entry of a worker thread that hashes for those with ranks. */
import { parentPort, workerData } from 'node:worker_threads';
import { instantiateKernel } from '../roles/kernel.js';
import { Board } from '../shm/board.js';
import { ABORT, HOSTS_ENDED } from '../shm/control-layout.js';
import { WORD_BYTES } from '../shm/layout.js';
import { NO_HOST } from './cluster/no-host.js';
import { openSwarm } from './open-kernel.js';
import { StoredPayload } from './payload.js';
import type { ThreadTask } from './plan.js';
import { prepareContent } from './prepare.js';
import { type ThreadFailure, codeOf } from './report-types.js';

/** Segments hashed before their receivers are told: so many, or of so many bytes. */
const BATCH_SEGMENTS = 512;
const BATCH_BYTES = 2 ** 23;

function hash(task: ThreadTask): void {
  const { plan, thread } = task;
  const words = new Int32Array(plan.slab);
  const abort = plan.controlOffset + ABORT;
  const ended = plan.controlOffset + HOSTS_ENDED;
  const isOver = (): boolean =>
    Atomics.load(words, abort) !== 0 || Atomics.load(words, ended) !== 0;
  const payload = new StoredPayload(plan, new Board(plan.slab, plan.board), thread);
  prepareContent(task, payload, words, plan.controlOffset, isOver);
  const kernel = instantiateKernel(plan.kernel, plan.memory, {
    ...NO_HOST,
    ...payload.hashing(),
  });
  openSwarm(kernel, plan, thread);
  const fitting = Math.max(1, Math.floor(BATCH_BYTES / plan.segmentBytes));
  const batch = Math.min(BATCH_SEGMENTS, fitting);
  kernel.openHasher(batch, abort * WORD_BYTES, ended * WORD_BYTES);
  while (!isOver()) {
    if (kernel.hashReceived() === 0) kernel.restHasher();
  }
}

try {
  hash(workerData as ThreadTask);
} catch (error) {
  const { thread } = workerData as ThreadTask;
  const failure: ThreadFailure = { kind: 'failure', thread, error, code: codeOf(error) };
  parentPort?.postMessage(failure);
}
