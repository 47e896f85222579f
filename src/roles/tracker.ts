import { type FileInfo, type HolderLog, type Port, type Random, TRACKER, Tag } from './protocol.js';

/** What a tracker is given. */
export interface TrackerOptions {
  readonly ranks: number;
  readonly files: readonly FileInfo[];
  readonly holders: HolderLog;
  readonly port: Port;
  readonly random: Random;
  /** Most holders named in one answer. */
  readonly handout: number;
  /** Called when every client has registered and all are released. */
  readonly onReleased: () => void;
  /** Called when every living client has finished and all are told to stop. */
  readonly onAllFinished: () => void;
}

/**
 * Rank 0: knows which files there are, who holds any of each, and who has finished. Reacts to
 * messages only.
 */
export class Tracker {
  /** Requests answered, for the result. */
  requests = 0;

  private readonly known: Uint8Array;
  private readonly holderCounts: Int32Array;
  private readonly isReady: Uint8Array;
  private readonly isFinished: Uint8Array;
  private readonly isDead: Uint8Array;
  private unready: number;
  private unfinished: number;
  private released = false;
  private stopped = false;

  constructor(private readonly options: TrackerOptions) {
    this.known = new Uint8Array(options.files.length);
    this.holderCounts = new Int32Array(options.files.length);
    this.isReady = new Uint8Array(options.ranks);
    this.isFinished = new Uint8Array(options.ranks);
    this.isDead = new Uint8Array(options.ranks);
    this.unready = options.ranks - 1;
    this.unfinished = options.ranks - 1;
  }

  /** Whether every living client has finished. */
  get allFinished(): boolean {
    return this.stopped;
  }

  /** A client owns `file`: it holds it from now on, and is asked for its hash list if it is new. */
  onOffer(source: number, file: number): void {
    this.addHolder(file, source);
    const wanted = this.known[file] === 0 ? 1 : 0;
    this.known[file] = 1;
    this.options.port.send(Tag.OfferAnswer, TRACKER, source, file, wanted, 0, 0, 0);
  }

  /** A client has registered all that it owns. */
  onReady(source: number): void {
    if (this.isReady[source] !== 0 || this.isDead[source] !== 0) return;
    this.isReady[source] = 1;
    this.unready--;
    this.releaseWhenReady();
  }

  private releaseWhenReady(): void {
    if (this.unready > 0 || this.released) return;
    this.released = true;
    for (let rank = 1; rank < this.options.ranks; rank++) {
      if (this.isDead[rank] === 0)
        this.options.port.send(Tag.Release, TRACKER, rank, 0, 0, 0, 0, 0);
    }
    this.options.onReleased();
    this.stopWhenFinished();
  }

  /** A download wants a file's hash list. */
  onHashListRequest(source: number, file: number): void {
    this.requests++;
    const segments = this.known[file] === 0 ? -1 : this.options.files[file].segmentCount;
    this.options.port.send(Tag.HashListAnswer, TRACKER, source, file, segments, 0, 0, 0);
  }

  /**
   * A download wants a file's holders: all of them, or as many as are handed out at once, from a
   * random place of the log on (which is read as a circle).
   */
  onHoldersRequest(source: number, file: number): void {
    this.requests++;
    const total = this.holderCounts[file];
    const count = Math.min(total, this.options.handout);
    const first = count < total ? this.options.random.below(total) : 0;
    this.options.port.send(Tag.HoldersAnswer, TRACKER, source, file, first, count, total, 0);
  }

  /** A client has its first checked segment of `file`. */
  onNewHolder(source: number, file: number): void {
    this.requests++;
    this.addHolder(file, source);
  }

  private addHolder(file: number, rank: number): void {
    if (this.isDead[rank] !== 0) return;
    this.options.holders.set(file, this.holderCounts[file], rank);
    this.holderCounts[file]++;
  }

  /** A client has all that it wants. */
  onFinished(source: number): void {
    this.requests++;
    if (this.isFinished[source] !== 0 || this.isDead[source] !== 0) return;
    this.isFinished[source] = 1;
    this.unfinished--;
    this.stopWhenFinished();
  }

  private stopWhenFinished(): void {
    if (this.unfinished > 0 || !this.released || this.stopped) return;
    this.stopped = true;
    for (let rank = 1; rank < this.options.ranks; rank++) {
      if (this.isDead[rank] === 0) this.options.port.send(Tag.Stop, TRACKER, rank, 0, 0, 0, 0, 0);
    }
    this.options.onAllFinished();
  }

  /** A client died: it is nobody's holder any more and nobody waits for it. */
  onRankDied(rank: number): void {
    if (this.isDead[rank] !== 0) return;
    this.isDead[rank] = 1;
    for (let file = 0; file < this.holderCounts.length; file++) this.forgetHolder(file, rank);
    if (this.isReady[rank] === 0) this.unready--;
    if (this.isFinished[rank] === 0) this.unfinished--;
    this.releaseWhenReady();
    this.stopWhenFinished();
  }

  /** Readers of the log may still see the last entry twice: a holder named twice does no harm. */
  private forgetHolder(file: number, rank: number): void {
    const { holders } = this.options;
    for (let index = this.holderCounts[file] - 1; index >= 0; index--) {
      if (holders.at(file, index) !== rank) continue;
      this.holderCounts[file]--;
      holders.set(file, index, holders.at(file, this.holderCounts[file]));
    }
  }
}
