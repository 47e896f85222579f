/**
 * The ranks of the protocol `bep3` that this thread hosts: peers, and the tracker where rank 0 is
 * here. Hands each what is for it.
 */
import { openAgenda } from '../../../comm/assembly/simulated/agenda';
import { Event } from '../../../comm/assembly/simulated/event';
import { now } from '../../../comm/assembly/simulated/windows';
import { allocate, put } from '../../../shm/assembly/memory';
import { PeerTag } from '../../bep3-tags';
import { TRACKER } from '../../tags';
import { hasBit } from './bitfield';
import { OPEN } from './connection';
import { openListeners } from './listeners';
import { Peer } from './peer';
import { makePeers, peerOf } from './peers';
import { openPick } from './pick';
import { openRarity } from './rarity';
import { PeerTracker } from './tracker';

/**
 * Peers of a thread that the processor's caches don't hold any more (2 threads, a megabyte of second
 * level each: with 500 peers looking ahead costs 14 %, with 5,000 it gains 24 %).
 */
const MANY_PEERS: i32 = 2000;

/** Whether it pays to look ahead; see `ahead.ts`. */
export let looksAhead: bool = false;

let tracker: PeerTracker = changetype<PeerTracker>(0);

/** Makes room for `count` peers from `first` on; rank 0 is the tracker. */
export function openPeers(first: i32, count: i32, zones: i32): void {
  looksAhead = count >= MANY_PEERS;
  makePeers(first, count);
  openAgenda(count, looksAhead);
  openListeners(zones);
  openPick();
  openRarity();
  if (first > 0) return;
  tracker = changetype<PeerTracker>(allocate(offsetof<PeerTracker>()));
  tracker.open();
}

/** Has a peer join the swarm at an instant, in ns. */
export function openPeer(
  rank: i32,
  zone: i32,
  isSeed: bool,
  joinsAt: f64,
  connections: i32,
  choker: i32,
  picker: i32,
  behaviour: i32,
  seedingNs: f64,
  patienceNs: f64,
  bytesPerNs: f64,
): void {
  const peer = peerOf(rank);
  peer.start(rank, zone, isSeed, <i64>joinsAt, connections);
  peer.choker = choker;
  peer.picker = picker;
  peer.behaviour = behaviour;
  peer.seedingNs = <i64>seedingNs;
  peer.patienceNs = <i64>patienceNs;
  peer.capacity = <f32>bytesPerNs;
}

/** Gives a peer its neighbours, in place of those that the tracker would name. */
export function giveNeighbours(rank: i32, list: usize, count: i32): void {
  peerOf(rank).giveNeighbours(list, count);
}

/** The tracker, which is here, knows `rank` no more. */
export function forgetPeer(rank: i32): void {
  tracker.forget(rank);
}

/** Whether the peer `rank` holds `segment`. */
export function peerHolds(rank: i32, segment: i32): bool {
  return hasBit(peerOf(rank).own, segment);
}

/** Hands an event to the rank that it is for. */
export function deliverToPeer(event: Event): void {
  if (event.dest == TRACKER) tellTracker(event);
  else tellPeer(peerOf(event.dest), event);
}

function tellTracker(event: Event): void {
  if (event.tag == PeerTag.Announce) tracker.onAnnounce(event.source);
  else if (event.tag == PeerTag.Leave) tracker.onLeave(event.source);
  else tracker.onAnswer();
}

function tellPeer(peer: Peer, event: Event): void {
  switch (event.tag) {
    case PeerTag.UplinkFree: {
      peer.uplink.onFree();
      break;
    }
    case PeerTag.Rechoke: {
      peer.onRechoke();
      break;
    }
    case PeerTag.Handshake: {
      peer.onHandshake(event.source, event.a, event.c);
      break;
    }
    case PeerTag.Accept: {
      peer.onAccept(event.source, event.a, event.b, event.c);
      break;
    }
    case PeerTag.Refuse: {
      peer.onRefuse(event.source, event.a);
      break;
    }
    case PeerTag.Join: {
      peer.onJoin();
      break;
    }
    case PeerTag.Meet: {
      peer.onMeet();
      break;
    }
    case PeerTag.GiveUp: {
      if (!peer.isComplete) peer.onDepart();
      break;
    }
    case PeerTag.Depart: {
      peer.onDepart();
      break;
    }
    case PeerTag.Peers: {
      peer.onPeers(<usize>event.a, event.b);
      break;
    }
    default: {
      // The connection may have been closed since the message was sent.
      if (peer.isWith(event.a, event.source)) tellConnection(peer, event);
    }
  }
}

function tellConnection(peer: Peer, event: Event): void {
  const slot = event.a;
  switch (event.tag) {
    case PeerTag.Piece: {
      peer.onPiece(slot, event.b, event.c != 0);
      break;
    }
    case PeerTag.Request: {
      peer.onRequest(slot, event.b);
      break;
    }
    case PeerTag.Cancel: {
      peer.onCancel(slot, event.b);
      break;
    }
    case PeerTag.Interested: {
      peer.onInterest(slot, true);
      break;
    }
    case PeerTag.NotInterested: {
      peer.onInterest(slot, false);
      break;
    }
    case PeerTag.Choke: {
      peer.onChoke(slot);
      break;
    }
    case PeerTag.Unchoke: {
      peer.onUnchoke(slot);
      break;
    }
    case PeerTag.Reveal: {
      peer.onReveal(slot, event.b);
      break;
    }
    case PeerTag.Close: {
      peer.onClose(slot, event.b != 0);
      break;
    }
  }
}

/**
 * Writes a peer's figures: held, uploads, requests, duplicates, hash failures, neighbours as words,
 * then the times at which it joined, finished and left as f64 in ns, negative for never.
 */
export function readPeer(rank: i32, into: usize): void {
  const peer = peerOf(rank);
  put(into, 0, peer.held);
  put(into, 1, peer.uplink.uploads);
  put(into, 2, peer.requests);
  put(into, 3, peer.duplicates);
  put(into, 4, peer.hashFailures);
  put(into, 5, peer.neighbours);
  store<f64>(into, <f64>peer.joinedAt, 24);
  store<f64>(into, <f64>peer.finishedAt, 32);
  store<f64>(into, <f64>peer.departedAt, 40);
}

/** Segments that `rank` had uploaded when it got its last, or by now. */
export function readUploadsBeforeSeeding(rank: i32): i32 {
  const peer = peerOf(rank);
  return peer.finishedAt < 0 ? peer.uplink.uploads : peer.uploadsBeforeSeeding;
}

/** How long `rank` has unchoked `other` by now, in ns, over all connections it keeps a record of. */
export function readUnchoked(rank: i32, other: i32): f64 {
  const peer = peerOf(rank);
  let unchokedNs: i64 = 0;
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (connection.rank != other) continue;
    const isRunning = connection.state == <u8>OPEN && !connection.amChoking;
    unchokedNs += connection.unchokedNs + (isRunning ? now - connection.unchokedSince : 0);
  }
  return <f64>unchokedNs;
}

export function announces(): i32 {
  return changetype<usize>(tracker) == 0 ? 0 : tracker.requests;
}
