/** Entry of a worker thread that hosts ranks in virtual time. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ThreadFailure, codeOf } from '../report-types.js';
import { loadChooser } from '../custom/chooser.js';
import { VirtualHost, type VirtualReport } from './host.js';
import type { VirtualTask } from './plan.js';

const task = workerData as VirtualTask;

async function host(): Promise<VirtualReport | ThreadFailure> {
  const { thread, plan } = task;
  try {
    // Without a strategy to import, nothing is waited for.
    const chooser = plan.custom === undefined ? undefined : await loadChooser(plan.custom, thread);
    return new VirtualHost(task, chooser).run();
  } catch (error) {
    return { kind: 'failure', thread, error, code: codeOf(error) };
  }
}

void host().then((message) => {
  const moved = message.kind === 'report' ? [message.figures.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(message, moved);
});
