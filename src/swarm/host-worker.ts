/** Entry of a worker thread that hosts ranks. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadChooser } from './custom/chooser.js';
import { Host } from './host.js';
import type { ThreadTask } from './plan.js';
import { type ThreadFailure, type ThreadReport, codeOf } from './report-types.js';

const task = workerData as ThreadTask;

async function host(): Promise<ThreadReport | ThreadFailure> {
  const { thread, plan } = task;
  try {
    // Without a strategy to import, nothing is waited for.
    const chooser = plan.custom === undefined ? undefined : await loadChooser(plan.custom, thread);
    return new Host(task, chooser).run();
  } catch (error) {
    return { kind: 'failure', thread, error, code: codeOf(error) };
  }
}

void host().then((message) => parentPort?.postMessage(message));
