import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Transferable } from 'node:worker_threads';

/** One worker thread to start. */
export interface WorkerJob {
  data: unknown;
  /** What of `data` moves to the worker rather than being copied, such as its message ports. */
  transfer?: Transferable[];
}

/**
 * Starts all workers at once, waits for one message from each, and ends them all.
 *
 * They start as cheaply as Node allows (the same options as bt-shm's own ranks): inheriting
 * `execArgv` and `env` makes each of them run whatever loader the parent runs under.
 *
 * @param entry - file name of the compiled worker, beside this file
 * @param jobs - one entry a worker
 * @param timeoutMs - time for all of them together
 * @returns each worker's message, in the order of `jobs`
 * @throws Error when a worker fails, ends without a message, or time runs out
 */
export async function runWorkers<Reply>(
  entry: string,
  jobs: readonly WorkerJob[],
  timeoutMs: number,
): Promise<Reply[]> {
  const workers: Worker[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    const replies = jobs.map((job) => {
      const worker = new Worker(path.join(__dirname, entry), {
        workerData: job.data,
        transferList: job.transfer ?? [],
        env: {},
        execArgv: [],
        trackUnmanagedFds: false,
      });
      workers.push(worker);
      return new Promise<Reply>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', (code) =>
          reject(new Error(`${entry}: ended with code=${code} before it reported`)),
        );
      });
    });
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${entry}: not done in timeoutMs=${timeoutMs}`)),
        timeoutMs,
      );
    });
    return await Promise.race([Promise.all(replies), timeout]);
  } finally {
    clearTimeout(timer);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
