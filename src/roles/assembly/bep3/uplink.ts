import { isUplinkFree, setUplinkFree, transmit } from '../../../comm/assembly/simulated/links';
import { allocate, at, put } from '../../../shm/assembly/memory';
import { PeerTag } from '../../bep3-tags';
import { isEager, rechoke, sharesUplink } from './chokers/index';
import { Connection, OPEN } from './connection';
import { Peer } from './peer';
import { MOST_CONNECTIONS, blockBytes, blocks, lastBlockBytes, segments } from './settings';

const PIECE_BYTES: i32 = 13;

/** Bytes of an uplink with its ring. */
export const UPLINK_BYTES: usize = offsetof<Uplink>() + (MOST_CONNECTIONS as usize);

/**
 * Which neighbour's request the uplink serves next, a block at a time: neighbours take turns, or,
 * where the rule of choking gives them shares, the one that has got the least for its share.
 *
 * Connections with requests stand in a ring of `limit` places, a byte each, behind the fields.
 */
@unmanaged
export class Uplink {
  private peer: Peer;
  /** The ring's place that is served next, and how many places are filled. */
  private head: i32;
  private queued: i32;
  /** Segments sent. */
  uploads: i32;
  /** For each segment the neighbours that were told of it (BEP 16); made when first needed. */
  private revealed: usize;

  open(peer: Peer): void {
    this.peer = peer;
  }

  revealedTo(segment: i32): i32 {
    return this.revealed == 0 ? 0 : at(this.revealed, segment);
  }

  noteRevealed(segment: i32): void {
    if (this.revealed == 0) this.revealed = allocate((<usize>segments) << 2);
    put(this.revealed, segment, at(this.revealed, segment) + 1);
  }

  /** The connection has a request that waits. */
  enqueue(connection: Connection, slot: i32): void {
    this.enter(connection, slot);
    if (isUplinkFree(this.peer.rank)) this.serve();
  }

  private enter(connection: Connection, slot: i32): void {
    if (connection.isQueued) return;
    connection.isQueued = true;
    const limit = this.peer.limit;
    let place = this.head + this.queued;
    if (place >= limit) place -= limit;
    this.setSlot(place, slot);
    this.queued++;
  }

  /** The connection that is served next, if any is. */
  @inline
  get firstSlot(): i32 {
    return this.slotAt(this.head);
  }

  @inline
  private slotAt(place: i32): i32 {
    return <i32>load<u8>(changetype<usize>(this) + <usize>place, offsetof<Uplink>());
  }

  @inline
  private setSlot(place: i32, slot: i32): void {
    store<u8>(changetype<usize>(this) + <usize>place, <u8>slot, offsetof<Uplink>());
  }

  onFree(): void {
    setUplinkFree(this.peer.rank);
    this.serve();
  }

  private serve(): void {
    if (sharesUplink(this.peer)) this.bringForward();
    while (this.queued > 0) {
      const slot = this.slotAt(this.head);
      this.head = this.head + 1 == this.peer.limit ? 0 : this.head + 1;
      this.queued--;
      const connection = this.peer.connection(slot);
      connection.isQueued = false;
      if (connection.waiting == 0 || connection.state != OPEN) continue;
      this.sendBlock(connection);
      if (connection.waiting > 0) this.enter(connection, slot);
      if (isEager(this.peer)) rechoke(this.peer, false);
      return;
    }
  }

  /** Puts the connection that has got the least for its share at the queue's head. */
  private bringForward(): void {
    const limit = this.peer.limit;
    let best = -1;
    let least: f32 = 0;
    for (let index = 0; index < this.queued; index++) {
      let place = this.head + index;
      if (place >= limit) place -= limit;
      const connection = this.peer.connection(this.slotAt(place));
      if (connection.waiting == 0 || (best >= 0 && connection.work >= least)) continue;
      best = place;
      least = connection.work;
    }
    if (best < 0) return;
    const slot = this.slotAt(best);
    this.setSlot(best, this.slotAt(this.head));
    this.setSlot(this.head, slot);
  }

  private sendBlock(connection: Connection): void {
    const segment = connection.firstWaiting();
    connection.blocksSent++;
    const isLast = connection.blocksSent == blocks;
    const bytes = PIECE_BYTES + (isLast ? lastBlockBytes : blockBytes);
    if (isLast) {
      connection.shiftWaiting();
      this.uploads++;
    }
    connection.sent++;
    connection.sentInAll++;
    if (connection.weight > 0) connection.work += 1 / connection.weight;
    transmit(
      PeerTag.Piece,
      PeerTag.UplinkFree,
      this.peer.rank,
      connection.rank,
      bytes,
      connection.remote,
      segment,
      isLast ? 1 : 0,
    );
  }
}
