/**
 * The bridge of a process: its only thread that speaks MPI. The kernel packs and unpacks batches of
 * messages (`roles/assembly/bridge.ts`); here they travel, and the bytes of segments with them.
 *
 * At the end each process sends `RECORD_END`, and when it has that of another, one last word to it:
 * nothing may be under way when MPI is used for something else, or left.
 *
 * A batch is sent only where the receiver has a buffer waiting for it, which the batches that it
 * takes in grant anew: MPI never has to keep what nobody has asked for. Where a channel is full, the
 * bridge takes no more batches in, the far bridge can send none, and its own rings fill up until the
 * senders over there feel it; the bridge itself goes on receiving whatever comes of its own threads.
 *
 * Processes of one machine read segments in each other's memory (`shared-content.ts`). To others the
 * bytes go beside the batches (`freight.ts`), and an answer is handed on once its bytes, and those of
 * all answers before it, are there.
 */
import { MpiError } from '../../comm/mpi/errors.js';
import type { MpiWorld, SharedWindow } from '../../comm/mpi/world.js';
import { PAYLOAD, SLOT_WORDS } from '../../ringbuf/ring-layout.js';
import { RECORD_ABORT, RECORD_END, RECORD_STATUS } from '../../roles/bridge-records.js';
import { type BridgeKernel, allocateIn } from '../../roles/kernel.js';
import { TAG_COUNT } from '../../roles/tags.js';
import { ABORT, BRIDGE_NAPS, HOSTS_ENDED, STATE } from '../../shm/control-layout.js';
import { WORD_BYTES, type Words } from '../../shm/layout.js';
import { isAsleep, park } from '../../shm/parking.js';
import { type ClusterPlan, type SwarmPlan, fabricOf } from '../plan.js';
import { AbortReason, monotonicMs } from '../report-types.js';
import { LIFE_CHECK_MS, MpiTag, waitFor } from './exchange.js';
import { FREIGHT_RECEIVES, FREIGHT_SENDS, Freight } from './freight.js';
import type { Members } from './members.js';
import { noteStatus, ownStatus } from './status.js';
import { Transfers } from './transfers.js';

/** Bytes of a batch, and of a record in it. */
const BATCH_BYTES = 2 ** 16;
const RECORD_BYTES = SLOT_WORDS * WORD_BYTES;

/** Batches to one process that are under way, and buffers for those that come from it. */
const SENDS = 4;
const RECEIVES = SENDS + 2;

/** Number of the send, after those of batches, that only tells what was taken in. */
const GRANT = SENDS;

/** Requests of a line: its batches, its grant, what comes. */
const LINE_PLACES = GRANT + 1 + RECEIVES;

/** Messages that wait for room in the rings here, from which on no more batches are taken in. */
const HELD_LIMIT = 2 ** 15;

/** Rounds without anything to do before the bridge sleeps, and how long: at first, and at most. */
const SPINS = 64;
const SHARED_SPINS = 2;
const FIRST_SLEEP_MS = 0.05;
const LAST_SLEEP_MS = 0.25;

/**
 * How long the bridge leaves a core that it shares to the threads with ranks while one of them is at
 * work. Without naps whatever they send interrupts them some 5,000 times a second, which takes an
 * eighth of the core (2 processes, 16 KiB hashed: 156 k/s, with naps 177 k/s; of 1 ms 181 k/s, but
 * who waits for one answer at a time is slower then).
 */
const NAP_MS = 0.5;

/** Time between two looks at what has changed on the board; at all of it, with each tick. */
const BOARD_MS = 0.5;

/** Time between two looks at what is not urgent. */
const TICK_MS = 20;
/** Something is sent at least so often, so that silence means something. */
const HEARTBEAT_MS = 500;
/** How long a process may be silent before it counts as dead. */
const SILENCE_LIMIT_MS = 20_000;
/** How long the others may take to come to an end once the run was given up. */
const END_LIMIT_MS = 3000;

/** Words of a batch's header: its records, batches taken in, and 1 where nothing comes after it. */
const RECORDS = 0;
const TAKEN = 1;
const IS_LAST = 2;

/** What went over a process's bridge. */
export interface BridgeReport {
  readonly batchesSent: number;
  /** Of batches and of segments. */
  readonly bytesSent: number;
  readonly messagesSent: number;
  readonly segmentsSent: number;
  /** Those of them that mates read in this process's memory. */
  readonly segmentsFromSharedMemory: number;
  /** Segments that ranks here were given from what this process held. */
  readonly segmentsServedHere: number;
  /** Whether the others were not waited for: something of theirs may still come. */
  readonly isCutShort: boolean;
  /** Processes that died meanwhile, and when. */
  readonly lost: readonly { readonly process: number; readonly atMs: number }[];
}

/** What is on its way between this process and one other. */
class Line {
  readonly sends: number[] = [];
  readonly receives: number[] = [];
  /** For each receive buffer: whether it has been filled. */
  readonly filled: boolean[] = new Array<boolean>(RECEIVES).fill(false);
  readonly isSending: boolean[] = new Array<boolean>(GRANT + 1).fill(false);
  /** Buffer of the grant. */
  grant = 0;
  /** Buffer that the kernel fills, or -1. */
  filling = -1;
  /** Receive buffer that comes next, and its first record that was not taken in. */
  next = 0;
  nextRecord = 0;
  /** Batches with records sent, and those of them that were taken in over there. */
  sent = 0;
  taken = 0;
  /** Batches with records from there that were taken in, and what was told of them. */
  takenHere = 0;
  toldTaken = 0;
  lastSentMs = 0;
  lastHeardMs = 0;
  /** Whether only grants will come from there, and nothing at all. */
  hasEnded = false;
  hasLeft = false;
  /** Whether nothing will go there any more. */
  isLeft = false;

  /** Places of its sends and receives among the transfers. */
  readonly sendPlaces: number[] = [];
  readonly receivePlaces: number[] = [];

  constructor(readonly process: number) {}
}

export class Bridge {
  private readonly cluster: ClusterPlan;
  private readonly words: Words;
  private readonly control: number;
  /** Offsets of the state words of the threads with ranks. */
  private readonly hostStates: readonly number[];
  /** The kernel's memory, batches included. */
  private readonly records: Words;
  /** To the other processes, as long as they live. */
  private lines: Line[];
  private readonly transfers: Transfers;
  /** The bytes of segments, where there are any. */
  private readonly freight: Freight | undefined;
  private batchesSent = 0;
  private bytesSent = 0;
  private messagesSent = 0;
  private readonly lost: { process: number; atMs: number }[] = [];
  private tickedMs = 0;
  private toldBoardMs = 0;
  private watchedMs = 0;
  private toldStatus = -1;
  private toldAbort = false;
  private abortedAtMs: number | undefined;
  private hostsEnded = false;
  private isEnding = false;

  constructor(
    private readonly plan: SwarmPlan,
    cluster: ClusterPlan,
    private readonly kernel: BridgeKernel,
    private readonly world: MpiWorld,
    private readonly members: Members,
    /** The memory in which mates see each other's content, where there is any. */
    private readonly window: SharedWindow | undefined,
  ) {
    this.cluster = cluster;
    this.words = new Int32Array(plan.slab);
    const { control } = fabricOf(plan);
    const { threads } = plan.config;
    this.control = control.threadOffset(threads);
    this.hostStates = Array.from(
      { length: threads },
      (_, thread) => control.threadOffset(thread) + STATE,
    );
    this.lines = members.others.map((process) => new Line(process));
    const each = LINE_PLACES + FREIGHT_RECEIVES + FREIGHT_SENDS;
    this.transfers = new Transfers(world, this.lines.length * each);
    this.openKernel();
    const { landing, mates = [] } = cluster;
    for (const { process, firstCell } of mates) kernel.openMate(process, firstCell);
    for (const { process } of members.all) if (members.isDead(process)) kernel.loseProcess(process);
    for (const line of this.lines) this.open(line);
    const near = mates.map(({ process }) => process);
    const far = members.others.filter((process) => !near.includes(process));
    this.freight = landing && new Freight(plan, landing, kernel, this.transfers, far);
    // Only now: memory that grows is another object.
    this.records = new Int32Array(plan.memory.buffer);
  }

  private openKernel(): void {
    const { plan, cluster, kernel } = this;
    kernel.openBridge(
      cluster.processes,
      cluster.process,
      cluster.processOfRanks * WORD_BYTES,
      BATCH_BYTES,
      plan.board.alive * WORD_BYTES,
      plan.hosted.first,
      plan.hosted.count,
      plan.files.length,
      plan.config.hostCache === true ? 1 : 0,
    );
  }

  private open(line: Line): void {
    const buffer = (): number => allocateIn(this.kernel, BATCH_BYTES);
    for (let index = 0; index <= GRANT; index++) {
      if (index < GRANT) line.sends.push(buffer());
      const place = this.transfers.place(() => {
        line.isSending[index] = false;
      });
      line.sendPlaces.push(place);
    }
    line.grant = allocateIn(this.kernel, RECORD_BYTES);
    for (let index = 0; index < RECEIVES; index++) {
      line.receives.push(buffer());
      const place = this.transfers.place(() => {
        line.filled[index] = true;
      });
      line.receivePlaces.push(place);
      this.await(line, index);
    }
    this.refill(line);
  }

  private bytesAt(address: number, length: number): Uint8Array {
    return new Uint8Array(this.plan.memory.buffer, address, length);
  }

  private await(line: Line, index: number): void {
    const bytes = this.bytesAt(line.receives[index], BATCH_BYTES);
    line.filled[index] = false;
    this.transfers.receive(line.receivePlaces[index], bytes, line.process, MpiTag.Batch);
  }

  /** Gives the kernel a buffer to fill, if one is free. */
  private refill(line: Line): void {
    const free = line.isSending.indexOf(false);
    line.filling = free < GRANT ? free : -1;
    this.kernel.giveBatch(line.process, line.filling < 0 ? 0 : line.sends[line.filling]);
  }

  /** Carries messages until no rank here or elsewhere has anything left to say. */
  run(): BridgeReport {
    const spins = this.plan.hasCores ? SPINS : SHARED_SPINS;
    let idle = 0;
    while (!this.isOver()) {
      if (this.takeTurn()) {
        idle = 0;
        continue;
      }
      idle++;
      if (idle > spins) this.sleep(idle - spins);
    }
    this.transfers.close();
    return {
      batchesSent: this.batchesSent,
      bytesSent: this.bytesSent + (this.freight?.bytesSent ?? 0),
      messagesSent: this.messagesSent,
      segmentsSent: this.freight?.segmentsSent ?? 0,
      segmentsFromSharedMemory: this.freight?.segmentsFromSharedMemory ?? 0,
      segmentsServedHere: this.kernel.segmentsServedHere(),
      isCutShort: !this.hasEnded(),
      lost: this.lost,
    };
  }

  private sleep(round: number): void {
    if (!this.plan.hasCores && !this.hostsEnded && !this.hasPending() && this.nap()) return;
    const timeoutMs = Math.min(LAST_SLEEP_MS, FIRST_SLEEP_MS * 2 ** Math.min(round, 10));
    park(this.words, this.control, this, timeoutMs);
  }

  /** Whether something waits for MPI, or for another process. */
  private hasPending(): boolean {
    const { lines, kernel, freight } = this;
    if (freight?.isIdle() === false) return true;
    return lines.some(({ process, filling }) => filling < 0 || kernel.batchCount(process) > 0);
  }

  /**
   * Sleeps until a thread with ranks has nothing left to do, for `NAP_MS` at most; false where none
   * is at work.
   */
  private nap(): boolean {
    const { words, hostStates } = this;
    const naps = this.plan.controlOffset + BRIDGE_NAPS;
    // Before the looks at the threads: who goes to sleep announces it, and then calls who naps.
    Atomics.store(words, naps, 1);
    const isNapping = !hostStates.every((offset) => isAsleep(Atomics.load(words, offset)));
    // Who fell asleep just before has called nobody, but what it has sent is there.
    if (isNapping && !this.hasWork()) Atomics.wait(words, naps, 1, NAP_MS);
    Atomics.store(words, naps, 0);
    return isNapping;
  }

  /** Whether there is something to carry that can be carried; called once a sleep is announced. */
  hasWork(): boolean {
    const isStuck = this.lines.some(({ filling }) => filling < 0);
    return !isStuck && this.kernel.hasWork() !== 0;
  }

  /** A turn in which MPI may fail because the other side of a transfer has died. */
  private takeTurn(): boolean {
    try {
      return this.turn();
    } catch (error) {
      if (!(error instanceof MpiError)) throw error;
      // One death fails every transfer with the process, one after the other.
      if (this.lost.length > 0) return true;
      const isDead = waitFor(
        () => (this.loseVanished() ? true : undefined),
        () => true,
      );
      if (isDead === undefined) throw error;
      return true;
    }
  }

  /** Takes leave of the processes that have ended without a word; false where none has. */
  private loseVanished(): boolean {
    const vanished = this.lines.filter(({ process }) => this.members.hasVanished(process));
    for (const line of vanished) this.lose(line);
    return vanished.length > 0;
  }

  /** One round of everything; false where there was nothing to do. */
  private turn(): boolean {
    const { kernel, freight } = this;
    let worked = this.transfers.poll() > 0;
    for (const line of this.lines) {
      if (line.filling < 0) this.refill(line);
      worked = this.takeIn(line) || worked;
    }
    if (!this.isEnding) worked = kernel.collect() > 0 || worked;
    this.tick();
    for (const line of this.lines) {
      worked = this.dispatch(line) || worked;
      freight?.send(line.process);
    }
    kernel.flush();
    kernel.releaseAll();
    kernel.wakeReceivers();
    return worked;
  }

  /** Takes in what has come from a process, as far as there is room for it. */
  private takeIn(line: Line): boolean {
    let worked = this.freight?.handOn(line.process) ?? false;
    if (line.filled[line.next]) line.lastHeardMs = this.tickedMs;
    while (line.filled[line.next] && this.kernel.held() < HELD_LIMIT) {
      worked = true;
      if (!this.unpack(line)) break;
      this.await(line, line.next);
      line.next = (line.next + 1) % RECEIVES;
      line.nextRecord = 0;
    }
    return worked;
  }

  /** Unpacks the next batch; false where the rest of it must wait. */
  private unpack(line: Line): boolean {
    const { kernel } = this;
    const batch = line.receives[line.next];
    const header = batch / WORD_BYTES;
    const records = this.records[header + RECORDS];
    line.taken = this.records[header + TAKEN];
    line.hasLeft = this.records[header + IS_LAST] !== 0;
    this.syncWindow();
    while (line.nextRecord < records) {
      line.nextRecord = kernel.deliverBatch(line.process, batch, line.nextRecord, records);
      if (line.nextRecord === records) break;
      const record = header + (line.nextRecord + 1) * SLOT_WORDS;
      if (!this.takeRecord(line, record)) return false;
      line.nextRecord++;
    }
    if (records > 0) line.takenHere++;
    return true;
  }

  /** Takes in a record that is not the kernel's; false where it must wait. */
  private takeRecord(line: Line, record: number): boolean {
    const kind = this.records[record];
    const a = this.records[record + PAYLOAD];
    const b = this.records[record + PAYLOAD + 1];
    if (kind < TAG_COUNT) return this.freight?.announce(line.process, record) ?? true;
    if (kind === RECORD_STATUS) {
      noteStatus(this.words, this.cluster, line.process, { progress: a, readyThreads: b });
    } else if (kind === RECORD_ABORT) {
      Atomics.compareExchange(this.words, this.plan.controlOffset + ABORT, AbortReason.None, a);
    } else if (kind === RECORD_END) {
      line.hasEnded = true;
    }
    return true;
  }

  /** Sends the batch that the kernel has filled, if it may be sent. */
  private dispatch(line: Line): boolean {
    if (line.isLeft) return false;
    const records = line.filling < 0 ? 0 : this.kernel.batchCount(line.process);
    const isGranted = line.sent - line.taken < SENDS;
    if (records === 0 || !isGranted) return this.grant(line);
    this.post(line, line.filling, line.sends[line.filling], records);
    line.sent++;
    this.queueSegments(line);
    this.refill(line);
    return true;
  }

  /**
   * Tells a process what was taken in from it, where no batch goes there that would. It needs no
   * grant: else two processes that have used theirs up would wait for each other's word.
   */
  private grant(line: Line): boolean {
    const owed = line.takenHere - line.toldTaken;
    const isDue = this.tickedMs - line.lastSentMs >= HEARTBEAT_MS;
    // Who has ended needs no grant any more, so that this word can be the last one.
    line.isLeft = this.isEnding && line.hasEnded && this.isEmpty(line) && !line.isSending[GRANT];
    if (line.isSending[GRANT] || (owed < SENDS / 2 && !isDue && !line.isLeft)) return false;
    this.post(line, GRANT, line.grant, 0);
    return true;
  }

  private post(line: Line, index: number, address: number, records: number): void {
    const length = (records + 1) * RECORD_BYTES;
    const header = address / WORD_BYTES;
    this.records[header + RECORDS] = records;
    this.records[header + TAKEN] = line.takenHere;
    this.records[header + IS_LAST] = line.isLeft ? 1 : 0;
    line.toldTaken = line.takenHere;
    line.isSending[index] = true;
    this.syncWindow();
    const bytes = this.bytesAt(address, length);
    this.transfers.send(line.sendPlaces[index], bytes, line.process, MpiTag.Batch);
    line.lastSentMs = this.tickedMs;
    this.batchesSent++;
    this.bytesSent += length;
    this.messagesSent += records;
  }

  /** Where a message tells of bytes in the window, they are to be there for who reads it. */
  private syncWindow(): void {
    if (this.window !== undefined) this.world.syncWindow(this.window);
  }

  private queueSegments({ process }: Line): void {
    const count = this.kernel.batchDataCount(process);
    if (count === 0) return;
    this.freight?.queue(process, (this.kernel.batchData(process) >>> 0) / WORD_BYTES, count);
  }

  /** What need not be looked at in every round. */
  private tick(): void {
    const now = performance.now();
    if (now - this.toldBoardMs >= BOARD_MS && !this.isEnding) {
      this.toldBoardMs = now;
      const isDue = now - this.tickedMs >= TICK_MS;
      this.kernel.tellBoard(isDue ? 1 : 0);
    }
    const gapMs = now - this.tickedMs;
    if (gapMs < TICK_MS) return;
    // While this process is stopped, the others can't be heard.
    if (gapMs > HEARTBEAT_MS) for (const line of this.lines) line.lastHeardMs += gapMs;
    this.tickedMs = now;
    this.tellStatus();
    this.tellAbort();
    if (now - this.watchedMs >= LIFE_CHECK_MS) this.watchLines();
    if (Atomics.load(this.words, this.plan.controlOffset + HOSTS_ENDED) !== 0) this.end();
  }

  private tellStatus(): void {
    const { progress, readyThreads } = ownStatus(this.words, this.plan.controlOffset);
    if (progress === this.toldStatus) return;
    if (this.tellAll(RECORD_STATUS, progress, readyThreads)) this.toldStatus = progress;
  }

  private tellAbort(): void {
    const reason = Atomics.load(this.words, this.plan.controlOffset + ABORT);
    if (reason === AbortReason.None) return;
    this.abortedAtMs ??= this.tickedMs;
    if (!this.toldAbort) this.toldAbort = this.tellAll(RECORD_ABORT, reason, 0);
  }

  /** Puts a record in every batch; false where one has no room, and it is to be tried again. */
  private tellAll(kind: number, a: number, b: number): boolean {
    if (this.isEnding && kind !== RECORD_END) return true;
    let all = true;
    for (const line of this.lines) {
      const hasRoom = line.filling >= 0 && this.kernel.appendRecord(line.process, kind, a, b) !== 0;
      all &&= hasRoom;
    }
    return all;
  }

  private watchLines(): void {
    this.watchedMs = this.tickedMs;
    for (const line of [...this.lines]) {
      if (line.hasLeft) continue;
      if (line.lastHeardMs === 0) line.lastHeardMs = this.tickedMs;
      const isSilent = this.tickedMs - line.lastHeardMs > SILENCE_LIMIT_MS;
      if (isSilent || this.members.hasVanished(line.process)) this.lose(line);
    }
  }

  private lose(line: Line): void {
    this.members.bury(line.process);
    this.lost.push({ process: line.process, atMs: monotonicMs() });
    this.kernel.loseProcess(line.process);
    this.lines = this.lines.filter((other) => other !== line);
    const abort = this.plan.controlOffset + ABORT;
    Atomics.compareExchange(this.words, abort, AbortReason.None, AbortReason.RankNeededDied);
  }

  /** No thread here hosts ranks any more: what they have left is carried, and then the last word. */
  private end(): void {
    const { first, count } = this.plan.hosted;
    if (!this.hostsEnded) {
      this.hostsEnded = true;
      for (let rank = first; rank < first + count; rank++) this.kernel.forget(rank);
      this.freight?.open();
    }
    if (this.isEnding || this.kernel.collect() > 0 || this.kernel.tellBoard(1) > 0) return;
    this.isEnding = this.lines.every((line) => this.isEmpty(line));
    if (this.isEnding) this.tellAll(RECORD_END, 0, 0);
  }

  /** Whether everything that was packed for a process has been sent, and there is room for more. */
  private isEmpty(line: Line): boolean {
    const { process, filling } = line;
    if (filling < 0 || this.kernel.batchCount(process) > 0) return false;
    return this.freight?.isSent(process) ?? true;
  }

  private isOver(): boolean {
    const given = this.abortedAtMs;
    if (this.hostsEnded && given !== undefined && this.tickedMs - given > END_LIMIT_MS) return true;
    return this.hasEnded();
  }

  /** Whether nothing is under way between this process and those that live, and nothing will be. */
  private hasEnded(): boolean {
    if (!this.isEnding) return false;
    return this.lines.every(
      (line) =>
        line.isLeft &&
        line.hasLeft &&
        !line.isSending.includes(true) &&
        (this.freight?.isReceived(line.process) ?? true),
    );
  }
}
