/** How much of the processors others took while something was measured. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Length of the kernel's clock tick as `/proc` counts it, the same on all architectures. */
const TICK_MS = 10;

/** Share above which figures say little. */
const LIMIT = 0.1;

/** Processor time used up to a moment, in ms. */
export interface CpuTimes {
  readonly atMs: number;
  readonly processors: number;
  /** By everything on the machine. */
  readonly all: number;
  /** By this process and the children that it has waited for. */
  readonly own: number;
}

/**
 * Reads the counters.
 *
 * @returns nothing where the system does not count a process's children (outside Linux)
 */
export function readCpuTimes(): CpuTimes | undefined {
  let stat: string;
  try {
    stat = readFileSync('/proc/self/stat', 'utf8');
  } catch {
    return undefined;
  }
  const processors = cpus();
  const all = processors.reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1000 + childrenMs(stat);
  return { atMs: performance.now(), processors: processors.length, all, own };
}

/** Fields 16 and 17 of `/proc/self/stat`; the second one, the name, may hold spaces. */
function childrenMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

/**
 * @param from - counters before
 * @param to - counters after
 * @returns the share of all processors that went to others, 0 to 1
 */
export function shareOfOthers(from: CpuTimes, to: CpuTimes): number {
  const others = to.all - from.all - (to.own - from.own);
  const available = (to.atMs - from.atMs) * to.processors;
  return available <= 0 ? 0 : Math.min(1, Math.max(0, others / available));
}

/**
 * @param share - from {@link shareOfOthers}
 * @returns what to tell about it; nothing where it is small
 */
export function contentionWarning(share: number | undefined): string | undefined {
  if (share === undefined || share <= LIMIT) return undefined;
  const percent = Math.round(share * 100);
  return `others took ${percent}% of the processors meanwhile: figures and verdicts are unreliable`;
}
