import { Worker } from 'node:worker_threads';

/** MiB for a worker's new objects; generous, but a runaway one can't take the process down. */
const YOUNG_MB = 32;

/**
 * Starts a worker thread the cheap way: no inherited flags and no environment (copying them cost
 * 40 s for 64 workers under a test runner), and no tracking of file descriptors.
 *
 * @param file compiled CommonJS entry (an ES module entry costs a fifth more)
 * @param data posted to the thread as `workerData`
 * @param name shown by debuggers and in `top -H`
 * @param youngMb MiB that its new objects may take before the dead ones are cleared away
 */
export function startWorker(file: string, data: unknown, name: string, youngMb = YOUNG_MB): Worker {
  return new Worker(file, {
    workerData: data,
    env: {},
    execArgv: [],
    trackUnmanagedFds: false,
    resourceLimits: { maxYoungGenerationSizeMb: youngMb },
    name,
  });
}
