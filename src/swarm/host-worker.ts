/** Entry of a worker thread that hosts ranks. */
import { parentPort, workerData } from 'node:worker_threads';
import { Host } from './host.js';
import type { ThreadTask } from './plan.js';
import type { ThreadFailure } from './report-types.js';

const task = workerData as ThreadTask;
try {
  parentPort?.postMessage(new Host(task).run());
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const failure: ThreadFailure = { kind: 'failure', thread: task.thread, error, code };
  parentPort?.postMessage(failure);
}
