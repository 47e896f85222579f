import type { Picker, PickerContext } from './pickers/index.js';
import {
  type FileInfo,
  type HolderLog,
  type Knowledge,
  NACK,
  type Payload,
  type Port,
  type Random,
  TRACKER,
  Tag,
} from './protocol.js';
import type { Strategy, StrategyContext } from './strategies/index.js';

/** Times a segment may fail its hash at one client before the client does without it. */
const HASH_TRIES = 3;

/** Delay before a client without anybody to ask looks for holders again; doubles up to the limit. */
const FIRST_RETRY_MS = 1;
const LAST_RETRY_MS = 64;

/** Segments without a known holder that one {@link Download.pump} passes over. */
const SKIP_LIMIT = 64;

/** What a download is given. */
export interface DownloadOptions {
  readonly rank: number;
  readonly ranks: number;
  readonly files: readonly FileInfo[];
  /** Files to fetch, in this order. */
  readonly wanted: readonly number[];
  readonly strategy: Strategy;
  readonly picker: Picker;
  /** Most requests in flight. */
  readonly window: number;
  /** Segments asked for between two looks at who holds the file. */
  readonly refresh: number;
  /** Most holders known at a time. */
  readonly handout: number;
  /** Whether holders' loads are asked for, or read off the board. */
  readonly load: 'message' | 'shared';
  readonly knowledge: Knowledge;
  readonly holders: HolderLog;
  readonly payload: Payload;
  readonly port: Port;
  readonly random: Random;
  /** Asks for {@link Download.onTimer} after a delay; at most one is pending. */
  readonly after: (delayMs: number) => void;
  /** Called once, when all wanted files are done. */
  readonly onFinished: () => void;
}

/** What a client that has not finished waits for; for the stall report. */
export interface DownloadState {
  readonly waitsFor: string;
  readonly tag: number;
  readonly from: readonly number[];
}

/**
 * The download role: one file after the other, up to `window` segment requests in flight, each
 * to the first holder in the strategy's order that has the segment.
 *
 * A ticket is a request in flight. At any time every segment of the current file is in exactly
 * one place: held (its bit on the board is set), in a ticket, given up, or in
 * `missing[head .. count)`.
 */
export class Download implements PickerContext, StrategyContext {
  /** Segments received and found right. */
  downloads = 0;
  /** Segment requests sent. */
  requests = 0;
  /** NACKs received. */
  nacks = 0;
  /** Segments whose bytes were not what the hash list says. */
  hashFailures = 0;
  /** Set by the host while the client waits for its {@link pump}. */
  touched = false;

  readonly self: number;
  readonly ranks: number;
  readonly load: Int32Array;
  readonly outstanding: Uint16Array;
  readonly available: Int32Array;
  readonly random: Random;
  previous = -1;

  private readonly window: number;
  private readonly strict: boolean;
  private readonly refillAt: number;

  private turn = 0;
  private file = -1;
  private missing = new Int32Array(0);
  private head = 0;
  private count = 0;
  private received = 0;
  private lost = 0;

  private readonly holders: Int32Array;
  private holderCount = 0;
  /** Holders in [0, ordered) are in the strategy's order. */
  private ordered = 0;
  /** Changes with every new order: an index into an older one means nothing. */
  private order = 0;
  /** Entries of the holder log that `holders` shows, or -1 when it must be read afresh. */
  private logRead = -1;
  private foundIndex = 0;
  private sinceRefresh = 0;
  private holdersPending = 0;
  private loadsPending = 0;
  private retryMs = FIRST_RETRY_MS;
  private isTimerSet = false;

  private readonly ticketSegment: Int32Array;
  private readonly ticketHolder: Int32Array;
  private readonly ticketIndex: Int32Array;
  private readonly ticketOrder: Int32Array;
  private readonly freeTickets: Int32Array;
  private freeCount: number;
  private readonly failures = new Map<number, number>();

  constructor(private readonly options: DownloadOptions) {
    const { rank, ranks, knowledge, random, window, handout } = options;
    this.self = rank;
    this.ranks = ranks;
    this.load = options.load === 'shared' ? knowledge.uploads : new Int32Array(ranks);
    this.outstanding = new Uint16Array(ranks);
    this.available = knowledge.available;
    this.random = random;
    this.window = Math.min(window, options.strategy.maxWindow ?? window);
    this.strict = this.window === 1;
    this.refillAt = Math.max(1, this.window >> 1);
    this.holders = new Int32Array(Math.min(handout, ranks));
    this.ticketSegment = new Int32Array(this.window).fill(-1);
    this.ticketHolder = new Int32Array(this.window);
    this.ticketIndex = new Int32Array(this.window);
    this.ticketOrder = new Int32Array(this.window);
    this.freeTickets = new Int32Array(this.window);
    this.freeCount = this.window;
    for (let ticket = 0; ticket < this.window; ticket++) this.freeTickets[ticket] = ticket;
  }

  /** Whether nothing is left to do, with or without all segments. */
  get isFinished(): boolean {
    return this.turn > this.options.wanted.length;
  }

  /** The tracker has released all clients: the first file begins. */
  onRelease(): void {
    this.nextFile();
  }

  private nextFile(): void {
    const { wanted, port } = this.options;
    if (this.turn < wanted.length) {
      this.file = wanted[this.turn];
      this.turn++;
      port.send(Tag.HashListRequest, this.self, TRACKER, this.file, 0, 0, 0, 0);
      return;
    }
    this.turn = wanted.length + 1;
    this.options.onFinished();
    port.send(Tag.Finished, this.self, TRACKER, 0, 0, 0, 0, 0);
  }

  /** The file's hash list is known; -1 segments: nobody owns the file. */
  onHashListAnswer(file: number, segments: number): void {
    if (file !== this.file) return;
    if (segments < 0) {
      // An owner may have died before it registered, never come later: done without it.
      this.nextFile();
      return;
    }
    const first = this.options.files[file].firstSegment;
    this.missing = new Int32Array(segments);
    for (let index = 0; index < segments; index++) this.missing[index] = first + index;
    this.head = 0;
    this.count = segments;
    this.received = 0;
    this.lost = 0;
    this.holderCount = 0;
    this.logRead = -1;
    if (segments === 0) this.completeFile();
    else this.askForHolders();
  }

  private askForHolders(): void {
    this.holdersPending++;
    this.sinceRefresh = 0;
    this.newOrder();
    this.options.port.send(Tag.HoldersRequest, this.self, TRACKER, this.file, 0, 0, 0, 0);
  }

  private newOrder(): void {
    this.ordered = 0;
    this.order = (this.order + 1) | 0;
  }

  /** The file's holders: entries `first`, `first + 1`, ... of its log, read as a circle. */
  onHoldersAnswer(file: number, first: number, count: number, total: number): void {
    if (file !== this.file) return;
    this.holdersPending--;
    if (count < total || this.logRead < 0) {
      this.holderCount = 0;
      for (let index = 0; index < count; index++) this.addHolder((first + index) % total);
    } else {
      for (let index = this.logRead; index < total; index++) this.addHolder(index);
    }
    this.logRead = count < total ? -1 : total;
    if (this.options.load === 'message') this.askForLoads();
  }

  private addHolder(index: number): void {
    const holder = this.options.holders.at(this.file, index);
    if (holder === this.self || this.holderCount === this.holders.length) return;
    this.holders[this.holderCount] = holder;
    this.holderCount++;
  }

  private askForLoads(): void {
    this.loadsPending = this.strict ? this.holderCount : 0;
    for (let index = 0; index < this.holderCount; index++) {
      const holder = this.holders[index];
      this.options.port.send(Tag.LoadRequest, this.self, holder, this.order, 0, 0, 0, 0);
    }
  }

  /** `source` has uploaded `uploads` segments so far. */
  onLoadAnswer(source: number, order: number, uploads: number): void {
    this.load[source] = uploads;
    if (order === this.order && this.loadsPending > 0) this.loadsPending--;
  }

  /** The answer to the request `ticket`. */
  onSegmentAnswer(
    source: number,
    segment: number,
    ticket: number,
    cell: number,
    length: number,
  ): void {
    // An answer to a request that was given up when its holder was thought dead.
    if (this.ticketSegment[ticket] !== segment || this.ticketHolder[ticket] !== source) return;
    this.outstanding[source]--;
    if (cell === NACK) {
      this.onNack(segment, ticket);
      return;
    }
    this.freeTicket(ticket);
    if (this.options.payload.accept(this.self, segment, cell, length)) this.keep(segment);
    else this.refuse(segment);
  }

  private onNack(segment: number, ticket: number): void {
    this.nacks++;
    if (this.ticketOrder[ticket] === this.order) {
      const holder = this.findHolder(segment, this.ticketIndex[ticket] + 1);
      if (holder >= 0) {
        this.request(segment, holder, ticket);
        return;
      }
    }
    // Every holder known refused: ask again once the holders were looked up afresh.
    this.freeTicket(ticket);
    this.giveBack(segment);
    this.sinceRefresh = this.options.refresh;
  }

  private freeTicket(ticket: number): void {
    this.ticketSegment[ticket] = -1;
    this.freeTickets[this.freeCount] = ticket;
    this.freeCount++;
  }

  private giveBack(segment: number): void {
    this.head--;
    this.missing[this.head] = segment;
  }

  private keep(segment: number): void {
    const { knowledge, picker, port } = this.options;
    knowledge.hold(this.self, segment);
    if (picker.usesAvailability) knowledge.addHolder(segment);
    this.downloads++;
    knowledge.downloads[this.self] = this.downloads;
    this.received++;
    this.retryMs = FIRST_RETRY_MS;
    if (this.received === 1) port.send(Tag.NewHolder, this.self, TRACKER, this.file, 0, 0, 0, 0);
    if (this.received + this.lost === this.count) this.completeFile();
  }

  private refuse(segment: number): void {
    this.hashFailures++;
    const failures = (this.failures.get(segment) ?? 0) + 1;
    this.failures.set(segment, failures);
    if (failures < HASH_TRIES) {
      this.giveBack(segment);
      return;
    }
    this.lost++;
    if (this.received + this.lost === this.count) this.completeFile();
  }

  private completeFile(): void {
    if (this.lost === 0) this.options.payload.complete(this.self, this.file);
    this.missing = new Int32Array(0);
    this.head = 0;
    this.count = 0;
    this.nextFile();
  }

  /** Sends as many requests as the window allows; the host calls it after a batch of messages. */
  pump(): void {
    if (this.freeCount < this.refillAt && this.head + this.freeCount < this.count) return;
    let skipped = 0;
    while (this.freeCount > 0 && this.head + skipped < this.count && skipped < SKIP_LIMIT) {
      if (this.mustWait()) return;
      const from = this.head + skipped;
      const index = this.options.picker.pick(this.missing, from, this.count, this);
      const segment = this.missing[index];
      if (this.options.strategy.scope === 'request') this.newOrder();
      const holder = this.findHolder(segment, 0);
      this.missing[index] = this.missing[from];
      if (holder < 0) {
        this.missing[from] = segment;
        skipped++;
        continue;
      }
      this.missing[from] = this.missing[this.head];
      this.missing[this.head] = segment;
      this.head++;
      this.freeCount--;
      this.request(segment, holder, this.freeTickets[this.freeCount]);
      this.sinceRefresh++;
    }
    if (skipped > 0 && this.freeCount === this.window) this.retryLater();
  }

  /** Looks holders up when it is time to, and says whether the answer must be waited for. */
  private mustWait(): boolean {
    if (this.sinceRefresh >= this.options.refresh) this.askForHolders();
    if (this.strict) return this.holdersPending > 0 || this.loadsPending > 0;
    return this.holderCount === 0 && this.holdersPending > 0;
  }

  private findHolder(segment: number, start: number): number {
    const { strategy, knowledge } = this.options;
    const { holders, holderCount } = this;
    for (let index = start; index < holderCount; index++) {
      if (index >= this.ordered) {
        const chosen = strategy.pick(holders, index, holderCount, this);
        const rank = holders[chosen];
        holders[chosen] = holders[index];
        holders[index] = rank;
        this.ordered = index + 1;
      }
      const holder = holders[index];
      if (strategy.blind || knowledge.holds(holder, segment)) {
        this.foundIndex = index;
        return holder;
      }
    }
    return -1;
  }

  private request(segment: number, holder: number, ticket: number): void {
    this.ticketSegment[ticket] = segment;
    this.ticketHolder[ticket] = holder;
    this.ticketIndex[ticket] = this.foundIndex;
    this.ticketOrder[ticket] = this.order;
    this.outstanding[holder]++;
    this.previous = holder;
    this.requests++;
    this.options.port.send(Tag.SegmentRequest, this.self, holder, segment, ticket, 0, 0, 0);
  }

  /** Nobody known holds what is missing: looks again, ever less often. */
  private retryLater(): void {
    if (this.isTimerSet || this.holdersPending > 0) return;
    this.isTimerSet = true;
    this.options.after(this.retryMs);
    this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
  }

  /** The delay asked for with `after` is over. */
  onTimer(): void {
    this.isTimerSet = false;
    if (this.head < this.count && this.holdersPending === 0) this.askForHolders();
  }

  /** A client died: it is asked no more, and what it was asked for is asked of others. */
  onRankDied(rank: number): void {
    this.logRead = -1;
    let kept = 0;
    for (let index = 0; index < this.holderCount; index++) {
      if (this.holders[index] === rank) continue;
      this.holders[kept] = this.holders[index];
      kept++;
    }
    this.holderCount = kept;
    this.newOrder();
    this.sinceRefresh = this.options.refresh;
    if (this.loadsPending > 0) this.askForHolders();
    this.loadsPending = 0;
    this.outstanding[rank] = 0;
    for (let ticket = 0; ticket < this.window; ticket++) {
      const segment = this.ticketSegment[ticket];
      if (segment < 0 || this.ticketHolder[ticket] !== rank) continue;
      this.freeTicket(ticket);
      this.giveBack(segment);
    }
  }

  /** What this client waits for. */
  describe(): DownloadState {
    if (this.turn === 0) return { waitsFor: 'release', tag: Tag.Release, from: [TRACKER] };
    if (this.isFinished) return { waitsFor: 'stop', tag: Tag.Stop, from: [TRACKER] };
    const asked = new Set<number>();
    for (let ticket = 0; ticket < this.window; ticket++) {
      if (this.ticketSegment[ticket] >= 0) asked.add(this.ticketHolder[ticket]);
    }
    if (asked.size > 0) {
      const segments = this.window - this.freeCount;
      return {
        waitsFor: `${segments} segments of file ${this.file}`,
        tag: Tag.SegmentAnswer,
        from: [...asked].sort((a, b) => a - b),
      };
    }
    if (this.count === 0) {
      return {
        waitsFor: `hash list of file ${this.file}`,
        tag: Tag.HashListAnswer,
        from: [TRACKER],
      };
    }
    if (this.loadsPending > 0) {
      const from = Array.from(this.holders.subarray(0, this.holderCount));
      return { waitsFor: `${this.loadsPending} loads`, tag: Tag.LoadAnswer, from };
    }
    return {
      waitsFor: `a holder of ${this.count - this.head} segments of file ${this.file}`,
      tag: Tag.HoldersAnswer,
      from: [TRACKER],
    };
  }
}
