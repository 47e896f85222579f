import { send } from '../../comm/assembly/transport';
import { allocate, at, put } from '../../shm/assembly/memory';
import { TRACKER, Tag } from '../tags';
import * as host from './host';
import { Random } from '../../shm/assembly/random';
import { handout, logEntry, ranks, seed, segmentCountOf } from './swarm';

/**
 * Rank 0: knows which files there are, who holds any of each, and who has finished. Reacts to
 * messages only.
 */
@unmanaged
export class Tracker {
  /** Requests answered, for the result. */
  requests: i32;
  /** Whether every living client has finished. */
  isStopped: bool;
  private isReleased: bool;
  /** Changes when entries of the logs are moved: what was read before is to be read again. */
  private logVersion: i32;
  private files: i32;
  private unready: i32;
  private unfinished: i32;
  private known: usize;
  private holderCounts: usize;
  private ready: usize;
  private finished: usize;
  private dead: usize;
  /** Clients that join late: nobody waits for them before the release. */
  private late: usize;
  /** How many of them are still to register. */
  private unregistered: i32;
  /** For each rank the file that it asked for and nobody owns yet, plus 1; they may own it. */
  private awaited: usize;
  private random: Random;

  open(files: i32): void {
    this.files = files;
    this.known = allocate(files);
    this.holderCounts = allocate((<usize>files) << 2);
    this.ready = allocate(ranks);
    this.finished = allocate(ranks);
    this.dead = allocate(ranks);
    this.late = allocate(ranks);
    this.awaited = allocate((<usize>ranks) << 2);
    this.unready = ranks - 1;
    this.unfinished = ranks - 1;
    this.random = changetype<Random>(allocate(offsetof<Random>()));
    this.random.seed(seed, TRACKER);
  }

  /** `rank` joins late: the others are released without it. */
  expectLate(rank: i32): void {
    store<u8>(this.late + rank, 1);
    this.unready--;
    this.unregistered++;
  }

  /** A client owns `file`: it holds it, and is asked for its hash list if the file is new. */
  onOffer(source: i32, file: i32): void {
    this.addHolder(file, source);
    const wanted = load<u8>(this.known + file) == 0 ? 1 : 0;
    store<u8>(this.known + file, 1);
    send(Tag.OfferAnswer, TRACKER, source, file, wanted);
  }

  /** A client has registered all that it owns. */
  onReady(source: i32): void {
    if (load<u8>(this.ready + source) != 0 || load<u8>(this.dead + source) != 0) return;
    store<u8>(this.ready + source, 1);
    if (load<u8>(this.late + source) == 0) {
      this.unready--;
    } else {
      if (this.isReleased) send(Tag.Release, TRACKER, source);
      this.lateHasCome();
    }
    this.releaseWhenReady();
  }

  /** A client that was to join late is here, or will never be. */
  private lateHasCome(): void {
    this.unregistered--;
    for (let rank = 1; rank < ranks; rank++) {
      const file = at(this.awaited, rank) - 1;
      if (file < 0 || this.isAwaited(file)) continue;
      put(this.awaited, rank, 0);
      if (load<u8>(this.dead + rank) == 0) this.answerHashList(rank, file);
    }
  }

  /** Whether a file that nobody owns may still come, with somebody who joins late. */
  private isAwaited(file: i32): bool {
    return load<u8>(this.known + file) == 0 && this.unregistered > 0;
  }

  private releaseWhenReady(): void {
    if (this.unready > 0 || this.isReleased) return;
    this.isReleased = true;
    for (let rank = 1; rank < ranks; rank++) {
      if (load<u8>(this.ready + rank) != 0) this.tell(rank, Tag.Release);
    }
    host.released();
    this.stopWhenFinished();
  }

  private tell(rank: i32, tag: i32): void {
    if (load<u8>(this.dead + rank) == 0) send(tag, TRACKER, rank);
  }

  /** A download wants a file's hash list. */
  onHashListRequest(source: i32, file: i32): void {
    this.requests++;
    if (this.isAwaited(file)) put(this.awaited, source, file + 1);
    else this.answerHashList(source, file);
  }

  private answerHashList(source: i32, file: i32): void {
    const segments = load<u8>(this.known + file) == 0 ? -1 : segmentCountOf(file);
    send(Tag.HashListAnswer, TRACKER, source, file, segments);
  }

  /**
   * A download wants a file's holders: all of them, or as many as are handed out at once, from a
   * random place of the log on (which is read as a circle).
   */
  onHoldersRequest(source: i32, file: i32): void {
    this.requests++;
    const total = at(this.holderCounts, file);
    const count = min(total, handout);
    const first = count < total ? this.random.below(total) : 0;
    send(Tag.HoldersAnswer, TRACKER, source, file, first, count, total, this.logVersion);
  }

  /** A client has its first checked segment of `file`. */
  onNewHolder(source: i32, file: i32): void {
    this.requests++;
    this.addHolder(file, source);
  }

  private addHolder(file: i32, rank: i32): void {
    if (load<u8>(this.dead + rank) != 0) return;
    const count = at(this.holderCounts, file);
    store<i32>(logEntry(file, count, this.logVersion), rank);
    put(this.holderCounts, file, count + 1);
  }

  /** A client has all that it wants. */
  onFinished(source: i32): void {
    this.requests++;
    if (load<u8>(this.finished + source) != 0 || load<u8>(this.dead + source) != 0) return;
    store<u8>(this.finished + source, 1);
    this.unfinished--;
    this.stopWhenFinished();
  }

  private stopWhenFinished(): void {
    if (this.unfinished > 0 || !this.isReleased || this.isStopped) return;
    this.isStopped = true;
    for (let rank = 1; rank < ranks; rank++) this.tell(rank, Tag.Stop);
    host.allFinished();
  }

  /** Whether it is `rank` that all wait for: to register, or, once released, to finish. */
  isWaitingFor(rank: i32): bool {
    if (this.isStopped || load<u8>(this.dead + rank) != 0) return false;
    return load<u8>((this.isReleased ? this.finished : this.ready) + rank) == 0;
  }

  /** A client died: it is nobody's holder any more and nobody waits for it. */
  onRankDied(rank: i32): void {
    if (load<u8>(this.dead + rank) != 0) return;
    store<u8>(this.dead + rank, 1);
    this.dropHolder(rank);
    if (load<u8>(this.ready + rank) == 0) {
      if (load<u8>(this.late + rank) == 0) this.unready--;
      else this.lateHasCome();
    }
    if (load<u8>(this.finished + rank) == 0) this.unfinished--;
    this.releaseWhenReady();
    this.stopWhenFinished();
  }

  /** `rank` is named as a holder no more, of any file. */
  dropHolder(rank: i32): void {
    for (let file = 0; file < this.files; file++) this.copyLog(file);
    this.logVersion++;
    for (let file = 0; file < this.files; file++) this.forgetHolder(file, rank);
  }

  /** Begins the next version of a log with what the present one holds; they may be the same. */
  private copyLog(file: i32): void {
    const next = logEntry(file, 0, this.logVersion + 1);
    const present = logEntry(file, 0, this.logVersion);
    if (next == present) return;
    memory.copy(next, present, (<usize>at(this.holderCounts, file)) << 2);
  }

  /** Readers of the log may still see the last entry twice: a holder named twice does no harm. */
  private forgetHolder(file: i32, rank: i32): void {
    for (let index = at(this.holderCounts, file) - 1; index >= 0; index--) {
      if (load<i32>(logEntry(file, index, this.logVersion)) != rank) continue;
      const count = at(this.holderCounts, file) - 1;
      put(this.holderCounts, file, count);
      store<i32>(
        logEntry(file, index, this.logVersion),
        load<i32>(logEntry(file, count, this.logVersion)),
      );
    }
  }
}
