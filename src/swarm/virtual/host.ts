/** A worker thread's part of a run in virtual time: hosts some of the ranks. */
import { SEED_CHOKERS } from '../../roles/chokers.js';
import {
  type KernelHost,
  type VirtualKernel,
  WindowState,
  allocateIn,
  instantiateKernel,
  openRules,
} from '../../roles/kernel.js';
import { TRACKER } from '../../roles/tags.js';
import { HEAP_END } from '../../shm/control-layout.js';
import { WORD_BYTES, type Words } from '../../shm/layout.js';
import { type Chooser, NO_CHOICES } from '../custom/chooser.js';
import { readFaultCosts } from '../fault-costs.js';
import { isLate } from '../faults.js';
import { syntheticFileName } from '../input/index.js';
import { listLacking } from '../missing.js';
import { type FaultCost, monotonicMs } from '../report-types.js';
import type { MissingSegments } from '../result.js';
import { openFaults, timedFaults } from './faults.js';
import { address, openNetwork, openShared } from './network.js';
import { type Observed, openObservation, readObserved } from './observation.js';
import { ranksOf } from './placement.js';
import { PROGRESS_WORDS, type VirtualPlan, type VirtualTask } from './plan.js';
import { wantsNothing } from './population.js';

/** Events between two looks at whether anybody wants to know how far the run is. */
const EVENTS_AT_ONCE = 200_000;

const NS_PER_MS = 1e6;
const NS_PER_SECOND = 1e9;

/** Figures of one rank, in the order of {@link RANK_FIGURES}. */
export const RANK_FIGURES = [
  'downloads',
  'uploads',
  'requests',
  'nacks',
  'duplicates',
  'neighbours',
  'joinedNs',
  'finishedNs',
  'departedNs',
  'sentBytes',
  'receivedBytes',
  'receivedBlocks',
  'trailLow',
  'trailHigh',
] as const;

/** Words of what the kernel keeps of a rank; see `readClient` and `readPeer`. */
const RECORD_WORDS = 6;
const HASH_FAILURES = 4;

/** A thread's last words. */
export interface VirtualReport {
  readonly kind: 'report';
  readonly thread: number;
  /** When its ranks stood ready, and when it was through the last window, on this machine's clock. */
  readonly readyAtMs: number;
  readonly throughAtMs: number;
  readonly state: number;
  readonly presentNs: number;
  readonly ranks: readonly number[];
  /** For each of `ranks` the figures of {@link RANK_FIGURES}, one after the other. */
  readonly figures: Float64Array;
  readonly controlMessages: number;
  readonly controlBytes: number;
  readonly dataBlocks: number;
  readonly dataBytes: number;
  readonly trackerRequests: number;
  readonly hashFailures: number;
  /** For each fault that comes due in the middle of a run when it did, in ns; negative: not here. */
  readonly faultTakenNs: readonly number[];
  readonly faultCosts: readonly FaultCost[];
  /** What clients lack in the end; empty where the run was to end early. */
  readonly missing: readonly MissingSegments[];
  /** See `trace.ts`; 0 and false where nothing is recorded. */
  readonly traceHead: number;
  readonly isTraceCut: boolean;
  /** Absent where nobody asked for it. */
  readonly observed?: Observed;
}

/** Hosts ranks on the calling thread. */
export class VirtualHost {
  private readonly plan: VirtualPlan;
  private readonly kernel: VirtualKernel;
  private readonly words: Words;
  /** In ascending order. */
  private readonly ranks: readonly number[];
  /** Of each rank of the swarm. */
  private readonly finishedNs: Float64Array;
  private readonly scratch: number;

  /** @param chooser - asks the strategy, where it is not a built-in one */
  constructor(
    private readonly task: VirtualTask,
    private readonly chooser?: Chooser,
  ) {
    const { plan, thread } = task;
    this.plan = plan;
    this.words = new Int32Array(plan.slab);
    this.ranks = ranksOf(plan, thread);
    this.finishedNs = new Float64Array(plan.config.ranks).fill(-1);
    this.kernel = instantiateKernel(plan.kernel, plan.memory, this.imports());
    this.kernel.openHeap(address(plan.layout.control + HEAP_END));
    this.scratch = allocateIn(this.kernel, 64);
    openNetwork(this.kernel, plan, thread, this.ranks);
    const { trace, traceLimit, ranks, observe = false } = plan.config;
    if (trace !== undefined) this.kernel.openTrace(traceLimit);
    if (observe) openObservation(this.kernel, ranks, plan.totalSegments);
    if (plan.config.protocol === 'bep3') this.openPeers();
    else this.openRoles();
    openFaults(this.kernel, plan, this.ranks);
  }

  private imports(): KernelHost {
    const nothing = (): void => undefined;
    const { memory, population, config } = this.plan;
    const choices = this.chooser?.choices({
      memory,
      kernel: () => this.kernel,
      zones: population.zone,
      slots: config.slots,
    });
    return {
      ...(choices ?? NO_CHOICES),
      accept: () => true,
      lookAhead: () => undefined,
      acceptSpoiled: () => false,
      complete: nothing,
      finished: (rank) => {
        this.finishedNs[rank] = this.kernel.presentNs();
        this.kernel.noteFinished();
      },
      after: nothing,
      released: nothing,
      allFinished: nothing,
      fault: (rank) => this.kernel.faultIsDue(rank),
    };
  }

  private openPeers(): void {
    const { kernel, plan } = this;
    const { config, population } = plan;
    kernel.openSwarm(
      config.ranks,
      config.seed,
      plan.totalSegments,
      config.segmentBytes,
      config.blockBytes,
    );
    kernel.openChoking(
      config.handout,
      config.pipeline,
      config.slots,
      config.rechokeMs,
      config.optimisticRounds,
      SEED_CHOKERS.findIndex(({ name }) => name === config.seedChoking),
    );
    kernel.openPicking(config.randomFirst, config.endgame ? 1 : 0);
    kernel.openPeers(this.ranks[0], this.ranks.length, config.latencyMs.length);
    for (const rank of this.ranks) {
      if (rank === TRACKER) continue;
      kernel.openPeer(
        rank,
        population.zone[rank],
        population.isSeed[rank],
        isLate(config, rank) ? -1 : population.joinsAtNs[rank],
        population.connections[rank],
        population.choker[rank],
        population.picker[rank],
        population.behaviour[rank],
        population.seedingNs[rank],
        population.patienceNs[rank],
        population.up[rank] / NS_PER_SECOND,
      );
      const others = population.neighbours?.[rank];
      if (others !== undefined) {
        kernel.giveNeighbours(rank, this.store(others), others.length);
      }
    }
  }

  /** Copies numbers to the kernel's memory and returns their address, which is never 0. */
  private store(numbers: readonly number[]): number {
    const place = allocateIn(this.kernel, Math.max(1, numbers.length) * WORD_BYTES);
    new Int32Array(this.plan.memory.buffer, place, numbers.length).set(numbers);
    return place;
  }

  private openRoles(): void {
    const { kernel, plan } = this;
    const { config, layout, workload } = plan;
    openShared(kernel, plan);
    kernel.openVirtualRanks(address(layout.wire), address(layout.seenRows), this.ranks.length);
    const { seed, window, refresh, handout, load } = config;
    kernel.openSettings(seed, window, refresh, handout, load === 'message' ? 1 : 0);
    kernel.openContent(0, config.segmentBytes, plan.totalSegments, -1, -1, 0);
    openRules(kernel, config.strategy, config.picker);
    kernel.openNetwork(address(layout.zoneOfRanks), address(layout.linkCosts));
    kernel.openRanks(this.ranks.length);
    if (this.ranks[0] === TRACKER) kernel.openTracker(workload.files.length);
    for (const rank of this.ranks) {
      if (rank === TRACKER) continue;
      const owned = workload.owned[rank];
      const wanted = workload.wanted[rank];
      kernel.openClient(rank, this.store(owned), owned.length, this.store(wanted), wanted.length);
      if (!isLate(config, rank)) kernel.startClient(rank);
    }
  }

  /** Runs until the run is over or given up. */
  run(): VirtualReport {
    const readyAtMs = monotonicMs();
    let state: number = WindowState.Opened;
    while (state === WindowState.Opened) {
      state = this.kernel.advance(EVENTS_AT_ONCE);
      this.tellProgress();
    }
    return this.report(state, { readyAtMs, throughAtMs: monotonicMs() });
  }

  private tellProgress(): void {
    const { kernel, plan, task } = this;
    const at = plan.layout.progress + task.thread * PROGRESS_WORDS;
    Atomics.store(this.words, at, kernel.dataBlocks() | 0);
    Atomics.store(this.words, at + 1, Math.floor(kernel.presentNs() / NS_PER_MS));
  }

  /** Segments that a peer of `bep3` has uploaded before it had everything. */
  uploadsBeforeSeeding(rank: number): number {
    return this.kernel.readUploadsBeforeSeeding(rank);
  }

  /** How long a peer of `bep3` has unchoked another so far. */
  unchokedSeconds(rank: number, other: number): number {
    return this.kernel.readUnchoked(rank, other) / NS_PER_SECOND;
  }

  private report(
    state: number,
    times: Pick<VirtualReport, 'readyAtMs' | 'throughAtMs'>,
  ): VirtualReport {
    const { kernel, plan } = this;
    const { config } = plan;
    const { until, observe } = config;
    const width = RANK_FIGURES.length;
    const figures = new Float64Array(this.ranks.length * width);
    const missing: MissingSegments[] = [];
    let hashFailures = 0;
    for (const [index, rank] of this.ranks.entries()) {
      const link = this.linkFigures(rank);
      const record = this.readRecord(rank);
      figures.set([...this.figuresOf(rank, record), ...link], index * width);
      hashFailures += record[HASH_FAILURES];
      const isWhole = record[0] === plan.totalSegments || wantsNothing(plan.population, rank);
      if (until === 0 && !isWhole) missing.push(...this.missingOf(rank));
    }
    return {
      kind: 'report',
      thread: this.task.thread,
      ...times,
      ranks: this.ranks,
      state,
      presentNs: kernel.presentNs(),
      figures,
      controlMessages: kernel.controlMessages(),
      controlBytes: kernel.controlBytes(),
      dataBlocks: kernel.dataBlocks(),
      dataBytes: kernel.dataBytes(),
      trackerRequests: kernel.announces() + kernel.trackerRequests(),
      hashFailures,
      faultTakenNs: timedFaults(config).map((_, index) => kernel.faultTakenAt(index)),
      faultCosts: readFaultCosts(kernel, config.ranks, plan.memory, this.scratch),
      missing,
      traceHead: kernel.traceHead() >>> 0,
      isTraceCut: kernel.isTraceCut() !== 0,
      ...(observe === true && {
        observed: readObserved(kernel, plan.memory.buffer, config.ranks, plan.totalSegments),
      }),
    };
  }

  /** What a client lacks, file by file. */
  private missingOf(rank: number): MissingSegments[] {
    const { config } = this.plan;
    return Array.from({ length: config.files }, (_, file) => {
      const first = file * config.segments;
      const lacking = listLacking(config.segments, (index, isHeld) => {
        let found = index;
        while (found < config.segments && this.holds(rank, first + found) !== isHeld) found++;
        return found;
      });
      return { rank, file: syntheticFileName(file), ...lacking };
    }).filter(({ count }) => count > 0);
  }

  private holds(rank: number, segment: number): boolean {
    const { kernel, plan } = this;
    const isPeer = plan.config.protocol === 'bep3';
    return (isPeer ? kernel.peerHolds(rank, segment) : kernel.holds(rank, segment)) !== 0;
  }

  /** Figures of the rank's links, the last of {@link RANK_FIGURES}. */
  private linkFigures(rank: number): number[] {
    const { kernel, scratch, plan } = this;
    kernel.readLink(rank, scratch);
    const buffer = plan.memory.buffer;
    const [trailLow, trailHigh] = new Uint32Array(buffer, scratch, 2);
    const [sentBytes, receivedBytes] = new Float64Array(buffer, scratch + 8, 2);
    const [receivedBlocks] = new Int32Array(buffer, scratch + 24, 1);
    return [sentBytes, receivedBytes, receivedBlocks, trailLow, trailHigh];
  }

  /** Reads what the kernel keeps of a rank; the first word is the segments that it has. */
  private readRecord(rank: number): Int32Array {
    const { kernel, scratch, plan } = this;
    if (rank === TRACKER) return new Int32Array(RECORD_WORDS);
    if (plan.config.protocol === 'bep3') kernel.readPeer(rank, scratch);
    else kernel.readClient(rank, scratch);
    return new Int32Array(plan.memory.buffer, scratch, RECORD_WORDS);
  }

  /** The figures that come before those of the links. */
  private figuresOf(rank: number, record: Int32Array): number[] {
    const { plan } = this;
    if (rank === TRACKER) return [0, 0, 0, 0, 0, 0, 0, -1, -1];
    if (plan.config.protocol === 'bep3') return this.peerFigures(rank, record);
    const [downloads, uploads, requests, nacks] = record;
    const finished = this.finishedNs[rank];
    return [downloads, uploads, requests, nacks, 0, 0, this.joinedNs(rank), finished, -1];
  }

  /** When a client of `ack` joined: all do at once but those who are late. */
  private joinedNs(rank: number): number {
    const { config } = this.plan;
    if (!isLate(config, rank)) return 0;
    const late = timedFaults(config).findIndex(
      (fault) => fault.kind === 'late' && fault.rank === rank,
    );
    return Math.max(0, this.kernel.faultTakenAt(late));
  }

  private peerFigures(rank: number, record: Int32Array): number[] {
    const { scratch, plan } = this;
    const [held, uploads, requests, duplicates, , neighbours] = record;
    const times = scratch + RECORD_WORDS * WORD_BYTES;
    const [joined, finished, departed] = new Float64Array(plan.memory.buffer, times, 3);
    const downloads = plan.population.isSeed[rank] === 1 ? 0 : held;
    return [downloads, uploads, requests, 0, duplicates, neighbours, joined, finished, departed];
  }
}
