/** A worker thread that hosts ranks: lets the kernel take its turns, and sees to what it can't. */
import { type Kernel, allocateIn, instantiateKernel } from '../roles/kernel.js';
import { TAG_COUNT, TRACKER, Tag } from '../roles/tags.js';
import { DONE, GIVEN_UP, WORKED } from '../roles/turns.js';
import { Board } from '../shm/board.js';
import {
  ABORT,
  BRIDGE_NAPS,
  HEARTBEAT,
  IS_READY,
  READY_THREADS,
  RELEASED_AT,
} from '../shm/control-layout.js';
import { WORD_BYTES, type Words } from '../shm/layout.js';
import { type Chooser, NO_CHOICES } from './custom/chooser.js';
import { readFaultCosts } from './fault-costs.js';
import { FaultInjector } from './fault-injector.js';
import { FileOutput } from './output.js';
import { type Acceptance, StoredPayload } from './payload.js';
import { type SwarmPlan, type ThreadTask, fabricOf } from './plan.js';
import { openSwarm } from './open-kernel.js';
import { prepareContent } from './prepare.js';
import { type RankReport, type RankWait, type ThreadReport, monotonicMs } from './report-types.js';
import { TimerQueue } from './timers.js';

/** Turns without work before a thread parks, where every thread has a core. */
const SPIN_TURNS = 200;

/** Words that the kernel writes when it is asked for a client's figures or what it waits for. */
const SCRATCH_WORDS = 16;

/** Thrown through the kernel to leave a turn in the middle; its state is only read after that. */
class TurnAborted extends Error {}

/** Hosts a block of ranks on the calling thread. */
export class Host {
  private readonly plan: SwarmPlan;
  private readonly kernel: Kernel;
  private readonly words: Words;
  private readonly board: Board;
  private readonly payload: StoredPayload | undefined;
  private readonly timers = new TimerQueue();
  private readonly firstRank: number;
  private readonly rankCount: number;
  /** Offset of this thread's control block, in words. */
  private readonly control: number;
  private readonly faults: FaultInjector;
  private readonly finishedAtMs = new Map<number, number>();
  private readonly scratch: number;
  private allFinishedAtMs: number | undefined;

  /** @param chooser - asks the strategy, where it is not a built-in one */
  constructor(
    private readonly task: ThreadTask,
    private readonly chooser?: Chooser,
  ) {
    const { plan, thread } = task;
    const { control, placement } = fabricOf(plan);
    this.plan = plan;
    this.words = new Int32Array(plan.slab);
    this.board = new Board(plan.slab, plan.board);
    this.firstRank = placement.firstRank(thread);
    this.rankCount = placement.rankCount(thread);
    this.control = control.threadOffset(thread);
    this.payload = this.buildPayload();
    this.faults = new FaultInjector(task, this.board, {
      kernel: () => this.kernel,
      beat: () => this.beat(),
    });
    this.kernel = this.instantiate();
    this.openKernel();
    this.scratch = allocateIn(this.kernel, (SCRATCH_WORDS + plan.config.window) * WORD_BYTES);
  }

  private buildPayload(): StoredPayload | undefined {
    if (this.plan.segmentBytes === 0) return undefined;
    const payload = new StoredPayload(this.plan, this.board, this.task.thread);
    prepareContent(this.task, payload, this.words, this.plan.controlOffset, () => this.isAborted());
    return payload;
  }

  private instantiate(): Kernel {
    const { plan, payload, words } = this;
    const output = new FileOutput(plan, () => this.beat());
    const abort = plan.controlOffset + ABORT;
    const choices = this.chooser?.choices({ memory: plan.memory, kernel: () => this.kernel });
    // It keeps the hash list as a string, which is not needed where other threads hash.
    const accept = plan.hashThreads > 0 ? undefined : payload?.acceptance();
    // Made when it is needed: it keeps a hash list of its own.
    let acceptSpoiled: Acceptance | undefined;
    return instantiateKernel(plan.kernel, plan.memory, {
      ...NO_CHOICES,
      ...(choices !== undefined && {
        chooseHolder: (...choice) => {
          // Nor for a strategy that takes its time.
          if (Atomics.load(words, abort) !== 0) throw new TurnAborted();
          return choices.chooseHolder(...choice);
        },
      }),
      accept: accept ?? (() => false),
      lookAhead: () => undefined,
      acceptSpoiled: (...delivery) => {
        acceptSpoiled ??= payload?.spoiledAcceptance();
        return acceptSpoiled?.(...delivery) === true;
      },
      complete: (rank, file) => {
        if (payload !== undefined) output.write(rank, file, payload);
      },
      finished: (rank) => {
        this.finishedAtMs.set(rank, monotonicMs());
      },
      after: (rank, delayMs) => {
        this.timers.add(monotonicMs() + delayMs, rank);
      },
      released: () => {
        const us = Math.round((monotonicMs() - plan.startedAtMs) * 1000);
        Atomics.store(this.words, plan.controlOffset + RELEASED_AT, us);
      },
      allFinished: () => {
        this.allFinishedAtMs = monotonicMs();
      },
      fault: (rank) => this.faults.onDue(rank),
    });
  }

  /** Tells the instance where everything lies; registers the clients with the tracker. */
  private openKernel(): void {
    const { plan, kernel, task } = this;
    openSwarm(kernel, plan, task.thread);
    if (plan.copiesBoard) kernel.openCopy(this.firstRank, this.rankCount);
    kernel.openRanks(this.rankCount);
    if (this.firstRank === TRACKER) kernel.openTracker(plan.files.length);
    for (let index = 0; index < this.rankCount; index++) this.openClient(index);
    this.faults.open();
  }

  private openClient(index: number): void {
    const rank = this.firstRank + index;
    if (rank === TRACKER) return;
    const owned = this.task.owned[index];
    const wanted = this.task.wanted[index];
    this.kernel.openClient(
      rank,
      this.store(owned),
      owned.length,
      this.store(wanted),
      wanted.length,
    );
    if (!this.faults.isLate(rank)) this.kernel.startClient(rank);
  }

  /** Copies numbers to the kernel's memory and returns their address. */
  private store(numbers: readonly number[]): number {
    if (numbers.length === 0) return 0;
    const address = allocateIn(this.kernel, numbers.length * WORD_BYTES);
    new Int32Array(this.plan.memory.buffer, address, numbers.length).set(numbers);
    return address;
  }

  private isAborted(): boolean {
    return Atomics.load(this.words, this.plan.controlOffset + ABORT) !== 0;
  }

  /** Runs until all ranks here were told to stop, or the run is given up. */
  run(): ThreadReport {
    try {
      this.takeTurns();
    } catch (error) {
      if (!(error instanceof TurnAborted)) throw error;
    }
    this.kernel.leave();
    return this.report();
  }

  private takeTurns(): void {
    const { kernel } = this;
    this.openLoop();
    Atomics.store(this.words, this.control + IS_READY, 1);
    Atomics.add(this.words, this.plan.controlOffset + READY_THREADS, 1);
    for (;;) {
      // Before the turn, which sends what the timers bring about.
      if (this.timers.size > 0) this.fireTimers();
      this.faults.beforeTurn();
      const isWatched = this.timers.size > 0 || this.faults.isWatching();
      const outcome = kernel.takeTurns(isWatched ? 1 : 0);
      if (outcome === GIVEN_UP) return;
      this.faults.afterTurn(outcome === WORKED);
      if (outcome === DONE) return;
      kernel.rest(this.patienceMs());
    }
  }

  private openLoop(): void {
    const { hasCores, config, cluster, controlOffset, segmentBytes } = this.plan;
    const isAlone = config.threads === 1 && cluster === undefined;
    const spins = hasCores && !isAlone ? SPIN_TURNS : 0;
    // A receiver with a core of its own must not idle until this thread's turn is over, which would
    // cost two threads a third of their time, nor any while turns are long with hashing; else fewer
    // wake-ups mean larger batches.
    const isPrompt = hasCores || segmentBytes > 0;
    const address = (word: number): number => (controlOffset + word) * WORD_BYTES;
    const napAddress = cluster === undefined ? 0 : address(BRIDGE_NAPS);
    this.kernel.openLoop(address(ABORT), napAddress, isPrompt ? 1 : 0, spins);
  }

  /** Shows the conductor that this thread comes forward. */
  private beat(): void {
    Atomics.add(this.words, this.control + HEARTBEAT, 1);
  }

  /** How long the thread may sleep before its host has something to see to. */
  private patienceMs(): number {
    const due = this.timers.nextDueMs();
    const timerMs = due === undefined ? Infinity : Math.max(0, due - monotonicMs());
    return Math.min(timerMs, this.faults.nextLookMs());
  }

  private fireTimers(): void {
    const now = monotonicMs();
    for (;;) {
      const rank = this.timers.takeDue(now);
      if (rank === undefined) return;
      this.kernel.onTimer(rank);
    }
  }

  private report(): ThreadReport {
    const { kernel, firstRank } = this;
    const ranks: RankReport[] = [];
    const waits: RankWait[] = [];
    const isAborted = this.isAborted();
    if (isAborted && firstRank === TRACKER) waits.push(...this.trackerWaits());
    for (let rank = Math.max(1, firstRank); rank < firstRank + this.rankCount; rank++) {
      ranks.push(this.rankReport(rank));
      if (isAborted && !this.finishedAtMs.has(rank)) waits.push(this.rankWait(rank));
    }
    const fills: Record<string, number> = {};
    for (let tag = 0; tag < TAG_COUNT; tag++) {
      const fill = kernel.fillOf(tag);
      if (fill > 0) fills[Tag[tag]] = fill;
    }
    return {
      kind: 'report',
      thread: this.task.thread,
      ranks,
      messages: kernel.messagesSent(),
      trackerRequests: kernel.trackerRequests(),
      faultCosts: readFaultCosts(kernel, this.plan.config.ranks, this.plan.memory, this.scratch),
      heldUpMs: this.faults.heldUpMs,
      ...(this.allFinishedAtMs !== undefined && { allFinishedAtMs: this.allFinishedAtMs }),
      waits,
      fills,
    };
  }

  private rankReport(rank: number): RankReport {
    this.kernel.readClient(rank, this.scratch);
    const [segmentsDownloaded, segmentsUploaded, requests, nacks, hashFailures] =
      this.scratchWords(5);
    const finishedAtMs = this.finishedAtMs.get(rank);
    return {
      rank,
      segmentsDownloaded,
      segmentsUploaded,
      requests,
      nacks,
      hashFailures,
      ...(finishedAtMs !== undefined && { finishedAtMs }),
    };
  }

  /** What keeps the tracker from going on, where it is not done. */
  private trackerWaits(): RankWait[] {
    const clients = Array.from({ length: this.plan.config.ranks - 1 }, (_, index) => index + 1);
    const from = clients.filter((rank) => this.kernel.isAwaited(rank) !== 0);
    if (from.length === 0) return [];
    const isReleased = Atomics.load(this.words, this.plan.controlOffset + RELEASED_AT) !== 0;
    const [waitsFor, tag] = isReleased
      ? ['the end of downloads', Tag.Finished]
      : ['the registration of all clients', Tag.Ready];
    return [{ rank: TRACKER, waitsFor, tag: Tag[tag], from }];
  }

  private rankWait(rank: number): RankWait {
    const words = this.scratchWords(this.kernel.inspectClient(rank, this.scratch));
    const [turn, , file, missing, inFlight, loads, holders] = words;
    const from = [...new Set(words.slice(7))].sort((a, b) => a - b);
    const name = file < 0 ? '' : this.plan.fileNames[file];
    const wait = (waitsFor: string, tag: Tag, whom: readonly number[]): RankWait => ({
      rank,
      waitsFor,
      tag: Tag[tag],
      from: whom,
    });
    if (turn === 0) return wait('the release of all clients', Tag.Release, [TRACKER]);
    if (inFlight > 0) return wait(`${inFlight} segments of ${name}`, Tag.SegmentAnswer, from);
    if (loads > 0) return wait(`${loads} upload counts`, Tag.LoadAnswer, []);
    if (missing === 0) return wait(`the hash list of ${name}`, Tag.HashListAnswer, [TRACKER]);
    const what =
      holders > 0 ? `the holders of ${name}` : `a holder of ${missing} segments of ${name}`;
    return wait(what, Tag.HoldersAnswer, [TRACKER]);
  }

  private scratchWords(count: number): number[] {
    return Array.from(new Int32Array(this.plan.memory.buffer, this.scratch, count));
  }
}
