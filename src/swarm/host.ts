/** A worker thread's loop: receives for its ranks, lets their roles react, sends, and parks. */
import { availableParallelism } from 'node:os';
import { Endpoint, type Receiver } from '../comm/endpoint.js';
import { Placement } from '../comm/placement.js';
import { DEST, PAYLOAD, SLOT_WORDS, SOURCE } from '../ringbuf/ring-layout.js';
import { Download } from '../roles/download.js';
import {
  type HolderLog,
  type Payload,
  TAG_COUNT,
  TAG_NAMES,
  TRACKER,
  Tag,
} from '../roles/protocol.js';
import { Registration } from '../roles/registration.js';
import { SendConnection } from '../roles/send-connection.js';
import { Tracker } from '../roles/tracker.js';
import { Upload } from '../roles/upload.js';
import { Board } from '../shm/board.js';
import { ABORT, ACTIVITY, HEARTBEAT, READY_THREADS } from '../shm/control-layout.js';
import { WORD_BYTES, type Words } from '../shm/layout.js';
import { park } from '../shm/parking.js';
import { pickerNamed, strategyNamed } from './config.js';
import type { Fault } from './faults.js';
import { FileOutput } from './output.js';
import { NoPayload, StoredPayload } from './payload.js';
import { type SwarmPlan, type ThreadTask, fabricOf } from './plan.js';
import { prepareContent } from './prepare.js';
import { Xoshiro } from './random.js';
import { type RankReport, type RankWait, type ThreadReport, monotonicMs } from './report-types.js';
import { TimerQueue } from './timers.js';

/** Messages of one tag handled before the other tags have their turn. */
const RECEIVE_LIMIT = 1024;

/** Turns without work before a thread parks, where every thread has a core. */
const SPIN_TURNS = 200;

/** One client: the roles of a rank. */
interface Client {
  readonly rank: number;
  readonly registration: Registration;
  readonly download: Download;
  readonly upload: Upload;
  readonly sendConnection: SendConnection;
  finishedAtMs: number | undefined;
  isStopped: boolean;
}

/** Hosts a block of ranks on the calling thread. */
export class Host implements Receiver {
  private readonly plan: SwarmPlan;
  private readonly endpoint: Endpoint;
  private readonly words: Words;
  private readonly board: Board;
  private readonly payload: Payload;
  private readonly firstRank: number;
  /** Index = rank - firstRank; the tracker's place is empty. */
  private readonly clients: (Client | undefined)[] = [];
  private readonly tracker: Tracker | undefined;
  private readonly touched: Download[] = [];
  private readonly timers = new TimerQueue();
  private readonly faults: readonly Fault[];
  private running = 0;
  private releasedAtMs: number | undefined;
  private allFinishedAtMs: number | undefined;

  constructor(private readonly task: ThreadTask) {
    const { plan, thread } = task;
    this.plan = plan;
    const placement = new Placement(plan.config.ranks, plan.config.threads);
    this.firstRank = placement.firstRank(thread);
    this.endpoint = new Endpoint(fabricOf(plan), thread);
    this.words = this.endpoint.words;
    this.board = new Board(plan.slab, plan.board);
    const holders = new SharedHolderLog(plan);
    this.payload = this.buildPayload();
    const count = placement.rankCount(thread);
    for (let index = 0; index < count; index++) {
      const rank = this.firstRank + index;
      this.clients.push(rank === TRACKER ? undefined : this.buildClient(rank, holders));
    }
    this.tracker = this.firstRank === TRACKER ? this.buildTracker(holders) : undefined;
    this.faults = plan.config.faults.filter(
      (fault) => fault.rank >= this.firstRank && fault.rank < this.firstRank + count,
    );
  }

  private buildPayload(): Payload {
    if (this.plan.segmentBytes === 0) return new NoPayload();
    const output = new FileOutput(this.plan);
    const payload = new StoredPayload(this.plan, this.board, (rank, file) => {
      output.write(rank, file, payload);
    });
    prepareContent(this.task, payload, this.words, this.plan.controlOffset, () => this.isAborted());
    return payload;
  }

  private buildTracker(holders: HolderLog): Tracker {
    const { config, files } = this.plan;
    return new Tracker({
      ranks: config.ranks,
      files,
      holders,
      port: this.endpoint,
      random: new Xoshiro(config.seed, TRACKER),
      handout: config.handout,
      onReleased: () => {
        this.releasedAtMs = monotonicMs();
      },
      onAllFinished: () => {
        this.allFinishedAtMs = monotonicMs();
      },
    });
  }

  private buildClient(rank: number, holders: HolderLog): Client {
    const { config, files } = this.plan;
    const { board, payload, endpoint } = this;
    const index = rank - this.firstRank;
    const owned = this.task.owned[index];
    for (const file of owned) {
      board.holdRange(rank, files[file].firstSegment, files[file].segmentCount);
    }
    const upload = new Upload(rank, board, payload, endpoint);
    const client: Client = {
      rank,
      registration: new Registration(rank, owned, files, endpoint),
      download: new Download({
        rank,
        ranks: config.ranks,
        files,
        wanted: this.task.wanted[index],
        strategy: strategyNamed(config.strategy),
        picker: pickerNamed(config.picker),
        window: config.window,
        refresh: config.refresh,
        handout: config.handout,
        load: config.load,
        knowledge: board,
        holders,
        payload,
        port: endpoint,
        random: new Xoshiro(config.seed, rank),
        after: (delayMs) => {
          this.timers.add(monotonicMs() + delayMs, client.download);
        },
        onFinished: () => {
          client.finishedAtMs = monotonicMs();
          Atomics.store(board.finished, rank, 1);
        },
      }),
      upload,
      sendConnection: new SendConnection(rank, upload, endpoint),
      finishedAtMs: undefined,
      isStopped: false,
    };
    this.running++;
    return client;
  }

  private isAborted(): boolean {
    return Atomics.load(this.words, this.plan.controlOffset + ABORT) !== 0;
  }

  /** Runs until all ranks here were told to stop, or the run is given up. */
  run(): ThreadReport {
    Atomics.add(this.words, this.plan.controlOffset + READY_THREADS, 1);
    for (const client of this.clients) client?.registration.start();
    const spins =
      this.plan.config.threads <= availableParallelism() && this.plan.config.threads > 1
        ? SPIN_TURNS
        : 0;
    // Where hashing takes most of a turn, receivers must not wait until there is nothing to hash.
    const wakesEveryTurn = this.plan.segmentBytes > 0;
    let idleTurns = 0;
    let aborted = this.isAborted();
    while (!aborted) {
      const worked = this.turn();
      if (wakesEveryTurn && worked) this.endpoint.wakeReceivers();
      if (worked) {
        idleTurns = 0;
      } else if (this.isDone()) {
        break;
      } else if (++idleTurns > spins) {
        this.sleep();
        idleTurns = 0;
      } else {
        this.endpoint.releaseAll();
        this.endpoint.wakeReceivers();
      }
      aborted = this.isAborted();
    }
    this.endpoint.releaseAll();
    this.endpoint.wakeReceivers();
    return this.report(aborted);
  }

  private turn(): boolean {
    const { endpoint, words } = this;
    let received = 0;
    for (let tag = TAG_COUNT - 1; tag >= 0; tag--) {
      received += endpoint.receive(tag, this, RECEIVE_LIMIT);
    }
    if (this.timers.size > 0) this.fireTimers();
    const { touched } = this;
    const pumped = touched.length;
    for (let index = 0; index < pumped; index++) {
      const download = touched[index];
      download.touched = false;
      download.pump();
    }
    touched.length = 0;
    endpoint.flush();
    words[endpoint.control + HEARTBEAT]++;
    return received > 0 || pumped > 0 || endpoint.localWaiting > 0;
  }

  private sleep(): void {
    const { endpoint } = this;
    endpoint.releaseAll();
    endpoint.wakeReceivers();
    const due = this.timers.nextDueMs();
    const timeoutMs = due === undefined ? Infinity : Math.max(0, due - monotonicMs());
    park(this.words, endpoint.control, endpoint, timeoutMs);
  }

  private fireTimers(): void {
    const now = monotonicMs();
    for (;;) {
      const download = this.timers.takeDue(now);
      if (download === undefined) return;
      download.onTimer();
      this.touch(download);
    }
  }

  private isDone(): boolean {
    if (this.running > 0 || this.tracker?.allFinished === false) return false;
    // Whatever else is still to be sent, nobody waits for it any more.
    return !this.endpoint.isBlocked(Tag.Stop);
  }

  private touch(download: Download): void {
    if (download.touched) return;
    download.touched = true;
    this.touched.push(download);
  }

  private client(rank: number): Client | undefined {
    return this.clients[rank - this.firstRank];
  }

  deliver(tag: number, words: Int32Array, at: number, count: number): void {
    const end = at + count * SLOT_WORDS;
    switch (tag) {
      case Tag.SegmentRequest:
        this.deliverRequests(words, at, end);
        break;
      case Tag.SegmentAnswer:
        this.deliverAnswers(words, at, end);
        break;
      case Tag.LoadRequest:
        for (; at < end; at += SLOT_WORDS) {
          this.client(words[at + DEST])?.sendConnection.onLoadRequest(
            words[at + SOURCE],
            words[at + PAYLOAD],
          );
        }
        break;
      case Tag.LoadAnswer:
        this.deliverLoads(words, at, end);
        break;
      default:
        for (; at < end; at += SLOT_WORDS) this.deliverControl(tag, words, at);
    }
    if (this.faults.length > 0) this.injectFaults();
  }

  private deliverRequests(words: Int32Array, at: number, end: number): void {
    const { clients, firstRank } = this;
    for (; at < end; at += SLOT_WORDS) {
      const client = clients[words[at + DEST] - firstRank];
      if (client === undefined) continue;
      client.upload.onSegmentRequest(
        words[at + SOURCE],
        words[at + PAYLOAD],
        words[at + PAYLOAD + 1],
      );
    }
  }

  private deliverAnswers(words: Int32Array, at: number, end: number): void {
    const { clients, firstRank } = this;
    this.words[this.endpoint.control + ACTIVITY] += (end - at) / SLOT_WORDS;
    for (; at < end; at += SLOT_WORDS) {
      const client = clients[words[at + DEST] - firstRank];
      if (client === undefined) continue;
      client.download.onSegmentAnswer(
        words[at + SOURCE],
        words[at + PAYLOAD],
        words[at + PAYLOAD + 1],
        words[at + PAYLOAD + 2],
        words[at + PAYLOAD + 3],
      );
      this.touch(client.download);
      if (this.faults.length > 0) this.injectFaults();
    }
  }

  private deliverLoads(words: Int32Array, at: number, end: number): void {
    for (; at < end; at += SLOT_WORDS) {
      const client = this.client(words[at + DEST]);
      if (client === undefined) continue;
      client.download.onLoadAnswer(
        words[at + SOURCE],
        words[at + PAYLOAD],
        words[at + PAYLOAD + 1],
      );
      this.touch(client.download);
    }
  }

  private deliverControl(tag: number, words: Int32Array, at: number): void {
    if (tag === Tag.RankDied) {
      this.rankDied(words[at + PAYLOAD]);
      return;
    }
    if (words[at + DEST] === TRACKER) this.deliverToTracker(tag, words, at);
    else this.deliverToClient(tag, words, at);
  }

  private deliverToTracker(tag: number, words: Int32Array, at: number): void {
    const { tracker } = this;
    if (tracker === undefined) return;
    const source = words[at + SOURCE];
    const file = words[at + PAYLOAD];
    switch (tag) {
      case Tag.Offer:
        tracker.onOffer(source, file);
        break;
      case Tag.Ready:
        tracker.onReady(source);
        break;
      case Tag.HashListRequest:
        tracker.onHashListRequest(source, file);
        break;
      case Tag.HoldersRequest:
        tracker.onHoldersRequest(source, file);
        break;
      case Tag.NewHolder:
        tracker.onNewHolder(source, file);
        break;
      case Tag.Finished:
        tracker.onFinished(source);
        break;
    }
  }

  private deliverToClient(tag: number, words: Int32Array, at: number): void {
    const client = this.client(words[at + DEST]);
    if (client === undefined) return;
    const { download } = client;
    const payload = at + PAYLOAD;
    switch (tag) {
      case Tag.OfferAnswer:
        client.registration.onOfferAnswer(words[payload], words[payload + 1]);
        break;
      case Tag.Release:
        download.onRelease();
        break;
      case Tag.HashListAnswer:
        download.onHashListAnswer(words[payload], words[payload + 1]);
        break;
      case Tag.HoldersAnswer:
        download.onHoldersAnswer(
          words[payload],
          words[payload + 1],
          words[payload + 2],
          words[payload + 3],
        );
        break;
      case Tag.Stop:
        if (!client.isStopped) this.running--;
        client.isStopped = true;
        return;
    }
    this.touch(download);
  }

  private rankDied(rank: number): void {
    this.endpoint.forget(rank);
    this.tracker?.onRankDied(rank);
    for (const client of this.clients) {
      if (client === undefined || client.rank === rank) continue;
      client.download.onRankDied(rank);
      this.touch(client.download);
    }
  }

  private injectFaults(): void {
    for (const fault of this.faults) {
      if (this.progressOf(fault.rank) < fault.at) continue;
      if (fault.kind === 'crash') process.exit(1);
      // Sleeps for good, on a word that nobody notifies: only terminate() ends it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
  }

  private progressOf(rank: number): number {
    const segments = (files: readonly number[]): number =>
      files.reduce((sum, file) => sum + this.plan.files[file].segmentCount, 0);
    const wanted = this.task.wanted[rank - this.firstRank];
    if (wanted.length > 0) return this.board.downloads[rank] / Math.max(1, segments(wanted));
    const delivered = this.board.downloads.reduce((sum, count) => sum + count, 0);
    return delivered / Math.max(1, this.task.totalWanted);
  }

  private report(aborted: boolean): ThreadReport {
    const { endpoint, tracker } = this;
    const clients = this.clients.filter((client) => client !== undefined);
    const fills = endpoint.fills();
    return {
      kind: 'report',
      thread: this.task.thread,
      ranks: clients.map(reportOf),
      messages: endpoint.sent,
      trackerRequests: tracker?.requests ?? 0,
      ...(this.releasedAtMs !== undefined && { releasedAtMs: this.releasedAtMs }),
      ...(this.allFinishedAtMs !== undefined && { allFinishedAtMs: this.allFinishedAtMs }),
      waits: aborted ? clients.filter((client) => !client.download.isFinished).map(waitOf) : [],
      fills: Object.fromEntries(
        TAG_NAMES.map((name, tag) => [name, fills[tag]] as const).filter(([, fill]) => fill > 0),
      ),
    };
  }
}

function reportOf({ rank, download, upload, finishedAtMs }: Client): RankReport {
  return {
    rank,
    segmentsDownloaded: download.downloads,
    segmentsUploaded: upload.uploads,
    requests: download.requests,
    nacks: download.nacks,
    hashFailures: download.hashFailures,
    ...(finishedAtMs !== undefined && { finishedAtMs }),
  };
}

function waitOf({ rank, download }: Client): RankWait {
  const { waitsFor, tag, from } = download.describe();
  return { rank, waitsFor, tag: TAG_NAMES[tag], from };
}

/** The tracker's holder logs, one row a file, in the slab. */
class SharedHolderLog implements HolderLog {
  private readonly log: Words;
  private readonly ranks: number;

  constructor(plan: SwarmPlan) {
    this.ranks = plan.config.ranks;
    const words = Math.max(1, plan.files.length * this.ranks);
    this.log = new Int32Array(plan.slab, plan.holderLogOffset * WORD_BYTES, words);
  }

  at(file: number, index: number): number {
    return this.log[file * this.ranks + index];
  }

  set(file: number, index: number, rank: number): void {
    this.log[file * this.ranks + index] = rank;
  }
}
