/** Faults in virtual time: what the kernel is told of them, and what they leave behind. */
import { FaultKind, type VirtualKernel, openSpoiling } from '../../roles/kernel.js';
import { TRACKER } from '../../roles/tags.js';
import type { VirtualRunConfig } from '../config.js';
import {
  type CorruptFault,
  type Fault,
  type SlowFault,
  dueAtDownloads,
  hasFault,
  isDeath,
  isLate,
  rankOf,
  spoiledRates,
} from '../faults.js';
import { stillNs } from './network.js';
import type { VirtualPlan } from './plan.js';
import { wantsNothing } from './population.js';

const NS_PER_MS = 1e6;
const NS_PER_SECOND = 1e9;

/** Those that come due in the middle of a run. */
type TimedFault = Exclude<Fault, SlowFault | CorruptFault>;

function isTimed(fault: Fault): fault is TimedFault {
  return fault.kind !== 'slow' && fault.kind !== 'corrupt';
}

/** The faults that come due in the middle of a run, in the order of the configuration. */
export function timedFaults({ faults }: VirtualRunConfig): TimedFault[] {
  return faults.filter(isTimed);
}

/** Versions of the holder logs: each time that a holder is dropped the next one begins. */
export function logVersions(config: VirtualRunConfig): number {
  return 1 + timedFaults(config).filter(({ kind }) => kind !== 'late').length;
}

/** Tells a thread's kernel of the faults, once its ranks are open. */
export function openFaults(
  kernel: VirtualKernel,
  plan: VirtualPlan,
  /** Of this thread. */
  ranks: readonly number[],
): void {
  const { config, population, memory } = plan;
  if (hasFault(config, 'corrupt')) openSpoiling(kernel, memory, spoiledRates(config));
  const faults = timedFaults(config);
  if (faults.length === 0) return;
  let wanted = 0;
  const uncounted: number[] = [];
  for (let rank = 1; rank < config.ranks; rank++) {
    if (wantsNothing(population, rank) || isLate(config, rank)) uncounted.push(rank);
    else wanted += plan.totalSegments;
  }
  kernel.openVirtualFaults(
    faults.length,
    config.peerTimeoutMs * NS_PER_MS,
    stillNs(config, population),
    wanted,
  );
  const own = new Set(ranks);
  for (const rank of uncounted) {
    if (own.has(rank)) kernel.leaveUncounted(rank);
  }
  for (const fault of faults) {
    const rank = rankOf(fault) ?? TRACKER;
    const segments = wantsNothing(population, rank) ? 0 : plan.totalSegments;
    const downloads = dueAtDownloads(fault, segments) ?? -1;
    kernel.openVirtualFault(FaultKind[kindOf(fault)], rank, downloads, fault.at);
    if (fault.kind === 'late' && config.protocol === 'ack' && own.has(TRACKER)) {
      kernel.expectLate(rank);
    }
  }
}

function kindOf({ kind }: TimedFault): keyof typeof FaultKind {
  return kind === 'tracker' ? 'crash' : kind;
}

/** A rank that was lost, and why. */
export interface Loss {
  readonly atSeconds: number;
  readonly reason: string;
}

/** When a fault took effect, for each in the configuration; undefined where it never came due. */
export function takenAtSeconds(
  { faults }: VirtualRunConfig,
  /** For each timed fault what each thread knows of it, in ns. */
  takenNs: readonly (readonly number[])[],
): (number | undefined)[] {
  let timed = 0;
  return faults.map((fault) => {
    if (!isTimed(fault)) return 0;
    const ns = takenNs.reduce((last, times) => Math.max(last, times[timed]), -1);
    timed++;
    return ns < 0 ? undefined : ns / NS_PER_SECOND;
  });
}

/** The ranks that a run has lost. */
export function lossesOf(
  { faults, peerTimeoutMs }: VirtualRunConfig,
  takenSeconds: readonly (number | undefined)[],
): Map<number, Loss> {
  const losses = new Map<number, Loss>();
  faults.forEach((fault, index) => {
    const atSeconds = takenSeconds[index];
    if (!isDeath(fault) || atSeconds === undefined) return;
    const reason =
      fault.kind === 'hang'
        ? `it answered nobody any more, to be left out after ${peerTimeoutMs / 1000} s (--peer-timeout)`
        : 'its crash was injected';
    losses.set(rankOf(fault) ?? TRACKER, { atSeconds, reason });
  });
  return losses;
}
