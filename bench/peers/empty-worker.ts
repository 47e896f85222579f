import { parentPort } from 'node:worker_threads';

// The moment it runs, rather than the moment the busy parent hears of it.
parentPort?.postMessage(process.hrtime.bigint());
