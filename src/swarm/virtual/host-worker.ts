/** Entry of a worker thread that hosts ranks in virtual time. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadFailure } from '../report-types.js';
import { VirtualHost } from './host.js';
import type { VirtualTask } from './plan.js';

const task = workerData as VirtualTask;
try {
  const report = new VirtualHost(task).run();
  parentPort?.postMessage(report, [report.figures.buffer as ArrayBuffer]);
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const failure: ThreadFailure = { kind: 'failure', thread: task.thread, error, code };
  parentPort?.postMessage(failure);
}
