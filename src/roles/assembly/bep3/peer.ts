import { broadcast, oweDownlink, post, setTimer } from '../../../comm/assembly/simulated/links';
import { isObserving, noteHolders } from '../../../comm/assembly/simulated/observation';
import { isTracing } from '../../../comm/assembly/simulated/trace';
import { noteFinished, now } from '../../../comm/assembly/simulated/windows';
import { CACHE_LINE, allocate, at } from '../../../shm/assembly/memory';
import { Random } from '../../../shm/assembly/random';
import { PeerTag } from '../../bep3-tags';
import { TRACKER } from '../../tags';
import {
  clearStrikes,
  forgive,
  isAvoided,
  isSpoiled,
  isSpoiling,
  noteProgress,
  noteRefused,
  noteReissued,
  strike,
} from '../faults';
import * as host from '../host';
import {
  EVERYTHING,
  HIDDEN,
  NOTHING,
  clearBit,
  describe,
  fillRow,
  hasBit,
  hasMore,
  rowBytes,
  setBit,
} from './bitfield';
import { decidesBetweenRounds, isEager, isWithoutSlots, rechoke } from './chokers/index';
import { noteTrial } from './chokers/slots';
import { CLOSED, Connection, OPEN, PENDING, connectionBytes } from './connection';
import { knowAll, knownCount, knownRow, listen, setAttentive, stopListening } from './listeners';
import { takenRowOf } from './peers';
import { pickEndgame, pickSegment } from './pick';
import { NeighbourRows } from './rarity';
import {
  MOST_CONNECTIONS,
  hasEndgame,
  pipeline,
  rechokeNs,
  seed,
  segments,
  slots,
} from './settings';
import { tracePick, traceUnchoke } from './trace';
import { UPLINK_BYTES, Uplink } from './uplink';

const ANNOUNCE_BYTES: i32 = 100;
const HANDSHAKE_BYTES: i32 = 68 + 5;
const STATE_BYTES: i32 = 5;
const REQUEST_BYTES: i32 = 17;
const HAVE_BYTES: i32 = 9;

/** Rounds of choking after which a segment that nobody passes on is as good as passed on (BEP 16). */
const REVEAL_ROUNDS: i32 = 6;

/** Rounds of choking between two looks whether there are enough neighbours. */
const NEIGHBOUR_ROUNDS: i32 = 6;

/**
 * Rounds of choking without a segment after which those who sent spoiled ones are asked again, and
 * how often at most.
 */
const FORGIVING_ROUNDS: i32 = 3;
const FORGIVING_TIMES: i32 = 16;

/** How a peer behaves besides its rules; bits of `behaviour`. */
export const UPLOADS_NOTHING: i32 = 1;
export const SUPER_SEEDS: i32 = 2;
export const ASKS_NOTHING: i32 = 4;

/**
 * Where the parts of a peer lie, and how many bytes it takes with them, in whole cache lines:
 *
 *     | Peer ... | Random, NeighbourRows, Uplink, its ring |
 */
const RANDOM_AT: usize = (offsetof<Peer>() + CACHE_LINE - 1) & ~(CACHE_LINE - 1);
const ROWS_AT: usize = RANDOM_AT + offsetof<Random>();
const UPLINK_AT: usize = ROWS_AT + offsetof<NeighbourRows>();
export const PEER_BYTES: usize = (UPLINK_AT + UPLINK_BYTES + CACHE_LINE - 1) & ~(CACHE_LINE - 1);

/** A peer of the protocol `bep3` (BEP 3): reacts to messages and to what it set for itself. */
@unmanaged
export class Peer {
  // What most events look at comes first, and fills a cache line.
  rank: i32;
  zone: i32;
  /**
   * Bitfields: the segments held, and those that are held or asked for. A seed has taken none, so that
   * one that hides hears of all that others get.
   */
  own: usize;
  takenRow: usize;
  connections: usize;
  /** Segments held, and segments asked for that are not. */
  held: i32;
  askedFor: i32;
  /** Connections it has at most, that were ever used, that are open. */
  limit: i32;
  used: i32;
  linked: i32;
  /** Connection whose HAVEs were charged last. */
  private chargedLast: i32;
  /** The rules and the behaviour of this peer. */
  choker: i32;
  picker: i32;
  behaviour: i32;
  requests: i32;
  /** Segments held at which this peer's fault comes due, or 0. */
  faultAt: i32;

  /** Connections that are not closed. */
  private engaged: i32;
  /** How long it stays once it has everything, in ns; negative: to the end. */
  seedingNs: i64;
  /** How long after it joined it leaves unless it has everything, in ns; negative: never. */
  patienceNs: i64;
  /** Neighbours that it was given from outside, or 0: the tracker names some. */
  private given: usize;
  private givenCount: i32;
  isGone: bool;
  private isPresent: bool;
  /** Rounds of choking so far. */
  round: i32;
  unchoked: i32;
  /** Slots of the rule whose number of slots follows the rates. */
  rateSlots: i32;
  /** Bytes a ns that the uplink takes: what rules may reckon with; 0: no limit. */
  capacity: f32;
  /** For the result. */
  duplicates: i32;
  hashFailures: i32;
  neighbours: i32;
  /** Segments uploaded while it lacked some itself. */
  uploadsBeforeSeeding: i32;
  /** Where segments may be spoiled: rounds since the last, and times that all were forgiven since. */
  private vainRounds: i32;
  private forgiven: i32;
  joinedAt: i64;
  finishedAt: i64;
  departedAt: i64;

  // Its parts lie behind it, together.
  @inline
  get random(): Random {
    return changetype<Random>(changetype<usize>(this) + RANDOM_AT);
  }

  @inline
  get uplink(): Uplink {
    return changetype<Uplink>(changetype<usize>(this) + UPLINK_AT);
  }

  @inline
  get neighbourRows(): NeighbourRows {
    return changetype<NeighbourRows>(changetype<usize>(this) + ROWS_AT);
  }

  /** @param joinsAt when, in ns; negative: it is told later */
  start(rank: i32, zone: i32, isSeed: bool, joinsAt: i64, connections: i32): void {
    if (connections > MOST_CONNECTIONS) unreachable();
    this.rank = rank;
    this.zone = zone;
    this.limit = connections;
    this.own = allocate(rowBytes());
    this.takenRow = takenRowOf(rank);
    this.connections = allocate(<usize>connections * connectionBytes());
    this.random.seed(seed, rank);
    this.uplink.open(this);
    this.neighbourRows.open(connections);
    this.rateSlots = 1;
    this.seedingNs = -1;
    this.patienceNs = -1;
    this.joinedAt = joinsAt;
    this.finishedAt = -1;
    this.departedAt = -1;
    if (isSeed) {
      fillRow(this.own);
      this.held = segments;
      noteFinished();
    }
    if (joinsAt >= 0) setTimer(PeerTag.Join, rank, joinsAt);
  }

  /** The peer's neighbours are those at `list`; it does not ask the tracker. */
  giveNeighbours(list: usize, count: i32): void {
    this.given = list;
    this.givenCount = count;
  }

  /** Reads what most events look at, so that it is in the processor's cache. */
  touch(): i32 {
    return <i32>this.connections + this.random.a;
  }

  /** The same for what those are about that come through, or go out by, the connection `slot`. */
  touchConnection(slot: i32): i32 {
    const connection = this.connection(slot);
    return connection.rank + connection.entry + connection.firstWaiting();
  }

  @inline
  connection(index: i32): Connection {
    return changetype<Connection>(this.connections + <usize>index * connectionBytes());
  }

  /** What a neighbour is known to hold. */
  @inline
  rowOf(connection: Connection): usize {
    return connection.ownRow != 0 ? connection.ownRow : knownRow(connection.rank, this.zone);
  }

  @inline
  get isComplete(): bool {
    return this.held == segments;
  }

  @inline
  isTaken(segment: i32): bool {
    return hasBit(this.takenRow, segment);
  }

  /** Whether `slot` is a connection with `source`: a message may come when it is closed. */
  @inline
  isWith(slot: i32, source: i32): bool {
    const connection = this.connection(slot);
    return connection.rank == source && connection.state == <u8>OPEN;
  }

  /** To be called when a connection's state has changed: may a HAVE make a difference to it? */
  private review(connection: Connection): void {
    if (connection.entry < 0 || connection.state != OPEN) return;
    const isIdle = !connection.isChoked && connection.asked < pipeline;
    const isAttentive = this.isComplete ? this.isHiding : !connection.amInterested || isIdle;
    if (connection.isAttentive == isAttentive) return;
    connection.isAttentive = isAttentive;
    setAttentive(connection.rank, this.zone, connection.entry, isAttentive);
  }

  onJoin(): void {
    if (this.isGone) return;
    this.isPresent = true;
    if (isObserving && this.isComplete) this.noteHoldings(1);
    this.joinedAt = now;
    if (this.given == 0) post(PeerTag.Announce, this.rank, TRACKER, ANNOUNCE_BYTES);
    // An instant later all are there who join at this one.
    else setTimer(PeerTag.Meet, this.rank, 1);
    // Peers that join together do not choose together.
    const offset = (<i64>this.random.below(1 << 20) * rechokeNs) >> 20;
    setTimer(PeerTag.Rechoke, this.rank, offset + 1);
    if (this.patienceNs >= 0) setTimer(PeerTag.GiveUp, this.rank, this.patienceNs);
    if (this.isComplete && this.seedingNs >= 0) setTimer(PeerTag.Depart, this.rank, this.seedingNs);
  }

  /** The peer turns to the neighbours that it was given. */
  onMeet(): void {
    this.onPeers(this.given, this.givenCount);
  }

  /** Neighbours are named: half the connections are this peer's to open, or all that are given. */
  onPeers(list: usize, count: i32): void {
    if (this.isGone) return;
    let toOpen = this.given == 0 ? max(1, this.limit >> 1) : count;
    for (let index = 0; index < count && toOpen > 0; index++) {
      const other = at(list, index);
      if (other == this.rank || this.find(other) >= 0) continue;
      const slot = this.freeSlot();
      if (slot < 0) return;
      const connection = this.connection(slot);
      connection.rank = other;
      connection.state = <u8>PENDING;
      this.engaged++;
      toOpen--;
      this.sendBitfield(PeerTag.Handshake, other, slot, 0);
    }
  }

  private sendBitfield(tag: i32, to: i32, a: i32, b: i32): void {
    const bitfield = this.isHiding ? HIDDEN : describe(this.held);
    const isEmpty = bitfield == NOTHING || bitfield == HIDDEN;
    const bytes = HANDSHAKE_BYTES + (isEmpty ? 0 : (segments + 7) >> 3);
    post(tag, this.rank, to, bytes, a, b, bitfield);
  }

  /** Whether it is a seed that does not say so (BEP 16). */
  @inline
  get isHiding(): bool {
    return (this.behaviour & SUPER_SEEDS) != 0;
  }

  private find(rank: i32): i32 {
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.rank == rank && connection.state != CLOSED) return index;
    }
    return -1;
  }

  private freeSlot(): i32 {
    if (this.used < this.limit) return this.used++;
    if (this.engaged == this.limit) return -1;
    for (let index = 0; index < this.used; index++) {
      if (this.connection(index).state == CLOSED) return index;
    }
    return -1;
  }

  /** Another peer opens a connection, which it numbers `remote`. */
  onHandshake(source: i32, remote: i32, bitfield: i32): void {
    let slot = this.find(source);
    // Both have opened one at the same time: the lower rank's counts.
    const isMine = slot >= 0 && (this.connection(slot).state == OPEN || this.rank < source);
    const isFull = slot < 0 && this.engaged == this.limit;
    if (isMine || isFull || this.isGone || !this.isPresent) {
      post(PeerTag.Refuse, this.rank, source, 0, remote);
      return;
    }
    if (slot < 0) {
      slot = this.freeSlot();
      this.engaged++;
    }
    this.sendBitfield(PeerTag.Accept, source, remote, slot);
    this.establish(slot, source, remote, bitfield);
  }

  onAccept(source: i32, slot: i32, remote: i32, bitfield: i32): void {
    const connection = this.connection(slot);
    // The other's own attempt was taken in place of this one.
    if (connection.rank != source || connection.state != PENDING) {
      if (this.isGone) post(PeerTag.Close, this.rank, source, 0, remote);
      return;
    }
    this.establish(slot, source, remote, bitfield);
  }

  onRefuse(source: i32, slot: i32): void {
    const connection = this.connection(slot);
    if (connection.state != PENDING || connection.rank != source) return;
    connection.state = <u8>CLOSED;
    this.engaged--;
  }

  private establish(slot: i32, rank: i32, remote: i32, bitfield: i32): void {
    const connection = this.connection(slot);
    // The uplink's queue may hold this place from the connection that had it before.
    const isQueued = connection.isQueued;
    memory.fill(changetype<usize>(connection), 0, connectionBytes());
    connection.isQueued = isQueued;
    connection.rank = rank;
    connection.remote = remote;
    connection.state = <u8>OPEN;
    connection.amChoking = true;
    connection.isChoked = true;
    connection.revealed = -1;
    this.neighbours++;
    this.linked++;
    if (bitfield == EVERYTHING) knowAll(rank, this.zone);
    connection.entry = -1;
    if (bitfield == HIDDEN) connection.ownRow = allocate(rowBytes());
    else connection.entry = listen(rank, this.zone, this.rank, slot);
    connection.charged = knownCount(rank, this.zone);
    this.neighbourRows.add(this.rowOf(connection));
    const isKnown = bitfield != NOTHING && bitfield != HIDDEN;
    if (isKnown && hasMore(this.rowOf(connection), this.own)) this.setInterested(connection, true);
    if (this.isHiding) this.reveal(connection);
    this.review(connection);
  }

  private setInterested(connection: Connection, isInterested: bool): void {
    connection.amInterested = isInterested;
    const tag = isInterested ? PeerTag.Interested : PeerTag.NotInterested;
    post(tag, this.rank, connection.rank, STATE_BYTES, connection.remote);
  }

  /**
   * The neighbour at `slot` has got `segment`, which this peer has not taken (a seed has taken none): it
   * may make a difference to the connection.
   */
  attend(slot: i32, segment: i32): void {
    const connection = this.connection(slot);
    if (this.isComplete) {
      if (this.isHiding) this.revealMore(segment, connection.rank);
      return;
    }
    if (!connection.amInterested) this.setInterested(connection, true);
    const hasRoom = !connection.isChoked && connection.asked < pipeline;
    if (hasRoom && !this.avoids(connection)) this.ask(connection, segment);
    this.review(connection);
  }

  /**
   * Makes the downlink pass the HAVEs on that came in: with each segment those of one neighbour, by
   * turns. They are counted by what their sender is known to hold.
   */
  private chargeHaves(): void {
    this.chargedLast = this.chargedLast + 1 >= this.used ? 0 : this.chargedLast + 1;
    const connection = this.connection(this.chargedLast);
    if (connection.state != OPEN) return;
    const known = knownCount(connection.rank, this.zone);
    oweDownlink(this.rank, known - connection.charged, HAVE_BYTES);
    connection.charged = known;
  }

  /** A hiding seed says that it holds one more segment (BEP 16). */
  onReveal(slot: i32, segment: i32): void {
    const connection = this.connection(slot);
    if (hasBit(connection.ownRow, segment)) return;
    setBit(connection.ownRow, segment);
    // Among seeds that hide a reveal is not what it is to others: that the neighbour has just got it.
    if (!this.isComplete && !this.isTaken(segment)) this.attend(slot, segment);
  }

  /**
   * BEP 16: a neighbour is told of one more segment only when another one has got the last that it
   * was told of, or it has held that for some rounds and nobody else wants it or could get it. The
   * segment: revealed to the fewest.
   */
  reveal(connection: Connection): void {
    let rarest = -1;
    let fewest = i32.MAX_VALUE;
    const start = this.random.below(segments);
    const row = knownRow(connection.rank, this.zone);
    for (let step = 0; step < segments; step++) {
      const segment = start + step < segments ? start + step : start + step - segments;
      if (hasBit(row, segment)) continue;
      const holders = this.uplink.revealedTo(segment);
      if (holders >= fewest) continue;
      fewest = holders;
      rarest = segment;
      if (fewest == 0) break;
    }
    connection.revealed = rarest;
    connection.revealedRound = this.round;
    if (rarest < 0) return;
    this.uplink.noteRevealed(rarest);
    post(PeerTag.Reveal, this.rank, connection.rank, HAVE_BYTES, connection.remote, rarest);
  }

  /** `holder` has got `segment`: who was told of it earns a new one when others have it, too. */
  private revealMore(segment: i32, holder: i32): void {
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.state != OPEN || connection.revealed != segment) continue;
      const isPassedOn = connection.rank != holder || this.isHeldByOthers(segment, holder);
      if (isPassedOn) this.reveal(connection);
    }
  }

  /** Tells a neighbour of one more segment that has had the last one for long. */
  private revealAfterRounds(connection: Connection): void {
    if (connection.revealed < 0 || this.round - connection.revealedRound < REVEAL_ROUNDS) return;
    if (hasBit(knownRow(connection.rank, this.zone), connection.revealed)) this.reveal(connection);
  }

  /** Whether a neighbour other than `holder` has `segment`, or there is no other. */
  private isHeldByOthers(segment: i32, holder: i32): bool {
    if (this.linked == 1) return true;
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.state != OPEN || connection.rank == holder) continue;
      if (hasBit(knownRow(connection.rank, this.zone), segment)) return true;
    }
    return false;
  }

  onInterest(slot: i32, isInterested: bool): void {
    const connection = this.connection(slot);
    if (connection.isInterested == isInterested) return;
    connection.isInterested = isInterested;
    if (isInterested) {
      const hasRoom = isWithoutSlots(this) || this.unchoked < slots;
      if (connection.amChoking && hasRoom && (this.behaviour & UPLOADS_NOTHING) == 0) {
        if (decidesBetweenRounds(this)) {
          rechoke(this, false);
          return;
        }
        if (isTracing) traceUnchoke(this, connection);
        noteTrial(this, connection);
        this.setChoking(connection, false);
      }
    } else if (!connection.amChoking) {
      this.setChoking(connection, true);
      rechoke(this, false);
    }
  }

  /** Starts or ends uploading to a neighbour, and tells it. */
  setChoking(connection: Connection, amChoking: bool): void {
    if (connection.amChoking == amChoking) return;
    connection.amChoking = amChoking;
    this.unchoked += amChoking ? -1 : 1;
    // A choke drops the requests that wait; a block that is being sent is sent whole.
    if (amChoking) {
      connection.waiting = 0;
      connection.blocksSent = 0;
      connection.unchokedNs += now - connection.unchokedSince;
    } else {
      connection.unchokedSince = now;
      connection.unchokedRound = this.round + 1;
    }
    const tag = amChoking ? PeerTag.Choke : PeerTag.Unchoke;
    post(tag, this.rank, connection.rank, STATE_BYTES, connection.remote);
  }

  onChoke(slot: i32): void {
    const connection = this.connection(slot);
    if (connection.isChoked) return;
    connection.isChoked = true;
    this.dropRequests(connection);
    this.review(connection);
    this.askAll();
  }

  /** What was asked for is dropped there, and may be asked of others. */
  private dropRequests(connection: Connection): void {
    while (connection.asked > 0) {
      const segment = connection.askedAt(connection.asked - 1);
      connection.dropAsked(segment);
      this.release(segment);
    }
  }

  /** A request was given up: the segment is free unless it was asked of others, too (endgame). */
  private release(segment: i32): void {
    if (hasBit(this.own, segment)) return;
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.state != OPEN) continue;
      for (let place = 0; place < connection.asked; place++) {
        if (connection.askedAt(place) == segment) return;
      }
    }
    clearBit(this.takenRow, segment);
    this.askedFor--;
    this.becomeInterestedIn(segment);
  }

  /** Who holds `segment`, which was not worth asking for as long as another was asked, now is. */
  private becomeInterestedIn(segment: i32): void {
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.state != OPEN || connection.amInterested) continue;
      if (!hasBit(this.rowOf(connection), segment)) continue;
      this.setInterested(connection, true);
      this.review(connection);
    }
  }

  private askAll(): void {
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.state != OPEN || connection.isChoked || !connection.amInterested) continue;
      this.fill(index);
    }
  }

  onUnchoke(slot: i32): void {
    const connection = this.connection(slot);
    connection.isChoked = false;
    this.fill(slot);
    if (connection.asked == 0 && connection.amInterested) this.reviewInterest(connection);
    this.review(connection);
  }

  /** Asks a neighbour that does not choke this peer for as much as the pipeline takes. */
  private fill(slot: i32): void {
    // An unchoke may come in when nothing is missing any more.
    if (this.isComplete || (this.behaviour & ASKS_NOTHING) != 0) return;
    const connection = this.connection(slot);
    if (this.avoids(connection)) return;
    const row = this.rowOf(connection);
    while (connection.asked < pipeline) {
      const segment = pickSegment(this, row);
      if (segment < 0) break;
      this.ask(connection, segment);
    }
    // Endgame (BEP 3): all that is missing has been asked for, so it is asked for once more.
    if (!hasEndgame || connection.asked > 0) return;
    if (this.held + this.askedFor < segments) return;
    const segment = pickEndgame(this, row);
    if (segment >= 0) this.ask(connection, segment);
  }

  private ask(connection: Connection, segment: i32): void {
    if ((this.behaviour & ASKS_NOTHING) != 0) return;
    if (isTracing) tracePick(this, connection, segment);
    if (!this.isTaken(segment)) {
      setBit(this.takenRow, segment);
      this.askedFor++;
    }
    connection.noteAsked(segment);
    this.requests++;
    post(PeerTag.Request, this.rank, connection.rank, REQUEST_BYTES, connection.remote, segment);
  }

  onRequest(slot: i32, segment: i32): void {
    const connection = this.connection(slot);
    if (connection.amChoking || !hasBit(this.own, segment)) return;
    connection.enqueue(segment);
    this.uplink.enqueue(connection, slot);
  }

  onCancel(slot: i32, segment: i32): void {
    this.connection(slot).dropWaiting(segment);
  }

  onPiece(slot: i32, segment: i32, isLast: bool): void {
    const connection = this.connection(slot);
    connection.received++;
    connection.receivedInAll++;
    if (!isLast) return;
    connection.dropAsked(segment);
    if (isSpoiled(connection.rank, this.rank, segment, this.hashFailures)) {
      this.refuse(connection, segment);
    } else {
      if (isSpoiling) connection.strikes = clearStrikes(connection.strikes);
      if (hasBit(this.own, segment)) this.duplicates++;
      else this.keep(segment);
    }
    if (isEager(this)) rechoke(this, false);
    if (this.isComplete) return;
    if (!connection.isChoked) this.fill(slot);
    this.review(connection);
  }

  /** The segment is not what its hash says: it may be asked for again. */
  private refuse(connection: Connection, segment: i32): void {
    this.hashFailures++;
    noteRefused(connection.rank);
    connection.strikes = strike(connection.strikes, connection.rank);
    // It may be free already: a choke that came while it was under way has dropped the request.
    if (this.isTaken(segment)) this.release(segment);
    if (this.avoids(connection)) this.askAll();
  }

  /** Whether the neighbour is to be asked for nothing. */
  @inline
  private avoids(connection: Connection): bool {
    return isSpoiling && isAvoided(connection.strikes);
  }

  private keep(segment: i32): void {
    const isEndgame = this.held + this.askedFor == segments;
    if (this.isTaken(segment)) this.askedFor--;
    setBit(this.takenRow, segment);
    setBit(this.own, segment);
    this.held++;
    if (isSpoiling) {
      this.vainRounds = 0;
      this.forgiven = 0;
    }
    noteProgress(this.rank, 1);
    if (isObserving) noteHolders(segment, 1);
    this.chargeHaves();
    if (isEndgame) this.cancelOthers(segment);
    broadcast(PeerTag.Have, this.rank, this.linked, HAVE_BYTES, segment);
    if (this.isComplete) this.finish();
    if (this.held == this.faultAt) host.fault(this.rank);
  }

  private cancelOthers(segment: i32): void {
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.state != OPEN || !connection.dropAsked(segment)) continue;
      this.review(connection);
      post(PeerTag.Cancel, this.rank, connection.rank, REQUEST_BYTES, connection.remote, segment);
    }
  }

  private finish(): void {
    this.finishedAt = now;
    this.uploadsBeforeSeeding = this.uplink.uploads;
    noteFinished();
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.state != OPEN) continue;
      if (connection.amInterested) this.setInterested(connection, false);
      this.review(connection);
    }
    if (this.seedingNs >= 0) setTimer(PeerTag.Depart, this.rank, this.seedingNs);
  }

  /** The peer leaves: it closes all connections. */
  onDepart(): void {
    if (!this.isGone) this.leave(false);
  }

  /** The peer is lost: its connections end, and the tracker is not told. */
  onCrash(): void {
    this.leave(true);
  }

  /** The peer does nothing any more, without a word to anybody. */
  onHang(): void {
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.state == OPEN) this.stopListening(connection);
    }
  }

  private leave(isCrash: bool): void {
    this.isGone = true;
    this.departedAt = now;
    if (isObserving) this.noteHoldings(-1);
    // It waits for nothing any more.
    if (!this.isComplete) {
      noteFinished();
      noteProgress(this.rank, segments - this.held);
    }
    if (this.given == 0 && !isCrash) post(PeerTag.Leave, this.rank, TRACKER, ANNOUNCE_BYTES);
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.state == CLOSED) continue;
      if (connection.state == OPEN) {
        post(PeerTag.Close, this.rank, connection.rank, 0, connection.remote, isCrash ? 1 : 0);
        this.stopListening(connection);
      }
      connection.state = <u8>CLOSED;
      connection.waiting = 0;
    }
    this.engaged = 0;
    this.linked = 0;
  }

  private noteHoldings(more: i32): void {
    for (let segment = 0; segment < segments; segment++) {
      if (hasBit(this.own, segment)) noteHolders(segment, more);
    }
  }

  /** The neighbour at `slot` has left, or is lost. */
  onClose(slot: i32, isCrash: bool): void {
    const connection = this.connection(slot);
    if (isCrash && connection.asked > 0) noteReissued(connection.rank, connection.asked);
    this.stopListening(connection);
    this.neighbourRows.remove(this.rowOf(connection));
    if (!connection.amChoking) {
      connection.unchokedNs += now - connection.unchokedSince;
      this.unchoked--;
    }
    connection.waiting = 0;
    connection.isInterested = false;
    this.dropRequests(connection);
    connection.state = <u8>CLOSED;
    connection.isChoked = true;
    this.engaged--;
    this.linked--;
    this.askAll();
  }

  private stopListening(connection: Connection): void {
    if (connection.entry < 0) return;
    stopListening(connection.rank, this.zone, connection.entry);
    connection.entry = -1;
  }

  onRechoke(): void {
    if (this.isGone) return;
    this.round++;
    if (isSpoiling) this.forgiveAll();
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (connection.state != OPEN) continue;
      if (connection.amInterested) this.reviewInterest(connection);
      this.review(connection);
      if (this.isHiding) this.revealAfterRounds(connection);
    }
    rechoke(this, true);
    const isLonely = this.given == 0 && this.linked < max(1, this.limit >> 1);
    if (isLonely && this.round % NEIGHBOUR_ROUNDS == 0) {
      post(PeerTag.Announce, this.rank, TRACKER, ANNOUNCE_BYTES);
    }
    setTimer(PeerTag.Rechoke, this.rank, rechokeNs);
  }

  /** Asks those who are avoided again, where nobody else seems to serve. */
  private forgiveAll(): void {
    if (this.isComplete || ++this.vainRounds < FORGIVING_ROUNDS) return;
    if (this.forgiven == FORGIVING_TIMES) return;
    this.forgiven++;
    this.vainRounds = 0;
    for (let index = 0; index < this.used; index++) {
      const connection = this.connection(index);
      if (this.avoids(connection)) connection.strikes = forgive(connection.strikes);
    }
    this.askAll();
  }

  /** Ends the interest in a neighbour that has nothing this peer lacks. */
  private reviewInterest(connection: Connection): void {
    if (!hasMore(this.rowOf(connection), this.own)) this.setInterested(connection, false);
  }
}
