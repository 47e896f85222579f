/** Which segment to ask a neighbour for. */
import { allocate } from '../../../shm/assembly/memory';
import { countBits, rowBytes, segmentOfBit, subtract, without } from './bitfield';
import { Peer } from './peer';
import { randomFirst } from './settings';

/** Numbers of the rules: their index in `PICKERS` of `roles/pickers.ts`. */
const RANDOM: i32 = 0;
const SEQUENTIAL: i32 = 1;

/** A row for the segments that may be picked. */
let pickable: usize = 0;

/** Makes room; see `settings` for the segments. */
export function openPick(): void {
  pickable = allocate(rowBytes());
}

/**
 * Chooses a segment that the neighbour holds, and this peer neither holds nor has asked for.
 *
 * @param theirs the neighbour's bitfield
 * @returns the segment, or -1
 */
export function pickSegment(peer: Peer, theirs: usize): i32 {
  if (peer.picker == SEQUENTIAL) return pickSequential(peer, theirs);
  if (peer.picker == RANDOM || peer.held < randomFirst) return pickRandom(peer, theirs);
  return pickRarest(peer, theirs);
}

/** In the file's order, as for streaming. */
function pickSequential(peer: Peer, theirs: usize): i32 {
  return subtract(pickable, theirs, peer.takenRow) == 0 ? -1 : segmentOfBit(pickable, 0);
}

/** Uniformly at random. */
function pickRandom(peer: Peer, theirs: usize): i32 {
  let drawn = -1;
  let seen = 0;
  for (let offset: usize = 0; offset < rowBytes(); offset += 8) {
    let bits = without(theirs, peer.takenRow, offset);
    for (; bits != 0; bits &= bits - 1) {
      seen++;
      if (peer.random.below(seen) == 0) drawn = ((<i32>offset) << 3) + <i32>ctz<u64>(bits);
    }
  }
  return drawn;
}

/**
 * Rarest first (BEP 3): of the segments that the neighbour holds, and this peer neither holds nor
 * has asked for, one that the fewest neighbours hold. Ties: uniformly at random.
 */
function pickRarest(peer: Peer, theirs: usize): i32 {
  if (subtract(pickable, theirs, peer.takenRow) == 0) return -1;
  const rarest = peer.neighbourRows.rarest(pickable);
  return segmentOfBit(rarest, peer.random.below(countBits(rarest)));
}

/** Endgame: one of the segments that the neighbour holds and this peer lacks, at random; or -1. */
export function pickEndgame(peer: Peer, theirs: usize): i32 {
  const count = subtract(pickable, theirs, peer.own);
  return count == 0 ? -1 : segmentOfBit(pickable, peer.random.below(count));
}
