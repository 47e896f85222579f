/** A worker thread's part in the faults of a run: brings about those of its own ranks. */
import { type Kernel, openSpoiling } from '../roles/kernel.js';
import { TRACKER } from '../roles/tags.js';
import type { Board } from '../shm/board.js';
import { RELEASED_AT } from '../shm/control-layout.js';
import { WORD_BYTES } from '../shm/layout.js';
import {
  type Fault,
  dueAtDownloads,
  hasFault,
  isDeath,
  isLate,
  rankOf,
  spoiledRates,
} from './faults.js';
import { type SwarmPlan, type ThreadTask, fabricOf } from './plan.js';
import { monotonicMs } from './report-types.js';

/** Time between two looks at how far the swarm is, while somebody is to join late. */
const LOOK_MS = 2;

/** Time without progress after which a late client joins all the same: others may wait for it. */
const STILL_MS = 200;

/** A slow thread is held up at most so long at a time, then shows that it lives. */
const HOLD_LIMIT_MS = 100;

/** What the injector needs of its thread. */
interface Hosting {
  readonly kernel: () => Kernel;
  /** Shows the conductor that the thread lives. */
  readonly beat: () => void;
}

interface Pending {
  readonly fault: Fault & { readonly at: number };
  /** Its place in the configuration. */
  readonly index: number;
}

/** Brings about the faults of the ranks that a thread hosts. */
export class FaultInjector {
  /** How long the thread was held up because a rank of it is slow. */
  heldUpMs = 0;
  private readonly plan: SwarmPlan;
  private readonly words: Int32Array<SharedArrayBuffer>;
  private readonly sleeper = new Int32Array(new SharedArrayBuffer(WORD_BYTES));
  /** Faults that come due with the swarm's progress. */
  private pending: Pending[] = [];
  private readonly factor: number;
  private turnStartedMs = 0;
  private owedMs = 0;
  private lastProgress = -1;
  private progressedAtMs = 0;

  constructor(
    private readonly task: ThreadTask,
    private readonly board: Board,
    private readonly hosting: Hosting,
  ) {
    this.plan = task.plan;
    this.words = new Int32Array(task.plan.slab);
    const factors = this.plan.config.faults.flatMap((fault, index) => {
      if (fault.kind !== 'slow' || !this.hosts(fault.rank)) return [];
      this.note(index);
      return fault.factor;
    });
    this.factor = Math.max(1, ...factors);
  }

  /** Arms the faults of the ranks here; once the clients were made. */
  open(): void {
    const { config, memory } = this.plan;
    if (hasFault(config, 'corrupt')) {
      openSpoiling(this.hosting.kernel(), memory, spoiledRates(config));
    }
    config.faults.forEach((fault, index) => this.arm(fault, index));
  }

  private arm(fault: Fault, index: number): void {
    const kernel = this.hosting.kernel();
    if (fault.kind === 'corrupt') {
      if (this.hosts(TRACKER)) this.note(index);
      return;
    }
    if (fault.kind === 'slow') return;
    const rank = rankOf(fault) ?? TRACKER;
    if (fault.kind === 'late' && this.hosts(TRACKER)) kernel.expectLate(rank);
    // The tracker is the one that forgets a holder.
    if (!this.hosts(fault.kind === 'drop-holder' ? TRACKER : rank)) return;
    const downloads = dueAtDownloads(fault, this.task.wantedOfRanks[rank]);
    if (downloads === undefined) this.pending.push({ fault, index });
    else kernel.armFault(rank, downloads);
  }

  private hosts(rank: number): boolean {
    return fabricOf(this.plan).placement.threadOf(rank) === this.task.thread;
  }

  /** Whether a client joins late, and is not to register with the others. */
  isLate(rank: number): boolean {
    return isLate(this.plan.config, rank);
  }

  /** A client has come as far as its crash or hang says. */
  onDue(rank: number): void {
    this.plan.config.faults.forEach((fault, index) => {
      if (isDeath(fault) && rankOf(fault) === rank) this.inject(fault, index);
    });
  }

  /** How long the thread may sleep before it must look again whether a fault is due. */
  nextLookMs(): number {
    return this.pending.some(({ fault }) => fault.kind === 'late') ? LOOK_MS : Infinity;
  }

  /** Whether the thread must be looked at after each of its turns. */
  isWatching(): boolean {
    return this.factor > 1 || this.pending.length > 0;
  }

  /** To be called before each turn of the thread, whose length counts for one that is slow. */
  beforeTurn(): void {
    if (this.factor > 1) this.turnStartedMs = monotonicMs();
  }

  /** To be called after each turn of the thread. */
  afterTurn(worked: boolean): void {
    if (this.factor > 1 && worked) this.holdUp();
    if (this.pending.length > 0) this.injectDue();
  }

  /** Makes a turn that did something take so many times longer. */
  private holdUp(): void {
    this.owedMs += (monotonicMs() - this.turnStartedMs) * (this.factor - 1);
    while (this.owedMs >= 1) {
      const ms = Math.min(this.owedMs, HOLD_LIMIT_MS);
      const beganMs = monotonicMs();
      Atomics.wait(this.sleeper, 0, 0, ms);
      const tookMs = monotonicMs() - beganMs;
      this.owedMs -= tookMs;
      this.heldUpMs += tookMs;
      this.hosting.beat();
    }
  }

  private injectDue(): void {
    const { segments, share } = this.progress();
    const isReleased = Atomics.load(this.words, this.plan.controlOffset + RELEASED_AT) !== 0;
    const nowMs = monotonicMs();
    if (segments !== this.lastProgress || !isReleased) this.progressedAtMs = nowMs;
    this.lastProgress = segments;
    const isStill = nowMs - this.progressedAtMs >= STILL_MS;
    this.pending = this.pending.filter(({ fault, index }) => {
      if (share < fault.at && !(isStill && fault.kind === 'late')) return true;
      this.inject(fault, index);
      return false;
    });
  }

  /** Segments that the swarm has, and the share of what it can have without those who join late. */
  private progress(): { segments: number; share: number } {
    const { downloads, alive, finished } = this.board;
    let segments = 0;
    let reached = 0;
    let wanted = 0;
    this.task.wantedOfRanks.forEach((count, rank) => {
      segments += downloads[rank];
      if (this.isLate(rank)) return;
      wanted += count;
      reached += alive[rank] === 0 || finished[rank] !== 0 ? count : downloads[rank];
    });
    return { segments, share: wanted === 0 ? 1 : reached / wanted };
  }

  private inject(fault: Fault, index: number): void {
    this.note(index);
    const kernel = this.hosting.kernel();
    switch (fault.kind) {
      case 'late':
        kernel.startClient(rankOf(fault) ?? TRACKER);
        break;
      case 'drop-holder':
        kernel.dropHolder(rankOf(fault) ?? TRACKER);
        break;
      case 'hang':
        // Sleeps for good, on a word that nobody notifies: only terminate() ends it.
        Atomics.wait(this.sleeper, 0, 0);
        break;
      default:
        process.exit(1);
    }
  }

  /** Says when a fault took effect. */
  private note(index: number): void {
    const tenths = Math.round((monotonicMs() - this.plan.startedAtMs) * 10);
    Atomics.store(this.words, this.plan.faultTimesOffset + index, tenths + 1);
  }
}
