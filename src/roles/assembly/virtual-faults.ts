/**
 * Faults in virtual time. Those that go by the swarm's progress come due at a window's start, with
 * all threads of one mind: each has the sum of what all were delivered by then. Those that go by a
 * client's own downloads come due at the instant of the download.
 *
 * A rank that crashes is known to be gone a latency later, as the systems it was connected to are
 * told. One that hangs is silent first: what comes for it is kept back until the others' patience
 * (`--peer-timeout`) is over, and then it is gone as if it had crashed.
 */
import { NEVER, push } from '../../comm/assembly/simulated/agenda';
import { Event, giveEvent } from '../../comm/assembly/simulated/event';
import { BROADCAST, post, setTimer } from '../../comm/assembly/simulated/links';
import {
  deliveredByAll,
  endStillness,
  isHere,
  now,
  setNow,
  stillness,
  windowEnd,
  windowStart,
} from '../../comm/assembly/simulated/windows';
import { allocate } from '../../shm/assembly/memory';
import { TRACKER, Tag } from '../tags';
import { forgetPeer } from './bep3/index';
import { hasPeers, peerOf } from './bep3/peers';
import { countProgress } from './faults';
import { armFault, dropHolder, loseClient, startClient } from './index';
import { ranks } from './swarm';

/** Kinds of faults; as `FaultKind` of `kernel.ts`. */
const CRASH: i32 = 0;
const HANG: i32 = 1;
const LATE: i32 = 2;
const DROP_HOLDER: i32 = 3;

/** In place of a tag: a rank's fault comes due, or its silence is over. */
const FAULT: i32 = 1 << 7;

/** In place of an instant: the rank is gone for good. */
const GONE: i64 = NEVER;

@unmanaged
class Fault {
  kind: i32;
  rank: i32;
  /** Due when the swarm has so large a share of its segments; negative: by the rank's downloads. */
  share: f64;
  /** Whether its time has come. */
  isOver: bool;
  /** When it took effect here, in ns; negative: it has not. */
  takenAt: i64;
}

/** Whether there are any. */
export let hasFaults: bool = false;

let faults: usize = 0;
let count: i32 = 0;
/** For each rank the instant up to which it is silent; 0: it is not. */
let silentUntil: usize = 0;
let patienceNs: i64 = 0;
let stillNs: i64 = 0;
let wanted: f64 = 0;
/** When the tracker's loss ends the run, which cannot go on without it. */
let endsAt: i64 = NEVER;

/**
 * @param faultCount how many faults will be opened
 * @param peerTimeoutNs how long a rank may be silent
 * @param stillAfterNs how long no block may leave until those who are late join all the same
 * @param segmentsWanted by all whose progress counts
 */
export function openVirtualFaults(
  faultCount: i32,
  peerTimeoutNs: f64,
  stillAfterNs: f64,
  segmentsWanted: f64,
): void {
  hasFaults = true;
  faults = allocate(<usize>faultCount * offsetof<Fault>());
  silentUntil = allocate((<usize>ranks) << 3);
  patienceNs = <i64>peerTimeoutNs;
  stillNs = <i64>stillAfterNs;
  wanted = segmentsWanted;
  countProgress();
}

/**
 * Opens the next fault; all threads open all.
 *
 * @param downloads the rank's own at which it comes due, or negative: `share` says when
 */
export function openVirtualFault(kind: i32, rank: i32, downloads: i32, share: f64): void {
  const fault = faultAt(count);
  count++;
  fault.kind = kind;
  fault.rank = rank;
  fault.share = downloads < 0 ? share : -1;
  fault.takenAt = -1;
  if (downloads < 0 || !isHere(rank)) return;
  if (hasPeers()) peerOf(rank).faultAt = downloads;
  else armFault(rank, downloads);
}

function faultAt(index: i32): Fault {
  return changetype<Fault>(faults + <usize>index * offsetof<Fault>());
}

/** When a fault took effect as far as this thread knows, in ns; negative: it never came due. */
export function faultTakenAt(index: i32): f64 {
  return <f64>faultAt(index).takenAt;
}

function silenceOf(rank: i32): i64 {
  return load<i64>(silentUntil + ((<usize>rank) << 3));
}

function setSilence(rank: i32, until: i64): void {
  store<i64>(silentUntil + ((<usize>rank) << 3), until);
}

/** `rank`, which is here, has come as far as its fault says. */
export function faultIsDue(rank: i32): void {
  setTimer(FAULT, rank, 0);
}

/**
 * Brings about what is due at the start of a window.
 *
 * @returns whether the run is over
 */
export function bringFaults(): bool {
  const share = wanted == 0 ? 1 : <f64>deliveredByAll / wanted;
  const isStill = stillness() > stillNs;
  for (let index = 0; index < count; index++) {
    const fault = faultAt(index);
    if (fault.isOver || fault.share < 0) continue;
    if (share < fault.share && !(isStill && fault.kind == LATE)) continue;
    setNow(windowStart);
    begin(fault);
  }
  return windowStart >= endsAt;
}

/** Nothing goes on, perhaps for want of those who are late: they join, if there are any. */
export function letLateJoin(): bool {
  let isAny = false;
  for (let index = 0; index < count; index++) {
    const fault = faultAt(index);
    if (fault.isOver || fault.kind != LATE) continue;
    setNow(windowEnd);
    begin(fault);
    isAny = true;
  }
  return isAny;
}

function begin(fault: Fault): void {
  fault.isOver = true;
  if (fault.kind == LATE) endStillness();
  const silence = fault.kind == HANG ? patienceNs : 0;
  const isDeath = fault.kind == HANG || fault.kind == CRASH;
  if (isDeath && fault.rank == TRACKER && !hasPeers()) endsAt = now + silence;
  // The tracker is the one that forgets a holder.
  const where = fault.kind == DROP_HOLDER ? TRACKER : fault.rank;
  if (!isHere(where) || isGone(where)) return;
  fault.takenAt = now;
  if (isDeath) fall(fault.rank, silence);
  else if (fault.kind == LATE) join(fault.rank);
  else if (hasPeers()) forgetPeer(fault.rank);
  else dropHolder(fault.rank);
}

/** Whether `rank`, which is here, was lost or is silent, or has left. */
function isGone(rank: i32): bool {
  return silenceOf(rank) != 0 || (hasPeers() && rank != TRACKER && peerOf(rank).isGone);
}

function join(rank: i32): void {
  if (hasPeers()) peerOf(rank).onJoin();
  else startClient(rank);
}

/** `rank` does nothing any more; the others learn of it after `silence`. */
function fall(rank: i32, silence: i64): void {
  if (silence == 0) {
    lose(rank);
    return;
  }
  setSilence(rank, now + silence);
  if (hasPeers() && rank != TRACKER) peerOf(rank).onHang();
  setTimer(FAULT, rank, silence);
}

/** All connections with `rank` end. */
function lose(rank: i32): void {
  setSilence(rank, GONE);
  if (rank == TRACKER) return;
  if (hasPeers()) {
    peerOf(rank).onCrash();
    return;
  }
  loseClient(rank);
  for (let other = 0; other < ranks; other++) {
    if (other != rank) tellOfDeath(rank, other);
  }
}

/** Nobody sends this: it is what a system tells whose connection has ended, and takes no bytes. */
function tellOfDeath(rank: i32, other: i32): void {
  post(Tag.RankDied, rank, other, 0, rank);
}

/**
 * Deals with an event in which a fault has a part.
 *
 * @returns whether nobody else is to handle it
 */
export function intercept(event: Event): bool {
  if ((event.tag & BROADCAST) != 0) return false;
  const rank = event.dest;
  if (event.tag == FAULT) {
    onFaultTimer(rank);
    giveEvent(event);
    return true;
  }
  const until = silenceOf(rank);
  if (until == 0) return false;
  if (until == GONE) {
    // A peer that has gone tells so itself whoever connects to it.
    if (hasPeers() && rank != TRACKER) return false;
    const isQuestion = event.tag == Tag.SegmentRequest || event.tag == Tag.LoadRequest;
    if (isQuestion && !hasPeers()) tellOfDeath(rank, event.source);
    giveEvent(event);
    return true;
  }
  // Kept back until all connections have ended.
  event.time = until + 1;
  push(event);
  return true;
}

function onFaultTimer(rank: i32): void {
  if (silenceOf(rank) != 0) {
    if (silenceOf(rank) != GONE) lose(rank);
    return;
  }
  for (let index = 0; index < count; index++) {
    const fault = faultAt(index);
    const isIts = fault.rank == rank && fault.share < 0 && !fault.isOver;
    if (isIts) begin(fault);
  }
}
