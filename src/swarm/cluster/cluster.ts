/**
 * The processes of a job over MPI, as the main thread of each works with them. A thread of its own
 * speaks MPI; here it is asked for one thing after the other.
 */
import { availableParallelism, cpus, hostname } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { MpiError } from '../../comm/mpi/errors.js';
import type { LaunchedBy } from '../../comm/mpi/launcher.js';
import type { WindowPart } from '../../comm/mpi/world.js';
import { startWorker } from '../../comm/workers.js';
import { UsageError } from '../../errors.js';
import type { Seat, SwarmPlan } from '../plan.js';
import { codeOf, errorOf } from '../report-types.js';
import type { VirtualPlan } from '../virtual/plan.js';
import type { BridgeReport } from './bridge.js';
import { ProcessLostError } from './errors.js';
import type { Introduction } from './introduce.js';
import { type Member, machineHere } from './members.js';

/**
 * Settings that libraries below MPI read from the environment when they are loaded. UCX, on which
 * Debian's MPICH rests, watches the process's memory by replacing malloc and sbrk, and in a process
 * with Node's threads that takes memory away that is in use: about one short run in 40 crashed or
 * hung, and none of 135 without it.
 */
const LIBRARY_SETTINGS = { UCX_MEM_EVENTS: 'no' };

/** What the thread that speaks MPI is started with. */
export interface MpiStart {
  readonly launcher?: LaunchedBy;
  /** File of the library, in place of where it usually is. */
  readonly library?: string;
  readonly self: Introduction;
}

/** What the thread says when the processes know each other. */
export interface MpiReady {
  readonly process: number;
  readonly members: readonly Member[];
}

/** What the thread can be asked for. */
export type MpiRequest =
  | { readonly kind: 'gather'; readonly value: unknown }
  | { readonly kind: 'share'; readonly value: unknown; readonly root: number }
  | { readonly kind: 'find-mates' }
  | { readonly kind: 'open-window'; readonly bytes: number }
  | { readonly kind: 'close-window' }
  | {
      readonly kind: 'bridge';
      readonly plan: SwarmPlan;
      readonly owners: readonly (readonly number[])[];
    }
  | { readonly kind: 'simulate'; readonly plan: VirtualPlan }
  | { readonly kind: 'post'; readonly value: unknown; readonly to: number }
  | { readonly kind: 'listen' }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'abort'; readonly code: number };

/** What another process has posted, or that it has died. */
export interface Mail {
  readonly from: number;
  readonly value?: unknown;
  readonly isLost?: boolean;
}

/** What the thread says unasked while it listens. */
export interface MpiMail {
  readonly mail: Mail;
}

/** What comes of it. */
export type MpiAnswer =
  { readonly value: unknown } | { readonly error: unknown; readonly code: unknown };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** An attempt of one process, as it is told to all. */
type Outcome<T> = { readonly value: T } | Failure;

/** What an error keeps on the way to another process. */
export interface Failure {
  readonly message: string;
  readonly code: unknown;
}

export class Cluster {
  /** Number of this process, from 0. */
  readonly process: number;
  readonly members: readonly Member[];
  private memoryMates: readonly number[] = [];
  /** Whether this process and its mates have memory in common. */
  private hasWindow = false;
  /** Whether some process has died: the others can't leave in good order any more. */
  isBroken = false;
  private onMail: ((mail: Mail) => void) | undefined;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  /** Why nothing can be asked for any more. */
  private end: Error | undefined;

  private constructor(
    private readonly worker: Worker,
    { process, members }: MpiReady,
  ) {
    this.process = process;
    this.members = members;
    worker.on('message', (message: MpiMail | (MpiAnswer & { id: number })) => {
      if ('mail' in message) {
        if (message.mail.isLost === true) this.isBroken = true;
        this.onMail?.(message.mail);
        return;
      }
      const { id, ...answer } = message;
      const pending = this.pending.get(id);
      this.pending.delete(id);
      if ('error' in answer) pending?.reject(errorOf(answer));
      else pending?.resolve(answer.value);
    });
    const giveUp = (error: Error): void => {
      this.end ??= error;
      for (const { reject } of this.pending.values()) reject(error);
      this.pending.clear();
    };
    worker.on('error', giveUp);
    worker.on('exit', () => giveUp(new MpiError('MPI: its thread has ended')));
  }

  /**
   * Joins the job that a launcher has started.
   *
   * @param version - of bt-shm
   * @throws MpiError where MPI is not there or can't be used; all processes have to be of one version
   */
  static async join(
    launcher: LaunchedBy | undefined,
    version: string,
    library?: string,
  ): Promise<Cluster> {
    const self = {
      host: hostname(),
      pid: process.pid,
      machine: machineHere(),
      version,
      cores: availableParallelism(),
      machineCores: cpus().length,
    };
    const start: MpiStart = {
      ...(launcher !== undefined && { launcher }),
      ...(library !== undefined && { library }),
      self,
    };
    for (const [name, value] of Object.entries(LIBRARY_SETTINGS)) process.env[name] ??= value;
    const worker = startWorker(join(__dirname, 'mpi-worker.js'), start, 'bt-shm mpi');
    type Refusal = Extract<MpiAnswer, { error: unknown }>;
    const ready = await new Promise<MpiReady | Refusal>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', (message: MpiReady | Refusal) => {
        worker.off('error', reject);
        resolve(message);
      });
    });
    if ('error' in ready) throw errorOf(ready);
    const cluster = new Cluster(worker, ready);
    const other = ready.members.find((member) => member.version !== version);
    if (other !== undefined) {
      await cluster.leave();
      throw new MpiError(
        `${other.host}: expected bt-shm ${version} in all processes, found ${other.version}`,
      );
    }
    try {
      cluster.memoryMates = (await cluster.ask({ kind: 'find-mates' })) as readonly number[];
    } catch (error) {
      await cluster.leave();
      throw error;
    }
    return cluster;
  }

  /** The other processes that can share memory with this one. */
  get mates(): readonly number[] {
    return this.memoryMates;
  }

  get processes(): number {
    return this.members.length;
  }

  /** Which of the processes this one is. */
  get seat(): Seat {
    return {
      process: this.process,
      processes: this.processes,
      cores: this.coresHere,
      hasMates: this.mates.length > 0,
    };
  }

  /** Every process hosts at least one of the ranks. */
  refuseTooFewRanks(ranks: number): void {
    if (ranks >= this.processes) return;
    throw new UsageError(
      `--ranks ${ranks}: expected at least one a process, found ${this.processes} processes`,
    );
  }

  /** Cores for the threads of this process: see {@link coresOf}. */
  get coresHere(): number {
    return this.coresOf(this.process);
  }

  /** Cores for the threads of a process: those it is bound to, or its share of its machine's. */
  coresOf(process: number): number {
    const { host, cores, machineCores } = this.members[process];
    if (cores < machineCores) return cores;
    const sharing = this.members.filter((member) => member.host === host).length;
    return Math.max(1, Math.floor(cores / sharing));
  }

  /** The machines, each with the cores that the processes there may use together, and all it has. */
  private get hosts(): readonly { host: string; cores: number; machineCores: number }[] {
    return [...new Set(this.members.map(({ host }) => host))].map((host) => {
      const members = this.members.filter((member) => member.host === host);
      const { machineCores } = members[0];
      const cores = members.reduce((sum, member) => sum + member.cores, 0);
      return { host, cores: Math.min(cores, machineCores), machineCores };
    });
  }

  /** Cores that the processes may use together. */
  get cores(): number {
    return this.hosts.reduce((sum, { cores }) => sum + cores, 0);
  }

  /** Machines with cores that no process may use, because the launcher has bound them all. */
  get idleCores(): readonly { host: string; cores: number; machineCores: number }[] {
    return this.hosts.filter(({ cores, machineCores }) => cores < machineCores);
  }

  private ask(request: MpiRequest): Promise<unknown> {
    if (this.end !== undefined) return Promise.reject(this.end);
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ id, request });
    });
  }

  /** At process 0 the value of each process, `undefined` for those that have died; else nothing. */
  async gather<T>(value: T): Promise<(T | undefined)[]> {
    return (await this.ask({ kind: 'gather', value })) as (T | undefined)[];
  }

  /** The values of all processes, everywhere; `undefined` for those that have died. */
  async all<T>(value: T): Promise<(T | undefined)[]> {
    const gathered = await this.gather(value);
    return this.from(0, () => gathered);
  }

  /**
   * Allocates memory that the mates can read, and finds theirs; all of them have to call it.
   *
   * @returns where each of them, and this process, has its own
   * @throws MpiError where there is no such memory
   */
  async openWindow(bytes: number): Promise<readonly WindowPart[]> {
    return (await this.ask({ kind: 'open-window', bytes })) as readonly WindowPart[];
  }

  /** All mates have found each other's memory: it is theirs until they close it. */
  keepWindow(): void {
    this.hasWindow = true;
  }

  /** Gives the memory back that was kept, if there is any, once all mates do. */
  async closeWindow(): Promise<void> {
    if (!this.hasWindow) return;
    this.hasWindow = false;
    await this.ask({ kind: 'close-window' });
  }

  /** Has process `root` produce a value, or throw; all processes get the one or throw the other. */
  async from<T>(root: number, produce: () => T): Promise<T> {
    const own = this.process === root ? attempt(produce) : undefined;
    const outcome = (await this.ask({ kind: 'share', value: own, root })) as Outcome<T>;
    if ('value' in outcome) return outcome.value;
    throw errorFrom(outcome);
  }

  /** Has every process do its part; where one fails, all throw what the first of them threw. */
  async together<T>(part: () => T | Promise<T>): Promise<T> {
    const own = await Promise.resolve()
      .then(part)
      .then(
        (value) => ({ value }),
        (error: unknown) => failureOf(error),
      );
    const outcomes = await this.gather('value' in own ? { isDone: true } : own);
    await this.from(0, () => {
      outcomes.forEach((outcome, process) => {
        if (outcome === undefined) throw new ProcessLostError(process);
        if ('message' in outcome) throw errorFrom(outcome);
      });
    });
    // Where this part has failed, process 0 has said so.
    return (own as { value: T }).value;
  }

  /** Carries the messages of a run between the processes until it is over in all of them. */
  async bridge(plan: SwarmPlan, owners: readonly (readonly number[])[]): Promise<BridgeReport> {
    const report = (await this.ask({ kind: 'bridge', plan, owners })) as BridgeReport;
    if (report.lost.length > 0 || report.isCutShort) this.isBroken = true;
    return report;
  }

  /** Takes part for this process in a run in virtual time until it is over in all of them. */
  async simulate(plan: VirtualPlan): Promise<BridgeReport> {
    return (await this.ask({ kind: 'simulate', plan })) as BridgeReport;
  }

  /** Has what other processes post handed to `onMail`, until the function is called that it gives. */
  async listen(onMail: (mail: Mail) => void): Promise<() => Promise<void>> {
    this.onMail = onMail;
    await this.ask({ kind: 'listen' });
    return async () => {
      await this.ask({ kind: 'ignore' });
      this.onMail = undefined;
    };
  }

  /** Posts a value to a process that listens. */
  async post(to: number, value: unknown): Promise<void> {
    await this.ask({ kind: 'post', to, value });
  }

  /** Leaves the job, once every other process does. */
  async leave(): Promise<void> {
    await this.closeWindow();
    await this.ask({ kind: 'leave' });
  }

  /** Ends all processes of the job; the launcher gives `code` as its own. */
  async abort(code: number): Promise<void> {
    await this.ask({ kind: 'abort', code });
  }
}

function attempt<T>(produce: () => T): Outcome<T> {
  try {
    return { value: produce() };
  } catch (error) {
    return failureOf(error);
  }
}

/** What other processes are told of an error. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { message, code: codeOf(error) };
}

/** The error that another process has told of. */
export function errorFrom({ message, code }: Failure): Error {
  return Object.assign(new Error(message), code !== undefined && { code });
}
