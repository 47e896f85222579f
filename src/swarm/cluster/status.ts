/**
 * What the processes of a run tell each other about how far they have come, in shared memory:
 *
 * ```
 *  word   name      writer  reader     meaning
 *  -----  --------  ------  ---------  -------------------------------------------------------
 *  +0     PROGRESS  bridge  conductor  changes whenever the process comes forward before or after
 *                                      the exchange: its threads, content and outputs
 *  +1     READY     bridge  conductor  threads of the process that take their turns
 * ```
 *
 * One such pair a process, its own unused.
 */
import { PREPARE_DONE, READY_THREADS, WRITTEN } from '../../shm/control-layout.js';
import type { Words } from '../../shm/layout.js';
import type { ClusterPlan } from '../plan.js';

const PROGRESS = 0;
const READY = 1;

/** Words of a process. */
export const STATUS_WORDS = READY + 1;

/** How far a process has come. */
export interface ProcessStatus {
  readonly progress: number;
  readonly readyThreads: number;
}

/** Reads how far this process has come off its control words. */
export function ownStatus(words: Words, control: number): ProcessStatus {
  const readyThreads = Atomics.load(words, control + READY_THREADS);
  const prepared = Atomics.load(words, control + PREPARE_DONE);
  const written = Atomics.load(words, control + WRITTEN);
  return { progress: readyThreads + prepared + written, readyThreads };
}

/** Notes what `process` has told of itself. */
export function noteStatus(
  words: Words,
  { statusOffset }: ClusterPlan,
  process: number,
  { progress, readyThreads }: ProcessStatus,
): void {
  const at = statusOffset + process * STATUS_WORDS;
  Atomics.store(words, at + PROGRESS, progress);
  Atomics.store(words, at + READY, readyThreads);
}

/** What the other processes have told, by process; all zero for this one. */
export function readStatus(words: Words, cluster: ClusterPlan): ProcessStatus[] {
  return Array.from({ length: cluster.processes }, (_, process) => {
    const at = cluster.statusOffset + process * STATUS_WORDS;
    return {
      progress: Atomics.load(words, at + PROGRESS),
      readyThreads: Atomics.load(words, at + READY),
    };
  });
}
