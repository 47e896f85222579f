/** The main thread's part in the threads that hash for those with ranks. */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../comm/workers.js';
import type { ThreadTask } from './plan.js';
import type { ThreadFailure } from './report-types.js';

/** The threads that hash, from their start to their end. */
export class HashCrew {
  private readonly workers = new Map<number, Worker>();
  private readonly exits: Promise<void>[] = [];
  private isDismissed = false;

  /** @param onFailure without one of them the run can't go on */
  constructor(private readonly onFailure: (failure: ThreadFailure) => void) {}

  /** Starts one, whose number follows those of the threads with ranks. */
  start(task: ThreadTask): void {
    const { thread } = task;
    const fail = (error: unknown): void => this.onFailure({ kind: 'failure', thread, error });
    let worker: Worker;
    try {
      worker = startWorker(join(__dirname, 'hash-worker.js'), task, `bt-shm hash ${thread}`);
    } catch (error) {
      // The system gives no more threads.
      fail(error);
      return;
    }
    this.workers.set(thread, worker);
    worker.on('message', this.onFailure);
    worker.on('error', fail);
    const exit = new Promise<void>((resolve) => {
      worker.on('exit', (code) => {
        this.workers.delete(thread);
        if (!this.isDismissed) fail(new Error(`a thread that hashes ended (${code})`));
        resolve();
      });
    });
    this.exits.push(exit);
  }

  /** The numbers of those that run. */
  threads(): number[] {
    return [...this.workers.keys()];
  }

  /** They come to their end from now on, and are not missed. */
  dismiss(): void {
    this.isDismissed = true;
  }

  /** Ends those that do not come to an end by themselves. */
  terminate(): void {
    for (const worker of this.workers.values()) void worker.terminate();
  }

  /** Waits until all have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.exits);
  }
}
