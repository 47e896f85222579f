import { NODE_VERSION } from './peer.js';
import type { PeerResult } from './peer.js';
import { runWorkers } from './workers.js';

const TIME_LIMIT_MS = 30_000;

/**
 * Time to start empty worker threads (CommonJS entry, `env: {}`, `execArgv: []`, all at once): what
 * any engine with a thread a rank pays before its first line runs.
 *
 * @param count - workers
 * @returns ns from the first `new Worker` until the last worker ran its first line
 */
export async function workerStartUp(count = 64): Promise<PeerResult> {
  const jobs = Array.from({ length: count }, () => ({ data: null }));
  const start = process.hrtime.bigint();
  const online = await runWorkers<bigint>('empty-worker.js', jobs, TIME_LIMIT_MS);
  const last = online.reduce((latest, stamp) => (stamp > latest ? stamp : latest));
  return {
    name: `start of ${count} empty workers`,
    version: NODE_VERSION,
    unit: 'ns',
    value: Number(last - start),
  };
}
