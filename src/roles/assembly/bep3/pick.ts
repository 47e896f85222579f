/** Which segment to ask a neighbour for. */
import { hasBit, rowBytes } from './bitfield';
import { Peer, TAKEN } from './peer';
import { randomFirst, segments } from './settings';

/** Numbers of the rules: their index in `PICKERS` of `roles/pickers.ts`. */
const RANDOM: i32 = 0;
const SEQUENTIAL: i32 = 1;

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
  for (let segment = 0; segment < segments; segment++) {
    if (hasBit(theirs, segment) && !peer.isTaken(segment)) return segment;
  }
  return -1;
}

/** Uniformly at random. */
function pickRandom(peer: Peer, theirs: usize): i32 {
  let drawn = -1;
  let seen = 0;
  for (let offset: usize = 0; offset < rowBytes(); offset += 8) {
    let bits = lacking(peer, theirs, offset);
    for (; bits != 0; bits &= bits - 1) {
      const segment = <i32>(offset << 3) + <i32>ctz<u64>(bits);
      if (peer.isTaken(segment)) continue;
      seen++;
      if (peer.random.below(seen) == 0) drawn = segment;
    }
  }
  return drawn;
}

/** Segments of a step. */
const LANES: i32 = 16;

/**
 * Rarest first (BEP 3): of the segments that the neighbour holds, and this peer neither holds nor
 * has asked for, one that the fewest neighbours hold. Ties: uniformly at random.
 *
 * A segment that is held or asked for counts as held by so many that it is never the rarest, and
 * so does one that the neighbour lacks.
 *
 * @param theirs the neighbour's bitfield
 * @returns the segment, or -1
 */
function pickRarest(peer: Peer, theirs: usize): i32 {
  const availability = peer.availability;
  let lowest = i8x16.splat(-1);
  for (let first = 0; first < segments; first += LANES) {
    lowest = v128.min<u8>(lowest, counts(availability, theirs, first));
  }
  const least = lowestLane(lowest);
  if (least >= TAKEN) return -1;
  const wanted = i8x16.splat(<i8>least);
  let ties = 0;
  for (let first = 0; first < segments; first += LANES) {
    ties += popcnt(equalLanes(counts(availability, theirs, first), wanted));
  }
  let passed = peer.random.below(ties);
  for (let first = 0; first < segments; first += LANES) {
    let lanes = equalLanes(counts(availability, theirs, first), wanted);
    const here = popcnt(lanes);
    if (passed >= here) {
      passed -= here;
      continue;
    }
    for (; passed > 0; passed--) lanes &= lanes - 1;
    return first + ctz(lanes);
  }
  return -1;
}

/** Holders of 16 segments, as `pickRarest` counts them. */
function counts(availability: usize, theirs: usize, first: i32): v128 {
  const bits = i16x8.splat(load<i16>(theirs + <usize>(first >> 3)));
  // Lane i gets the byte with bit i, and of it that bit.
  const spread = v128.swizzle(bits, i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
  const bit = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const held = v128.eq<i8>(v128.and(spread, bit), bit);
  return v128.or(v128.load(availability + <usize>first), v128.not(held));
}

function equalLanes(a: v128, b: v128): i32 {
  return v128.bitmask<i8>(v128.eq<i8>(a, b));
}

function lowestLane(lanes: v128): u32 {
  let low = v128.min<u8>(lanes, v128.shr<u64>(lanes, 32));
  low = v128.min<u8>(low, v128.shr<u64>(low, 16));
  low = v128.min<u8>(low, v128.shr<u64>(low, 8));
  return min(<u32>v128.extract_lane<u8>(low, 0), <u32>v128.extract_lane<u8>(low, 8));
}

/** Endgame: one of the segments that the neighbour holds and this peer lacks, at random; or -1. */
export function pickEndgame(peer: Peer, theirs: usize): i32 {
  let count = 0;
  for (let offset: usize = 0; offset < rowBytes(); offset += 8) {
    count += <i32>popcnt<u64>(lacking(peer, theirs, offset));
  }
  if (count == 0) return -1;
  let passed = peer.random.below(count);
  for (let offset: usize = 0; offset < rowBytes(); offset += 8) {
    let bits = lacking(peer, theirs, offset);
    const here = <i32>popcnt<u64>(bits);
    if (passed >= here) {
      passed -= here;
      continue;
    }
    for (; passed > 0; passed--) bits &= bits - 1;
    return <i32>(offset << 3) + <i32>ctz<u64>(bits);
  }
  return -1;
}

/** What the neighbour holds of 64 segments and this peer lacks. */
export function lacking(peer: Peer, theirs: usize, offset: usize): u64 {
  return load<u64>(theirs + offset) & ~load<u64>(peer.own + offset);
}
