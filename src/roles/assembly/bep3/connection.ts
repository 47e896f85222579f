import { at, put } from '../../../shm/assembly/memory';
import { pipeline } from './settings';

/** What a connection is for. */
export const CLOSED: i32 = 0;
export const PENDING: i32 = 1;
export const OPEN: i32 = 2;

const HEADER_BYTES: usize = (offsetof<Connection>() + 7) & ~7;

/** Bytes of a connection with its two queues of requests. */
export function connectionBytes(): usize {
  return HEADER_BYTES + ((<usize>pipeline) << 3);
}

/** One side of a connection between two peers. */
@unmanaged
export class Connection {
  /** Who is at the other end, and that side's number for this connection. */
  rank: i32;
  remote: i32;
  state: u8;
  /** This peer uploads nothing to the other, and the other way round. */
  amChoking: bool;
  isChoked: bool;
  amInterested: bool;
  isInterested: bool;
  isOptimistic: bool;
  /** Whether it stands in the uplink's queue. */
  isQueued: bool;
  /** Marked while a round of choking is under way. */
  isChosen: bool;
  /** Whether each new segment of the other makes a difference: as it stands in that one's list. */
  isAttentive: bool;
  /** Requests of this peer that are unanswered, and requests of the other that wait here. */
  asked: i32;
  waiting: i32;
  /** Blocks of the first waiting request that are sent. */
  blocksSent: i32;
  /** Blocks that came and went since the last choking round, and in the round before. */
  received: i32;
  sent: i32;
  receivedBefore: i32;
  sentBefore: i32;
  /** Blocks that came and went since the connection opened. */
  receivedInAll: i32;
  sentInAll: i32;
  /** Round in which it was last unchoked as the optimistic one, or at all; 0: never. */
  optimisticRound: i32;
  unchokedRound: i32;
  /** How long this peer has unchoked the other, and since when, in ns. */
  unchokedNs: i64;
  unchokedSince: i64;
  /** Its share of the uplink, where shares differ, and the work done for it: see `uplink.ts`. */
  weight: f32;
  work: f32;
  /** Estimates of BitTyrant: what the other gives for what; see `chokers/bittyrant.ts`. */
  expected: f32;
  required: f32;
  unchokedUs: i32;
  /** Its entry in the list of those who listen to the other, or -1. */
  entry: i32;
  /** The other's segments whose HAVEs the downlink has made up for. */
  charged: i32;
  /** Bitfield of this connection alone (BEP 16), or 0; and what was revealed last, or -1. */
  ownRow: usize;
  revealed: i32;
  /** Round in which that was revealed. */
  revealedRound: i32;
  /** Spoiled segments in a row that came; see `../faults.ts`. */
  strikes: u8;

  @inline
  private get askedRow(): usize {
    return changetype<usize>(this) + HEADER_BYTES;
  }

  @inline
  private get waitingRow(): usize {
    return changetype<usize>(this) + HEADER_BYTES + ((<usize>pipeline) << 2);
  }

  noteAsked(segment: i32): void {
    put(this.askedRow, this.asked, segment);
    this.asked++;
  }

  askedAt(index: i32): i32 {
    return at(this.askedRow, index);
  }

  /** Drops an unanswered request; false where there is no such. */
  dropAsked(segment: i32): bool {
    const index = find(this.askedRow, this.asked, segment);
    if (index < 0) return false;
    this.asked--;
    close(this.askedRow, index, this.asked);
    return true;
  }

  /**
   * Queues the other's request. More than the pipeline allows come where some were sent before a
   * choke was heard of that is over again: the oldest are those, and nobody waits for them.
   */
  enqueue(segment: i32): void {
    if (this.waiting == pipeline) this.shiftWaiting();
    put(this.waitingRow, this.waiting, segment);
    this.waiting++;
  }

  firstWaiting(): i32 {
    return at(this.waitingRow, 0);
  }

  /** Drops the other's request, unless a part of it was sent already. */
  dropWaiting(segment: i32): void {
    const index = find(this.waitingRow, this.waiting, segment);
    if (index < 0 || (index == 0 && this.blocksSent > 0)) return;
    this.waiting--;
    close(this.waitingRow, index, this.waiting);
  }

  shiftWaiting(): void {
    this.waiting--;
    this.blocksSent = 0;
    close(this.waitingRow, 0, this.waiting);
  }
}

function find(row: usize, count: i32, segment: i32): i32 {
  for (let index = 0; index < count; index++) {
    if (at(row, index) == segment) return index;
  }
  return -1;
}

function close(row: usize, index: i32, count: i32): void {
  for (; index < count; index++) put(row, index, at(row, index + 1));
}
