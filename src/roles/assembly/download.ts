import { isTracing } from '../../comm/assembly/simulated/trace';
import { isForgotten, send } from '../../comm/assembly/transport';
import { allocate, at, put } from '../../shm/assembly/memory';
import { NACK, RIGHT, TRACKER, Tag, UNCHECKED } from '../tags';
import * as copy from './copy';
import { Strikes, isSpoiled, noteProgress, noteRefused, noteReissued } from './faults';
import { Holders } from './holders';
import * as host from './host';
import { pickSegment, placeMissing, usesAvailability } from './pickers/index';
import { Random } from '../../shm/assembly/random';
import { candidateTable, enterCandidate } from './strategies/custom';
import {
  Strategy,
  StrategyContext,
  busyness,
  draw,
  isBlind,
  isCustom,
  isDrawn,
  isPerRequest,
} from './strategies/index';
import * as swarm from './swarm';
import { after } from './timers';
import { traceRequest } from './trace';

/** Times that the same segment may fail its hash before a client gives it up. */
const HASH_TRIES: i32 = 16;

/**
 * Looks for holders after which those that are avoided are asked although the tracker has not named
 * all: no other whom it names holds what is missing.
 */
const LAST_RESORT_LOOKS: i32 = 64;

/** Added to the score of a holder that is avoided: it comes after all others. */
const AVOIDED_SCORE: i64 = 1 << 60;

/** Delay before a client without anybody to ask looks for holders again; doubles up to the limit. */
const FIRST_RETRY_MS: i32 = 1;
const LAST_RETRY_MS: i32 = 64;

/** Segments without a known holder that one `pump` passes over while answers are under way. */
const SKIP_LIMIT: i32 = 64;

/** A request in flight; its fields share a cache line. */
@unmanaged
class Ticket {
  /** The segment asked for, or -1: the ticket is free. */
  segment: i32;
  /** Who was asked, and where in the list of holders it stood in the order of that number. */
  holder: i32;
  place: i32;
  order: i32;
}

/**
 * The download role: one file after the other, up to `window` segment requests in flight, each
 * to the first holder in the strategy's order that has the segment.
 *
 * A ticket is a request in flight. At any time every segment of the current file is in exactly
 * one place: held (its bit on the board is set), in a ticket, given up, or in
 * `missing[head .. count)`.
 */
@unmanaged
export class Download {
  rank: i32;
  /** Segments received and found right. */
  downloads: i32;
  /** Segment requests sent. */
  requests: i32;
  /** NACKs received. */
  nacks: i32;
  /** Segments whose bytes were not what the hash list says. */
  hashFailures: i32;
  /** Downloads at which this client's fault comes due, or -1. */
  faultAt: i32;
  /** Whether the client is on the list of those to be pumped. */
  isTouched: bool;
  isFinished: bool;
  isStopped: bool;
  private isTimerSet: bool;

  private window: i32;
  private refillAt: i32;
  private wanted: usize;
  private wantedCount: i32;
  turn: i32;
  file: i32;

  private missing: usize;
  private missingCapacity: i32;
  private head: i32;
  private count: i32;
  private received: i32;
  private lost: i32;
  /** Segments of all files that will never come. */
  private givenUp: i32;
  /** For each segment of the file its failed hashes; made when the first one fails. */
  private failures: usize;
  private strikes: Strikes;

  private holders: Holders;
  /** Those who hold a segment, for a rule that draws among them. */
  private candidates: usize;
  /** Changes with every new order: a place in an older one means nothing. */
  private order: i32;
  /** Entries of the holder log that `holders` shows, or -1 when it must be read afresh. */
  private logRead: i32;
  /** State of the tracker's logs in which `logRead` counts. */
  private logVersion: i32;
  /** Whether the tracker knows more holders than it has named. */
  private isPartial: bool;
  private foundPlace: i32;
  private sinceRefresh: i32;
  private holdersPending: i32;
  private loadsPending: i32;
  private retryMs: i32;
  /** Looks for holders, since the last segment, that brought nobody to ask. */
  private vainLooks: i32;

  private tickets: usize;
  private freeTickets: usize;
  private freeCount: i32;
  private context: StrategyContext;
  private random: Random;

  /** @param wanted address of `wantedCount` file numbers, fetched in this order */
  open(rank: i32, wanted: usize, wantedCount: i32): void {
    const window = swarm.window;
    this.rank = rank;
    this.faultAt = -1;
    this.window = window;
    this.refillAt = max(1, window >> 1);
    this.wanted = wanted;
    this.wantedCount = wantedCount;
    this.file = -1;
    this.logRead = -1;
    this.retryMs = FIRST_RETRY_MS;
    this.random = changetype<Random>(allocate(offsetof<Random>()));
    this.random.seed(swarm.seed, rank);
    const context = changetype<StrategyContext>(allocate(offsetof<StrategyContext>()));
    context.self = rank;
    context.previous = -1;
    context.random = this.random;
    context.loads = swarm.asksLoads ? allocate((<usize>swarm.ranks) << 2) : 0;
    context.outstanding = allocate((<usize>swarm.ranks) << 1);
    this.context = context;
    this.strikes = changetype<Strikes>(allocate(offsetof<Strikes>()));
    const known = min(swarm.handout, swarm.ranks);
    this.holders = changetype<Holders>(allocate(offsetof<Holders>()));
    this.holders.open(known);
    if (isDrawn) this.candidates = allocate((<usize>known) << 2);
    this.tickets = allocate(<usize>window * offsetof<Ticket>());
    this.freeTickets = allocate((<usize>window) << 2);
    for (let number = 0; number < window; number++) {
      this.ticket(number).segment = -1;
      put(this.freeTickets, number, number);
    }
    this.freeCount = window;
  }

  /** The tracker has released all clients: the first file begins. */
  onRelease(): void {
    this.nextFile();
  }

  private nextFile(): void {
    if (this.turn < this.wantedCount) {
      this.file = at(this.wanted, this.turn);
      this.turn++;
      send(Tag.HashListRequest, this.rank, TRACKER, this.file);
      return;
    }
    this.isFinished = true;
    put(swarm.finishedFlags, this.rank, 1);
    host.finished(this.rank);
    send(Tag.Finished, this.rank, TRACKER);
  }

  /** The file's hash list is known; -1 segments: nobody owns the file, so it is done without. */
  onHashListAnswer(file: i32, segments: i32): void {
    if (file != this.file) return;
    if (segments < 0) {
      this.giveUp(swarm.segmentCountOf(file));
      this.nextFile();
      return;
    }
    if (segments > this.missingCapacity) {
      this.missing = allocate((<usize>segments) << 2);
      this.missingCapacity = segments;
    }
    const first = swarm.firstSegmentOf(file);
    for (let index = 0; index < segments; index++) put(this.missing, index, first + index);
    this.head = 0;
    this.count = segments;
    this.placeHead(segments);
    this.received = 0;
    this.lost = 0;
    this.failures = 0;
    this.holders.clear();
    this.logRead = -1;
    if (segments == 0) this.completeFile();
    else this.askForHolders();
  }

  private askForHolders(): void {
    this.holdersPending++;
    this.sinceRefresh = 0;
    this.newOrder();
    send(Tag.HoldersRequest, this.rank, TRACKER, this.file);
  }

  private newOrder(): void {
    this.holders.isScored = false;
    this.order++;
  }

  /** The file's holders: entries `first`, `first + 1`, ... of its log, read as a circle. */
  onHoldersAnswer(file: i32, first: i32, count: i32, total: i32, version: i32): void {
    this.holdersPending--;
    if (file != this.file) return;
    if (version != this.logVersion) this.logRead = -1;
    this.logVersion = version;
    this.isPartial = count < total;
    if (total == this.logRead) {
      if (swarm.asksLoads) this.askForLoads();
      return;
    }
    // Holders without a score have come: those scored are scored again with them.
    this.newOrder();
    if (count < total || this.logRead < 0) {
      this.holders.clear();
      for (let index = 0; index < count; index++) {
        const entry = first + index;
        this.addHolder(entry < total ? entry : entry - total);
      }
    } else {
      for (let index = this.logRead; index < total; index++) this.addHolder(index);
    }
    this.logRead = this.isPartial ? -1 : total;
    if (swarm.asksLoads) this.askForLoads();
  }

  private addHolder(index: i32): void {
    const holder = load<i32>(swarm.logEntry(this.file, index, this.logVersion));
    // The tracker may have named it before it heard of the death: no answer would ever come.
    if (holder != this.rank && !isForgotten(holder)) this.holders.add(holder);
  }

  private askForLoads(): void {
    this.loadsPending = this.window == 1 ? this.holders.count : 0;
    for (let index = 0; index < this.holders.count; index++) {
      send(Tag.LoadRequest, this.rank, this.holders.at(index), this.order);
    }
  }

  /** `source` has uploaded `uploads` segments so far. */
  onLoadAnswer(source: i32, order: i32, uploads: i32): void {
    put(this.context.loads, source, uploads);
    if (order == this.order && this.loadsPending > 0) this.loadsPending--;
  }

  /** The answer to the request `ticket`. */
  onSegmentAnswer(
    source: i32,
    segment: i32,
    ticket: i32,
    cell: i32,
    length: i32,
    verdict: i32,
  ): void {
    // An answer to a request that was given up when its holder was thought dead.
    const asked = this.ticket(ticket);
    if (asked.segment != segment || asked.holder != source) return;
    this.addWaiting(source, -1);
    if (cell == NACK) {
      this.onNack(segment, ticket);
      return;
    }
    this.freeTicket(ticket);
    if (this.isRight(source, segment, cell, length, verdict)) {
      this.strikes.clear(source);
      this.keep(segment);
    } else {
      this.refuse(source, segment);
    }
  }

  /** Whether the segment that came is what its hash says. */
  private isRight(source: i32, segment: i32, cell: i32, length: i32, verdict: i32): bool {
    if (isSpoiled(source, this.rank, segment, this.hashFailures)) {
      return swarm.hasContent && host.acceptSpoiled(this.rank, segment, cell, length);
    }
    if (verdict != UNCHECKED) return verdict == RIGHT;
    return !swarm.hasContent || host.accept(this.rank, segment, cell, length);
  }

  @inline
  private addWaiting(holder: i32, requests: i32): void {
    const address = this.context.outstanding + ((<usize>holder) << 1);
    store<u16>(address, <u16>(<i32>load<u16>(address) + requests));
  }

  private onNack(segment: i32, ticket: i32): void {
    this.nacks++;
    const refused = this.ticket(ticket);
    if (!isPerRequest && refused.order == this.order) {
      const holder = this.findHolder(segment, this.holders.scoreAt(refused.place));
      if (holder >= 0) {
        this.request(segment, holder, ticket);
        return;
      }
    }
    // Every holder known refused: ask again once the holders were looked up afresh.
    this.freeTicket(ticket);
    this.giveBack(segment);
    this.sinceRefresh = swarm.refresh;
  }

  @inline
  private ticket(number: i32): Ticket {
    return changetype<Ticket>(this.tickets + <usize>number * offsetof<Ticket>());
  }

  private freeTicket(ticket: i32): void {
    this.ticket(ticket).segment = -1;
    put(this.freeTickets, this.freeCount, ticket);
    this.freeCount++;
  }

  private giveBack(segment: i32): void {
    this.head--;
    put(this.missing, this.head, segment);
    this.placeHead(1);
  }

  /** The picker puts the first `segments` that were not asked for where it wants them. */
  private placeHead(segments: i32): void {
    placeMissing(this.missing, this.head, this.head + segments, this.count, this.random);
  }

  private keep(segment: i32): void {
    const rank = this.rank;
    swarm.hold(rank, segment);
    if (usesAvailability) swarm.countHolder(segment);
    this.downloads++;
    noteProgress(rank, 1);
    put(swarm.downloadCounts, rank, this.downloads);
    this.received++;
    this.retryMs = FIRST_RETRY_MS;
    this.vainLooks = 0;
    if (this.received == 1) send(Tag.NewHolder, rank, TRACKER, this.file);
    if (this.downloads == this.faultAt) host.fault(rank);
    if (this.received + this.lost == this.count) this.completeFile();
  }

  /** The segment is asked for again, of others if there are any. */
  private refuse(source: i32, segment: i32): void {
    this.hashFailures++;
    noteRefused(source);
    if (this.strikes.add(source)) this.newOrder();
    if (this.failures == 0) this.failures = allocate(this.count);
    const tries = this.failures + (segment - swarm.firstSegmentOf(this.file));
    store<u8>(tries, load<u8>(tries) + 1);
    if (<i32>load<u8>(tries) < HASH_TRIES) {
      this.giveBack(segment);
      return;
    }
    this.lost++;
    this.giveUp(1);
    if (this.received + this.lost == this.count) this.completeFile();
  }

  /** What the strategy says of a holder; one that is avoided comes after all others. */
  @inline
  private scoreOf(holder: i32): i64 {
    const holderScore = Strategy.score(holder, this.context);
    return this.strikes.isAvoided(holder) ? holderScore + AVOIDED_SCORE : holderScore;
  }

  private giveUp(segments: i32): void {
    this.givenUp += segments;
    noteProgress(this.rank, segments);
  }

  private completeFile(): void {
    if (this.lost == 0) host.complete(this.rank, this.file);
    this.head = 0;
    this.count = 0;
    this.nextFile();
  }

  /** Sends as many requests as the window allows; called after a batch of messages. */
  pump(): void {
    if (this.freeCount < this.refillAt && this.head + this.freeCount < this.count) return;
    let skipped = 0;
    // With nothing in flight all are looked at: behind many that nobody holds may stand one that
    // somebody does, and no answer would bring another look.
    const limit = this.freeCount == this.window ? this.count : SKIP_LIMIT;
    while (this.freeCount > 0 && this.head + skipped < this.count && skipped < limit) {
      if (this.mustWait()) return;
      const from = this.head + skipped;
      const index = pickSegment(this.missing, from, this.count, this.random);
      const segment = at(this.missing, index);
      if (isPerRequest) this.newOrder();
      const holder = this.findHolder(segment, i64.MIN_VALUE);
      put(this.missing, index, at(this.missing, from));
      if (holder < 0) {
        put(this.missing, from, segment);
        skipped++;
        continue;
      }
      put(this.missing, from, at(this.missing, this.head));
      this.head++;
      this.freeCount--;
      this.request(segment, holder, at(this.freeTickets, this.freeCount));
      this.sinceRefresh++;
    }
    if (skipped == 0) return;
    this.placeHead(skipped);
    if (this.freeCount == this.window) this.retryLater();
  }

  /** Looks holders up when it is time to, and says whether the answer must be waited for. */
  private mustWait(): bool {
    if (this.window == 1 && (this.holdersPending > 0 || this.loadsPending > 0)) return true;
    if (this.sinceRefresh >= swarm.refresh) {
      this.askForHolders();
      if (this.window == 1) return true;
    }
    return this.holders.count == 0 && this.holdersPending > 0;
  }

  /** The holder to ask for `segment`, after those with scores up to `asked`; -1: nobody known. */
  private findHolder(segment: i32, asked: i64): i32 {
    let holder = this.lookForHolder(segment, asked);
    // The copy may not show yet who else could serve.
    if (copy.isOpen && (holder < 0 || this.strikes.isAvoided(holder))) {
      copy.lookAtBoard();
      holder = this.lookForHolder(segment, asked);
      copy.lookAtCopy();
    }
    if (isTracing && holder >= 0) traceRequest(this.rank, segment, holder, this.holders, asked);
    return holder;
  }

  private lookForHolder(segment: i32, asked: i64): i32 {
    return isPerRequest ? this.bestHolder(segment) : this.nextHolder(segment, asked);
  }

  /** The first who holds `segment`, in an order that stands until the next refresh. */
  private nextHolder(segment: i32, asked: i64): i32 {
    const holders = this.holders;
    if (!holders.isScored) this.scoreHolders();
    const isFirst = asked == i64.MIN_VALUE;
    const place = isFirst ? holders.firstWith(segment) : holders.nextWith(segment, asked);
    if (place < 0) return -1;
    const holder = holders.at(place);
    // Those who are avoided come last.
    if (this.strikes.isAvoided(holder) && !this.isLastResort()) return -1;
    this.foundPlace = place;
    return holder;
  }

  private scoreHolders(): void {
    const holders = this.holders;
    holders.startScores();
    for (let place = 0; place < holders.count; place++) {
      holders.setScore(place, this.scoreOf(holders.at(place)));
    }
    holders.isScored = true;
  }

  /** The best of those who hold `segment`, for an order that stands for one request. */
  private bestHolder(segment: i32): i32 {
    if (isDrawn) return this.drawnHolder(segment);
    if (isCustom) return this.chosenHolder(segment);
    let best = -1;
    let bestScore = i64.MAX_VALUE;
    for (let index = 0; index < this.holders.count; index++) {
      const holder = this.holders.at(index);
      if (!isBlind && !swarm.isSeenToHold(holder, segment)) continue;
      const holderScore = this.scoreOf(holder);
      if (isTracing) this.holders.setScore(index, holderScore);
      if (holderScore >= bestScore) continue;
      if (this.strikes.isAvoided(holder) && !this.isLastResort()) continue;
      best = holder;
      bestScore = holderScore;
    }
    return best;
  }

  /** One of those who hold `segment`, for a rule that draws among them. */
  private drawnHolder(segment: i32): i32 {
    const takesAvoided = this.takesAvoided(segment);
    let count = 0;
    for (let index = 0; index < this.holders.count; index++) {
      const holder = this.holders.at(index);
      if (!this.isOffered(holder, segment, takesAvoided)) continue;
      put(this.candidates, count, holder);
      count++;
      if (isTracing) this.holders.setScore(index, busyness(holder, this.context));
    }
    return count == 0 ? -1 : draw(this.candidates, count, this.context);
  }

  /** Whom the host chooses among those who hold `segment`. */
  private chosenHolder(segment: i32): i32 {
    const takesAvoided = this.takesAvoided(segment);
    const table = candidateTable(this.holders.count);
    let count = 0;
    for (let index = 0; index < this.holders.count; index++) {
      const holder = this.holders.at(index);
      if (!this.isOffered(holder, segment, takesAvoided)) continue;
      enterCandidate(count, holder, this.context);
      count++;
    }
    if (count == 0) return -1;
    return host.chooseHolder(this.rank, segment, table, count, changetype<usize>(this.random));
  }

  /** Whether those who are avoided may be asked where nobody else that is known can be. */
  private isLastResort(): bool {
    return !this.isPartial || this.vainLooks >= LAST_RESORT_LOOKS;
  }

  /** Whether a rule that chooses among holders may choose one that is avoided. */
  private takesAvoided(segment: i32): bool {
    if (this.strikes.isEmpty || !this.isLastResort()) return false;
    for (let index = 0; index < this.holders.count; index++) {
      if (this.isOffered(this.holders.at(index), segment, false)) return false;
    }
    return true;
  }

  /** Whether a rule that chooses among holders may choose this one. */
  private isOffered(holder: i32, segment: i32, takesAvoided: bool): bool {
    if (!isBlind && !swarm.isSeenToHold(holder, segment)) return false;
    return takesAvoided || !this.strikes.isAvoided(holder);
  }

  private request(segment: i32, holder: i32, ticket: i32): void {
    const asked = this.ticket(ticket);
    asked.segment = segment;
    asked.holder = holder;
    asked.place = this.foundPlace;
    asked.order = this.order;
    this.addWaiting(holder, 1);
    this.context.previous = holder;
    this.requests++;
    send(Tag.SegmentRequest, this.rank, holder, segment, ticket);
  }

  /** Nobody known holds what is missing: looks again, ever less often. */
  private retryLater(): void {
    if (this.isTimerSet || this.holdersPending > 0) return;
    this.isTimerSet = true;
    this.vainLooks++;
    after(this.rank, this.retryMs);
    // Others may be named the next time: then waiting longer would gain nothing.
    if (!this.isPartial) this.retryMs = min(LAST_RETRY_MS, this.retryMs * 2);
  }

  /** The delay asked for is over. */
  onTimer(): void {
    this.isTimerSet = false;
    if (this.head < this.count && this.holdersPending == 0) this.askForHolders();
  }

  /** A client died: it is asked no more, and what it was asked for is asked of others. */
  onRankDied(rank: i32): void {
    this.holders.remove(rank);
    this.newOrder();
    // In the strict rule a load that never comes would be waited for: the refresh starts again.
    this.loadsPending = 0;
    this.sinceRefresh = swarm.refresh;
    if (this.context.waiting(rank) == 0) return;
    noteReissued(rank, this.context.waiting(rank));
    this.addWaiting(rank, -this.context.waiting(rank));
    for (let ticket = 0; ticket < this.window; ticket++) {
      const asked = this.ticket(ticket);
      const segment = asked.segment;
      if (segment < 0 || asked.holder != rank) continue;
      this.freeTicket(ticket);
      this.giveBack(segment);
    }
  }

  /** Segments that it still waits for. */
  lacking(): i32 {
    let segments = 0;
    for (let index = 0; index < this.wantedCount; index++) {
      segments += swarm.segmentCountOf(at(this.wanted, index));
    }
    return segments - this.downloads - this.givenUp;
  }

  /**
   * Writes what this client waits for to `into`: turn, finished, file, segments not asked for,
   * requests in flight, loads pending, holder answers pending, then the holders of the requests.
   *
   * @returns words written
   */
  inspect(into: usize): i32 {
    put(into, 0, this.turn);
    put(into, 1, this.isFinished ? 1 : 0);
    put(into, 2, this.file);
    put(into, 3, this.count - this.head);
    put(into, 4, this.window - this.freeCount);
    put(into, 5, this.loadsPending);
    put(into, 6, this.holdersPending);
    let words = 7;
    for (let ticket = 0; ticket < this.window; ticket++) {
      const asked = this.ticket(ticket);
      if (asked.segment >= 0) put(into, words++, asked.holder);
    }
    return words;
  }
}
