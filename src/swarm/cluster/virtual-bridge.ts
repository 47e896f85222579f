/**
 * The bridge of a process in virtual time: at the end of each window it exchanges one message with
 * every other process, and all open the next window together; see `roles/assembly/virtual-bridge.ts`
 * for what the messages hold.
 */
import type { MpiWorld } from '../../comm/mpi/world.js';
import { type VirtualBridgeKernel, WindowState, openRules } from '../../roles/kernel.js';
import { ABORT, HEAP_END } from '../../shm/control-layout.js';
import { openFaults } from '../virtual/faults.js';
import { address, openShared, openWindows } from '../virtual/network.js';
import type { VirtualPlan } from '../virtual/plan.js';
import { AbortReason } from '../report-types.js';
import type { BridgeReport } from './bridge.js';
import { ProcessLostError } from './errors.js';
import { MpiTag, sleepMs } from './exchange.js';
import type { Members } from './members.js';
import { Transfers } from './transfers.js';

/** Bytes that a window's message may have in one piece; what is more follows in a second one. */
const FIRST_BYTES = 2 ** 16;

/** Words of a message's header: records that follow. */
const RECORDS = 5;
const RECORD_BYTES = 64;

/** In place of a message: the run is given up, for the reason that is the byte. */
const ABORT_BYTES = 1;

/** Looks at MPI before the bridge sleeps between two, and how long it does. */
const LOOKS = 2000;
const SLEEP_MS = 0.05;

/** Looks between two at whether the others live. */
const LOOKS_PER_CHECK = 5000;

/** One other process. */
class Neighbour {
  /** Places of the transfers: sends and receives, of the first piece and of the rest. */
  readonly places: { send: number; sendRest: number; receive: number; receiveRest: number };
  first = new Uint8Array(new SharedArrayBuffer(FIRST_BYTES));
  /** What came, as a whole. */
  message: Uint8Array;
  /** Transfers of this window that are not through. */
  open = 0;
  firstBytes = -1;

  constructor(
    readonly process: number,
    transfers: Transfers,
  ) {
    this.message = this.first;
    const place = (): number => transfers.place(() => this.open--);
    const receive = transfers.place((bytes) => {
      this.firstBytes = bytes;
      this.open--;
    });
    this.places = { send: place(), sendRest: place(), receive, receiveRest: place() };
  }
}

export class VirtualBridge {
  private readonly words: Int32Array;
  private readonly transfers: Transfers;
  private readonly neighbours: Neighbour[];
  /** Where messages of others are put for the kernel, and how long they may be. */
  private inbox = 0;
  private inboxBytes = 0;
  private bytesSent = 0;
  private batchesSent = 0;
  private messagesSent = 0;
  private isAborting = false;
  /** Whether another process has said that the run is given up. */
  private wasTold = false;

  constructor(
    private readonly plan: VirtualPlan,
    private readonly kernel: VirtualBridgeKernel,
    world: MpiWorld,
    private readonly members: Members,
  ) {
    this.words = new Int32Array(plan.slab);
    this.transfers = new Transfers(world, members.others.length * 4);
    this.neighbours = members.others.map((process) => new Neighbour(process, this.transfers));
    this.openKernel();
  }

  private openKernel(): void {
    const { kernel, plan } = this;
    const { config, layout, seat, hosted } = plan;
    if (seat === undefined) throw new Error('a bridge leads to other processes');
    kernel.openHeap(address(layout.control + HEAP_END));
    openWindows(kernel, plan, config.threads);
    const isAck = config.protocol === 'ack';
    if (isAck) {
      openShared(kernel, plan);
      openRules(kernel, config.strategy, config.picker);
    } else {
      const { ranks, seed, segmentBytes, blockBytes } = config;
      kernel.openSwarm(ranks, seed, plan.totalSegments, segmentBytes, blockBytes);
    }
    kernel.openVirtualBridge(
      seat.processes,
      seat.process,
      address(layout.processOfRanks),
      config.threads,
      address(layout.threadOfRanks),
      hosted.first,
      hosted.count,
      plan.workload.files.length,
      isAck ? address(layout.seenRows) : 0,
    );
    // All of them, as every thread opens them; none of their ranks is here.
    openFaults(kernel, plan, []);
  }

  /** Goes through all windows. */
  run(): BridgeReport {
    const { kernel } = this;
    let state: number = WindowState.Opened;
    while (state === WindowState.Opened) {
      this.isAborting = kernel.closeWindow() === 0;
      this.exchange();
      if (this.isAborting || this.wasTold) break;
      for (const neighbour of this.neighbours) this.takeIn(neighbour);
      state = kernel.openNextWindow();
    }
    // One that was given up here is told to those who have not heard of it.
    if (state === WindowState.Aborted) {
      kernel.closeWindow();
      this.isAborting = true;
      this.exchange();
    }
    return {
      batchesSent: this.batchesSent,
      bytesSent: this.bytesSent,
      messagesSent: this.messagesSent,
      segmentsSent: 0,
      segmentsFromSharedMemory: 0,
      segmentsServedHere: 0,
      isCutShort: false,
      lost: [],
    };
  }

  /** Sends every process its message and waits for those of all. */
  private exchange(): void {
    for (const neighbour of this.neighbours) this.begin(neighbour);
    let looks = 0;
    while (this.neighbours.some(({ open }) => open > 0)) {
      if (this.transfers.poll() > 0) {
        looks = 0;
        for (const neighbour of this.neighbours) this.goOn(neighbour);
        continue;
      }
      looks++;
      if (looks > LOOKS) sleepMs(SLEEP_MS);
      if (looks % LOOKS_PER_CHECK === 0) this.refuseToWaitForTheDead();
    }
  }

  private begin(neighbour: Neighbour): void {
    const { kernel, transfers, plan } = this;
    const { process, places } = neighbour;
    neighbour.firstBytes = -1;
    neighbour.open = 2;
    transfers.receive(places.receive, neighbour.first, process, MpiTag.Window);
    const length = this.isAborting ? ABORT_BYTES : kernel.windowMessageBytes(process);
    const start = kernel.windowMessage(process) >>> 0;
    const bytes = this.isAborting
      ? Uint8Array.of(Atomics.load(this.words, plan.layout.control + ABORT))
      : new Uint8Array(plan.memory.buffer, start, Math.min(length, FIRST_BYTES));
    transfers.send(places.send, bytes, process, MpiTag.Window);
    if (length > FIRST_BYTES) {
      neighbour.open++;
      const rest = new Uint8Array(plan.memory.buffer, start + FIRST_BYTES, length - FIRST_BYTES);
      transfers.send(places.sendRest, rest, process, MpiTag.WindowRest);
    }
    this.batchesSent++;
    this.bytesSent += length;
    this.messagesSent += length / RECORD_BYTES - 1;
  }

  /** Sees what the first piece of a message says. */
  private goOn(neighbour: Neighbour): void {
    const { firstBytes, first, places, process } = neighbour;
    if (firstBytes < 0) return;
    neighbour.firstBytes = -1;
    if (firstBytes === ABORT_BYTES) {
      const abort = this.plan.layout.control + ABORT;
      Atomics.compareExchange(this.words, abort, AbortReason.None, first[0]);
      this.wasTold = true;
      return;
    }
    const header = new Int32Array(first.buffer, 0, RECORD_BYTES / 4);
    const length = (header[RECORDS] + 1) * RECORD_BYTES;
    if (length <= FIRST_BYTES) {
      neighbour.message = first.subarray(0, length);
      return;
    }
    const whole = new Uint8Array(new SharedArrayBuffer(length));
    whole.set(first);
    neighbour.message = whole;
    neighbour.open++;
    const rest = whole.subarray(FIRST_BYTES);
    this.transfers.receive(places.receiveRest, rest, process, MpiTag.WindowRest);
  }

  private takeIn({ message }: Neighbour): void {
    const { kernel, plan } = this;
    if (message.length > this.inboxBytes) {
      this.inboxBytes = message.length * 2;
      this.inbox = kernel.allocate(this.inboxBytes) >>> 0;
    }
    new Uint8Array(plan.memory.buffer, this.inbox, message.length).set(message);
    kernel.takeWindowMessage(this.inbox);
  }

  private refuseToWaitForTheDead(): void {
    for (const { process } of this.neighbours) {
      if (!this.members.hasVanished(process)) continue;
      this.members.bury(process);
      const abort = this.plan.layout.control + ABORT;
      Atomics.compareExchange(this.words, abort, AbortReason.None, AbortReason.RankNeededDied);
      throw new ProcessLostError(process);
    }
  }
}
