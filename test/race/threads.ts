/** Worker threads for tests: plain scripts over the compiled code, which is what ranks run. */
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';

/** A thread that has not ended after this long hangs, however slow the machine is. */
const LIMIT_MS = 60_000;

/** The compiled sources. */
export const COMPILED = path.resolve(__dirname, '../../dist/src');

/**
 * Starts one thread for each of `tasks`, all at once, and waits for what each posts.
 *
 * @param script path of the script; it reads its task from `workerData` and posts one message
 */
export function runThreads<Result>(
  script: string,
  tasks: readonly object[],
): Promise<readonly Result[]> {
  return Promise.all(tasks.map((task) => runThread<Result>(script, task)));
}

function runThread<Result>(script: string, task: object): Promise<Result> {
  return new Promise((resolve, reject) => {
    // The test runner's flags and environment would be inherited, and cost seconds.
    const worker = new Worker(script, { workerData: task, env: {}, execArgv: [] });
    const limit = setTimeout(() => {
      reject(new Error(`${path.basename(script)} hangs: ${JSON.stringify(task).slice(0, 200)}`));
      void worker.terminate();
    }, LIMIT_MS);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      clearTimeout(limit);
      reject(new Error(`${path.basename(script)} ended without a message: code=${code}`));
    });
  });
}
