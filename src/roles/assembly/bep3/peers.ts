/** The peers of a thread by their ranks, and which segments each has taken. */
import { allocate } from '../../../shm/assembly/memory';
import { rowBytes } from './bitfield';
import { PEER_BYTES, Peer } from './peer';

let firstRank: i32 = 0;
/** One after the other; 0 where the ranks of this thread are no peers. */
let peers: usize = 0;
/** Their rows side by side, apart from the peers: most HAVEs look at no more than these. */
let takenRows: usize = 0;

/** Whether the ranks of this thread are peers. */
export function hasPeers(): bool {
  return peers != 0;
}

/** Makes room for `count` peers from `first` on. */
export function makePeers(first: i32, count: i32): void {
  firstRank = first;
  peers = allocate(<usize>count * PEER_BYTES);
  takenRows = allocate(<usize>count * rowBytes());
}

export function peerOf(rank: i32): Peer {
  return changetype<Peer>(peers + <usize>(rank - firstRank) * PEER_BYTES);
}

/** The segments that the peer `rank` holds or has asked for, as a bitfield. */
export function takenRowOf(rank: i32): usize {
  return takenRows + <usize>(rank - firstRank) * rowBytes();
}
