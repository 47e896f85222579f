/**
 * Peers that know from the start what to send whom and when: they play a schedule through the
 * simulated links, so that a bound on what any schedule can reach is measured in the same network
 * as every strategy.
 *
 * A transfer begins at its round's start, or as soon as its sender holds the part and its uplink is
 * free: a schedule that asks for the impossible ends late, or never.
 */
import {
  isUplinkFree,
  setTimer,
  setUplinkFree,
  transmit,
} from '../../comm/assembly/simulated/links';
import { noteFinished, now } from '../../comm/assembly/simulated/windows';
import { allocate, at, put } from '../../shm/assembly/memory';

/** A peer gets a part, its uplink is free again, a round with a transfer of its begins. */
const PART: i32 = 0;
const UPLINK_FREE: i32 = 1;
const ROUND: i32 = 2;

/** Words of a transfer in a peer's list. */
const TRANSFER_WORDS: i32 = 3;

let peers: usize = 0;
let parts: i32 = 0;
let partBytes: i32 = 0;
let roundNs: i64 = 0;

@unmanaged
class OraclePeer {
  rank: i32;
  /** A byte a part: whether it is held. */
  own: usize;
  held: i32;
  /** Its transfers, by rounds, and which is the next. */
  transfers: usize;
  count: i32;
  next: i32;
  /** Whether the next transfer's round has begun. */
  isDue: bool;
  finishedAt: i64;

  /** Word `index` of the next transfer: round, receiver, part. */
  private word(index: i32): i32 {
    return at(this.transfers, this.next * TRANSFER_WORDS + index);
  }

  /** Waits for the round of the next transfer. */
  await(): void {
    this.isDue = false;
    if (this.next == this.count) return;
    setTimer(ROUND, this.rank, max(<i64>0, <i64>this.word(0) * roundNs - now));
  }

  onRound(): void {
    this.isDue = true;
    this.send();
  }

  send(): void {
    if (!this.isDue || !isUplinkFree(this.rank)) return;
    const part = this.word(2);
    if (load<u8>(this.own + <usize>part) == 0) return;
    transmit(PART, UPLINK_FREE, this.rank, this.word(1), partBytes, part, 0, 0);
    this.next++;
    this.await();
  }

  onPart(part: i32): void {
    const place = this.own + <usize>part;
    if (load<u8>(place) != 0) return;
    store<u8>(place, 1);
    this.held++;
    if (this.held == parts) this.finish();
    this.send();
  }

  private finish(): void {
    this.finishedAt = now;
    noteFinished();
  }
}

/** Whether the ranks of this thread play a schedule. */
export function isOracle(): bool {
  return peers != 0;
}

/** Makes room for `count` ranks, which exchange `partCount` parts. */
export function makeOracle(count: i32, partCount: i32, bytesOfPart: i32, nsOfRound: f64): void {
  peers = allocate((<usize>count) << 2);
  parts = partCount;
  partBytes = bytesOfPart;
  roundNs = <i64>nsOfRound;
}

/** @param transfers address of (round, receiver, part) for each transfer, by rounds */
export function openOraclePeer(rank: i32, isServer: bool, transfers: usize, count: i32): void {
  const peer = changetype<OraclePeer>(allocate(offsetof<OraclePeer>()));
  put(peers, rank, <i32>changetype<usize>(peer));
  peer.rank = rank;
  peer.own = allocate(parts);
  peer.transfers = transfers;
  peer.count = count;
  peer.finishedAt = -1;
  if (isServer) {
    memory.fill(peer.own, 1, parts);
    peer.held = parts;
    noteFinished();
  }
  peer.await();
}

function peerOf(rank: i32): OraclePeer {
  return changetype<OraclePeer>(<usize>at(peers, rank));
}

/** Something happens at `rank`: `part` is meant where the tag is that of a part. */
export function onOracleEvent(tag: i32, rank: i32, part: i32): void {
  const peer = peerOf(rank);
  if (tag == PART) {
    peer.onPart(part);
  } else if (tag == ROUND) {
    peer.onRound();
  } else {
    setUplinkFree(rank);
    peer.send();
  }
}

/** When `rank` had all parts, in ns; negative: it has not, or had them at the start. */
export function oracleFinishedNs(rank: i32): f64 {
  return <f64>peerOf(rank).finishedAt;
}
