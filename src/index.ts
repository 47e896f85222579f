/**
 * bt-shm: BitTorrent-like swarms over shared memory, in one process.
 *
 * @packageDocumentation
 */
export { BtShmError, InputError, MemoryLimitError, UsageError } from './errors.js';
export type { BtShmErrorCode } from './errors.js';
export { runSwarm } from './swarm/run.js';
export type { RunHooks, RunProgress } from './swarm/run.js';
export type {
  HashName,
  LoadMode,
  RunConfig,
  RunOptions,
  TransferMode,
  VerifyMode,
} from './swarm/config.js';
export type { Fault } from './swarm/faults.js';
export type { RankWait } from './swarm/report-types.js';
export type { MissingSegments, Outcome, RankResult, RunResult } from './swarm/result.js';
