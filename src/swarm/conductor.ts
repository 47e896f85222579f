/** The main thread's part of a run: starts the threads, watches them, tells of their deaths. */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Fabric } from '../comm/endpoint.js';
import { startWorker } from '../comm/workers.js';
import { RingProducer, voidAbandonedClaim } from '../ringbuf/producer.js';
import { DEST, PAYLOAD, SLOT_WORDS, SOURCE } from '../ringbuf/ring-layout.js';
import { TRACKER, Tag } from '../roles/tags.js';
import { Board } from '../shm/board.js';
import { ABORT, HOSTS_ENDED, IS_READY, PARKS, PREPARE_DONE, STATE } from '../shm/control-layout.js';
import type { Words } from '../shm/layout.js';
import { CALLED, wake } from '../shm/parking.js';
import { ownStatus, readStatus } from './cluster/status.js';
import { ChoiceWatch } from './custom/watch.js';
import { HashCrew } from './hash-crew.js';
import { type Workload, ownersOf } from './input/index.js';
import { findLostSegments } from './missing.js';
import { prepareChunks } from './prepare.js';
import { SilenceWatch } from './silence.js';
import { type SwarmPlan, type ThreadTask, fabricOf, segmentsOf } from './plan.js';
import {
  AbortReason,
  type ThreadFailure,
  type ThreadReport,
  errorOf,
  monotonicMs,
} from './report-types.js';
import type { RunHooks } from './run.js';

/** Time between two looks at the swarm. */
const TICK_MS = 50;

/** How long a thread may take to report once the run was given up. */
const REPORT_LIMIT_MS = 500;

/** Threads started before the event loop has its turn. */
const STARTS_AT_ONCE = 4;

/** Ticks without progress after which lost segments end the run: survivors get the rest first. */
const LOST_TICKS = 6;

/**
 * MiB that a host's new objects may take: they die at once, and the same pages again and again are
 * cheaper than new ones each time (64 threads, 16 KiB segments: 1.06 times as fast as with 32).
 */
const HOST_YOUNG_MB = 2;

/** A thread that ended without a report. */
export interface Death {
  readonly thread: number;
  readonly atMs: number;
  readonly reason: string;
}

/** How a run ended. */
export interface Ending {
  readonly reports: readonly ThreadReport[];
  readonly deaths: readonly Death[];
  readonly silentThreads: readonly number[];
  readonly reason: AbortReason;
  /** Monotonic time at which the run was given up, if it was. */
  readonly abortedAtMs?: number;
  readonly endedAtMs: number;
}

export class Conductor {
  private readonly fabric: Fabric;
  private readonly words: Words;
  private readonly board: Board;
  /** The conductor's own control block, the last one. */
  private readonly self: number;
  private readonly workers: (Worker | undefined)[] = [];
  private readonly reports: ThreadReport[] = [];
  private readonly deaths: Death[] = [];
  private readonly hasEnded: Uint8Array;
  private readonly silent = new Set<number>();
  /** Threads whose last claim has to be looked at again. */
  private readonly undecided = new Set<number>();
  /** For each thread: deaths that its channel had no room for yet. */
  private readonly untold: number[][];
  private failure: ThreadFailure | undefined;
  private reason: AbortReason = AbortReason.None;
  private abortedAtMs: number | undefined;
  private lastProgress = -1;
  private stillTicks = 0;
  private readonly wantedOfRanks: readonly number[];
  private readonly owners: readonly (readonly number[])[];
  private readonly segmentsWanted: number;
  /** Threads that are ended because they do not answer, and why. */
  private readonly leftOut = new Map<number, string>();
  private readonly silence: SilenceWatch;
  /** For each thread: the number of the sleep in which it was called at the last tick, or -1. */
  private readonly calledIn: Int32Array;
  /** Over a strategy of the user's own. */
  private readonly choices: ChoiceWatch | undefined;
  private readonly hashCrew = new HashCrew((failure) => {
    this.failure ??= failure;
    this.abort(AbortReason.Failed);
  });

  constructor(
    private readonly plan: SwarmPlan,
    private readonly workload: Workload,
    private readonly hooks: RunHooks,
  ) {
    this.fabric = fabricOf(plan);
    this.words = new Int32Array(plan.slab);
    this.board = new Board(plan.slab, plan.board);
    this.board.alive.fill(1);
    // The bridge to other processes, where there is one, is told of deaths like a thread with ranks.
    const ends = this.fabric.channels.threads;
    this.self = this.fabric.control.threadOffset(ends);
    this.hasEnded = new Uint8Array(ends);
    this.calledIn = new Int32Array(ends).fill(-1);
    this.untold = Array.from({ length: ends }, () => []);
    this.wantedOfRanks = workload.wanted.map((files) => segmentsOf(plan, files));
    this.owners = ownersOf(workload);
    this.segmentsWanted = this.wantedOfRanks.reduce((sum, segments) => sum + segments, 0);
    this.silence = new SilenceWatch(this.fabric.control, this.words, TICK_MS, plan.config);
    const { custom, config } = plan;
    this.choices = custom && new ChoiceWatch(custom, TICK_MS, config.stallTimeoutMs);
  }

  /** Starts all threads and waits until every one has ended. */
  async run(): Promise<Ending> {
    const { signal } = this.hooks;
    const interrupt = (): void => this.abort(AbortReason.Interrupted);
    signal?.addEventListener('abort', interrupt, { once: true });
    const tick = setInterval(() => this.tick(), TICK_MS);
    try {
      if (signal?.aborted === true) interrupt();
      await Promise.all(await this.startAll());
    } finally {
      clearInterval(tick);
      signal?.removeEventListener('abort', interrupt);
      this.releaseOthers();
      await this.hashersEnded();
    }
    if (this.failure !== undefined) throw errorOf(this.failure);
    return {
      reports: this.reports,
      deaths: this.deaths,
      silentThreads: [...this.silent],
      reason: this.reason,
      ...(this.abortedAtMs !== undefined && { abortedAtMs: this.abortedAtMs }),
      endedAtMs: monotonicMs(),
    };
  }

  /** What drives the bridge to other processes has failed: the run can't go on. */
  fail(error: unknown): void {
    this.failure ??= { kind: 'failure', thread: this.plan.config.threads, error };
    this.abort(AbortReason.Failed);
  }

  private async hashersEnded(): Promise<void> {
    const limit = setTimeout(() => this.hashCrew.terminate(), REPORT_LIMIT_MS);
    await this.hashCrew.ended();
    clearTimeout(limit);
  }

  /** The bridge and those who hash, where there are any, have nobody left to work for. */
  private releaseOthers(): void {
    this.hashCrew.dismiss();
    Atomics.store(this.words, this.plan.controlOffset + HOSTS_ENDED, 1);
    this.wakeBridge();
    this.wakeAll();
  }

  private wakeBridge(): void {
    const { cluster, config } = this.plan;
    if (cluster === undefined) return;
    wake(this.words, this.fabric.control.threadOffset(config.threads), this.self);
  }

  /** Starts the threads, as many as there are until the run is given up. */
  private async startAll(): Promise<Promise<void>[]> {
    const { hashThreads, config } = this.plan;
    const exits: Promise<void>[] = [];
    for (let index = 0; index < hashThreads && this.reason === AbortReason.None; index++) {
      this.hashCrew.start(this.taskOf(config.threads + index));
      if (index % STARTS_AT_ONCE === STARTS_AT_ONCE - 1) await nextTurn();
    }
    for (let thread = 0; thread < config.threads; thread++) {
      if (this.reason !== AbortReason.None) break;
      exits.push(this.start(thread));
      // Starting 64 threads takes up to a second, in which signals and progress must get through.
      if (thread % STARTS_AT_ONCE === STARTS_AT_ONCE - 1) await nextTurn();
    }
    return exits;
  }

  private start(thread: number): Promise<void> {
    return new Promise((resolve) => {
      let worker: Worker;
      try {
        const file = join(__dirname, 'host-worker.js');
        worker = startWorker(file, this.taskOf(thread), `bt-shm ${thread}`, HOST_YOUNG_MB);
      } catch (error) {
        // The system gives no more threads: those that run must not wait for ever for this one.
        this.failure ??= { kind: 'failure', thread, error };
        this.abort(AbortReason.Failed);
        resolve();
        return;
      }
      this.workers[thread] = worker;
      let reason = 'its thread ended';
      let reported = false;
      worker.on('message', (message: ThreadReport | ThreadFailure) => {
        if (message.kind === 'report') {
          reported = true;
          this.reports.push(message);
        } else {
          this.failure ??= message;
          this.abort(AbortReason.Failed);
          reported = true;
        }
      });
      worker.on('error', (error) => {
        reason = error instanceof Error ? error.message : String(error);
      });
      worker.on('exit', (code) => {
        this.workers[thread] = undefined;
        this.hasEnded[thread] = 1;
        const why = this.leftOut.get(thread) ?? `${reason} (${code})`;
        if (!reported && !this.silent.has(thread)) this.buryThread(thread, why);
        resolve();
      });
    });
  }

  private taskOf(thread: number): ThreadTask {
    const { placement } = this.fabric;
    const hostsRanks = thread < this.plan.config.threads;
    const first = hostsRanks ? placement.firstRank(thread) : 0;
    const end = hostsRanks ? first + placement.rankCount(thread) : 0;
    return {
      plan: this.plan,
      thread,
      owned: this.workload.owned.slice(first, end),
      wanted: this.workload.wanted.slice(first, end),
      owners: this.owners,
      wantedOfRanks: this.wantedOfRanks,
    };
  }

  private buryThread(thread: number, reason: string): void {
    const { placement } = this.fabric;
    this.deaths.push({ thread, atMs: monotonicMs(), reason });
    const first = placement.firstRank(thread);
    const end = first + placement.rankCount(thread);
    for (let rank = first; rank < end; rank++) Atomics.store(this.board.alive, rank, 0);
    this.undecided.add(thread);
    this.settleClaims();
    if (first === TRACKER || this.isPreparing()) {
      this.abort(AbortReason.RankNeededDied);
      return;
    }
    // Threads that hash tell the others, once they are through with what the dead had sent.
    const { hashThreads, config } = this.plan;
    const told = hashThreads > 0 ? [config.threads] : this.untold.keys();
    for (const other of told) {
      if (this.hasEnded[other] === 1) continue;
      for (let rank = first; rank < end; rank++) this.untold[other].push(rank);
    }
    this.tellDeaths();
  }

  /** Whether content is still being made ready: the dead thread's part of it will not come. */
  private isPreparing(): boolean {
    const done = Atomics.load(this.words, this.plan.controlOffset + PREPARE_DONE);
    return done < prepareChunks(this.plan);
  }

  private settleClaims(): void {
    const { control, channels } = this.fabric;
    const living: number[] = [];
    this.workers.forEach((worker, thread) => {
      if (worker !== undefined) living.push(control.threadOffset(thread));
    });
    for (const thread of this.hashCrew.threads()) living.push(control.threadOffset(thread));
    const capacityOf = (base: number): number => channels.capacities[channels.bases.indexOf(base)];
    for (const thread of this.undecided) {
      const dead = control.threadOffset(thread);
      if (voidAbandonedClaim(this.words, dead, living, capacityOf) !== 'undecided') {
        this.undecided.delete(thread);
      }
    }
    this.wakeAll();
  }

  private tellDeaths(): void {
    const { channels, control } = this.fabric;
    const message = new Int32Array(SLOT_WORDS);
    this.untold.forEach((ranks, thread) => {
      if (ranks.length === 0 || this.hasEnded[thread] === 1) return;
      const channel = thread * channels.tags + Tag.RankDied;
      const producer = new RingProducer(
        this.words,
        channels.bases[channel],
        channels.capacities[channel],
        this.self,
      );
      while (ranks.length > 0) {
        message[SOURCE] = ranks[0];
        message[DEST] = -1;
        message[PAYLOAD] = ranks[0];
        if (!producer.publish(message, 0, 1)) break;
        ranks.shift();
      }
      wake(this.words, control.threadOffset(thread), this.self);
    });
  }

  /** Wakes all threads but the bridge. */
  private wakeAll(): void {
    const { control } = this.fabric;
    const hosts = [...this.workers.keys()].filter((thread) => this.workers[thread] !== undefined);
    for (const thread of [...hosts, ...this.hashCrew.threads()]) {
      wake(this.words, control.threadOffset(thread), this.self);
    }
  }

  /** Those who hold the permits may have died with them, or hang: nobody waits for one for long. */
  private admitLongCalled(): void {
    if (this.plan.permits === 0) return;
    this.workers.forEach((worker, thread) => {
      if (worker === undefined) return;
      const control = this.fabric.control.threadOffset(thread);
      const isCalled = Atomics.load(this.words, control + STATE) === CALLED;
      const sleep = isCalled ? Atomics.load(this.words, control + PARKS) : -1;
      if (isCalled && this.calledIn[thread] === sleep) wake(this.words, control, this.self);
      this.calledIn[thread] = sleep;
    });
  }

  /** Gives the run up; every thread reports what it has. */
  private abort(reason: AbortReason): void {
    if (this.reason !== AbortReason.None || reason === AbortReason.None) return;
    this.reason = reason;
    this.abortedAtMs = monotonicMs();
    // Every thread looks at this word once a turn; those asleep are woken for it.
    Atomics.store(this.words, this.plan.controlOffset + ABORT, reason);
    this.hashCrew.dismiss();
    this.wakeBridge();
    this.wakeAll();
    // Not to be waited for where every thread has answered by then.
    setTimeout(() => this.endSilentThreads(), REPORT_LIMIT_MS).unref();
  }

  private hasReported(thread: number): boolean {
    return this.reports.some((report) => report.thread === thread);
  }

  private endSilentThreads(): void {
    this.workers.forEach((worker, thread) => {
      if (worker === undefined || this.hasReported(thread)) return;
      this.silent.add(thread);
      void worker.terminate();
    });
  }

  private tick(): void {
    // Another process may have given the run up.
    this.abort(Atomics.load(this.words, this.plan.controlOffset + ABORT) as AbortReason);
    if (this.undecided.size > 0) this.settleClaims();
    this.tellDeaths();
    this.admitLongCalled();
    this.endEndlessChoices();
    this.leaveSilentOut();
    this.watchProgress();
    const delivered = this.delivered();
    this.hooks.onProgress?.({
      phase: delivered > 0 ? 'exchanging' : 'starting',
      threadsReady: ownStatus(this.words, this.plan.controlOffset).readyThreads,
      threads: this.plan.config.threads,
      segmentsDelivered: delivered,
      segmentsWanted: this.segmentsWanted,
    });
  }

  private endEndlessChoices(): void {
    for (const { thread, error } of this.choices?.look() ?? []) {
      this.failure ??= { kind: 'failure', thread, error };
      this.silent.add(thread);
      void this.workers[thread]?.terminate();
      this.abort(AbortReason.Failed);
    }
  }

  /** Who does not answer is dead to the swarm: its thread is ended, and the others are told. */
  private leaveSilentOut(): void {
    // The watch over a strategy of the user's own knows better why its thread does not answer.
    if (this.reason !== AbortReason.None || this.choices !== undefined) return;
    this.workers.forEach((worker, thread) => {
      if (worker === undefined || this.hasReported(thread)) return;
      if (!this.silence.isSilent(thread)) return;
      const seconds = (this.plan.config.peerTimeoutMs ?? 0) / 1000;
      this.leftOut.set(thread, `it did not answer for ${seconds} s (--peer-timeout)`);
      void worker.terminate();
    });
  }

  private delivered(): number {
    return this.board.downloads.reduce((sum, count) => sum + count, 0);
  }

  private watchProgress(): void {
    // Of several processes the first one judges for all.
    if (this.reason !== AbortReason.None || (this.plan.cluster?.process ?? 0) !== 0) return;
    const progress = this.progress();
    // What other processes prepare can't be seen from here.
    const isHeldUp = this.plan.cluster !== undefined && this.isPreparing();
    if (progress !== this.lastProgress || isHeldUp) {
      this.lastProgress = progress;
      this.stillTicks = 0;
      return;
    }
    // Ticks, not time: while the whole process is stopped, nothing can be expected to move.
    this.stillTicks++;
    if (this.stillTicks % LOST_TICKS === 0 && this.isLost()) {
      this.abort(AbortReason.SegmentsLost);
    } else if (this.stillTicks * TICK_MS > this.plan.config.stallTimeoutMs) {
      this.abort(AbortReason.Stalled);
    }
  }

  /** Whether some segment that is still wanted can never come; no answer before all have begun. */
  private isLost(): boolean {
    for (let thread = 0; thread < this.plan.config.threads; thread++) {
      const isReady = this.fabric.control.threadOffset(thread) + IS_READY;
      if (this.hasEnded[thread] === 0 && Atomics.load(this.words, isReady) === 0) return false;
    }
    if (!this.othersHaveBegun()) return false;
    const { faults } = this.plan.config;
    const hasCome = (index: number): boolean =>
      Atomics.load(this.words, this.plan.faultTimesOffset + index) !== 0;
    if (faults.some(({ kind }, index) => kind === 'late' && !hasCome(index))) return false;
    const dropped = faults.flatMap((fault, index) =>
      fault.kind === 'drop-holder' && hasCome(index) ? (fault.rank ?? []) : [],
    );
    return findLostSegments(this.plan, this.workload, this.board, dropped);
  }

  /** Whether the threads of all other processes take their turns. */
  private othersHaveBegun(): boolean {
    const { cluster } = this.plan;
    if (cluster === undefined) return true;
    return readStatus(this.words, cluster).every(
      ({ readyThreads }, process) => process === cluster.process || readyThreads > 0,
    );
  }

  /** A number that changes whenever the swarm comes forward in any way. */
  private progress(): number {
    const { cluster, controlOffset } = this.plan;
    const far = cluster === undefined ? [] : readStatus(this.words, cluster);
    const all = [ownStatus(this.words, controlOffset), ...far];
    // Segments, not messages: clients that only refuse each other come no further.
    const delivered = this.delivered();
    return all.reduce((sum, { progress }) => sum + progress, delivered + this.reports.length);
  }
}
