/** The processes of a job as each of them knows the others. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** What a process says of itself when it joins. */
export interface Member {
  readonly process: number;
  readonly host: string;
  readonly pid: number;
  /** Where `pid` is a number: equal for processes that see each other. */
  readonly machine: string;
  /** Of bt-shm: processes of two versions do not understand each other. */
  readonly version: string;
  /** Cores that it may use, and those of its machine. */
  readonly cores: number;
  readonly machineCores: number;
  /** What its monotonic clock shows when that of process 0 shows 0, in ms. */
  readonly clockOffsetMs: number;
}

/** Names the machine and the part of it in which a process's number means that process. */
export function machineHere(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Not Linux: the name has to do.
    return hostname();
  }
}

/** Watches whether the other processes live, as far as that can be seen from here. */
export class Members {
  private readonly dead = new Set<number>();

  constructor(
    readonly process: number,
    readonly all: readonly Member[],
  ) {}

  /** Processes that are not known to have died, this one excepted. */
  get others(): readonly number[] {
    return this.all
      .map((member) => member.process)
      .filter((process) => process !== this.process && !this.dead.has(process));
  }

  isDead(process: number): boolean {
    return this.dead.has(process);
  }

  bury(process: number): void {
    this.dead.add(process);
  }

  /** Whether `process` is gone; of one on another machine only its silence tells. */
  hasVanished(process: number): boolean {
    const { machine, pid } = this.all[process];
    if (machine !== this.all[this.process].machine) return false;
    try {
      globalThis.process.kill(pid, 0);
      return isDefunct(pid);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  }
}

/** Whether a process has ended and its launcher has not taken note of it yet; on Linux. */
function isDefunct(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Behind the name, which stands in parentheses and may hold any character.
    return /^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
  } catch {
    return false;
  }
}
