/**
 * How many neighbours hold each segment, counted from their bitfields whenever a peer has to know.
 *
 * Counters would have to follow every HAVE: with 50 neighbours 50 bytes, each in the row of another
 * listener, for every segment that somebody gets. What neighbours hold is kept once for all who know
 * it (`listeners.ts`), and a pick reads 50 of those rows, which are short and lie in one table.
 *
 * 128 segments are counted at a time, all rows of bits added up by full adders (Harley and Seal's
 * way to count bits): plane 0 has bit 0 of each segment's count, plane 1 bit 1, and so on.
 */
import { allocate, at, put } from '../../../shm/assembly/memory';
import { hasBit, rowBytes } from './bitfield';

/** Bits of a count: as many as `MOST_CONNECTIONS` has. */
const PLANES: i32 = 7;

/** Rows that are added at a time. */
const TOGETHER: i32 = 4;

const STEP_BYTES: usize = 16;

/** A row without a bit: it stands in the places of a list that no neighbour has. */
let emptyRow: usize = 0;
/** The planes, a row each. */
let planes: usize = 0;
/** The segments still in question, and those of them that a plane leaves. */
let candidates: usize = 0;
let fewer: usize = 0;

/** Makes room; see `settings` for the segments. */
export function openRarity(): void {
  emptyRow = allocate(rowBytes());
  planes = allocate(rowBytes() * PLANES);
  candidates = allocate(rowBytes());
  fewer = allocate(rowBytes());
}

/** The bitfields of a peer's neighbours. */
@unmanaged
export class NeighbourRows {
  /** Addresses of the rows, then of the empty one. */
  private rows: usize;
  private count: i32;

  /** @param limit most neighbours */
  open(limit: i32): void {
    const places = (limit + TOGETHER - 1) & ~(TOGETHER - 1);
    this.rows = allocate((<usize>places) << 2);
    for (let place = 0; place < places; place++) put(this.rows, place, <i32>emptyRow);
  }

  add(row: usize): void {
    put(this.rows, this.count, <i32>row);
    this.count++;
  }

  remove(row: usize): void {
    for (let place = 0; place < this.count; place++) {
      if (at(this.rows, place) != <i32>row) continue;
      this.count--;
      put(this.rows, place, at(this.rows, this.count));
      put(this.rows, this.count, <i32>emptyRow);
      return;
    }
    unreachable();
  }

  /** How many neighbours hold `segment`. */
  holders(segment: i32): i32 {
    let holders = 0;
    for (let place = 0; place < this.count; place++) {
      if (hasBit(<usize>at(this.rows, place), segment)) holders++;
    }
    return holders;
  }

  /**
   * The segments that the fewest neighbours hold, of those with a bit in `row`.
   *
   * @returns address of their row, until the next call
   */
  rarest(row: usize): usize {
    for (let offset: usize = 0; offset < rowBytes(); offset += STEP_BYTES) {
      if (v128.any_true(v128.load(row + offset))) this.addUp(offset);
    }
    memory.copy(candidates, row, rowBytes());
    for (let plane = 31 - clz(this.count); plane >= 0; plane--) leaveFewer(plane);
    return candidates;
  }

  /** Counts the holders of the 128 segments with the bits at `offset` of a row. */
  private addUp(offset: usize): void {
    let ones = i64x2.splat(0);
    let twos = i64x2.splat(0);
    let fours = i64x2.splat(0);
    let eights = i64x2.splat(0);
    let sixteens = i64x2.splat(0);
    let thirtyTwos = i64x2.splat(0);
    let sixtyFours = i64x2.splat(0);
    const end = this.rows + ((<usize>this.count) << 2);
    for (let place = this.rows; place < end; place += (<usize>TOGETHER) << 2) {
      const a = v128.load(<usize>load<u32>(place) + offset);
      const b = v128.load(<usize>load<u32>(place, 4) + offset);
      const c = v128.load(<usize>load<u32>(place, 8) + offset);
      const d = v128.load(<usize>load<u32>(place, 12) + offset);
      // A full adder: where two of the three differ, the third decides on the carry.
      let differ = v128.xor(a, b);
      const carryOfAB = v128.bitselect(ones, a, differ);
      ones = v128.xor(ones, differ);
      differ = v128.xor(c, d);
      const carryOfCD = v128.bitselect(ones, c, differ);
      ones = v128.xor(ones, differ);
      differ = v128.xor(carryOfAB, carryOfCD);
      let carry = v128.bitselect(twos, carryOfAB, differ);
      twos = v128.xor(twos, differ);
      let next = v128.and(fours, carry);
      fours = v128.xor(fours, carry);
      carry = v128.and(eights, next);
      eights = v128.xor(eights, next);
      next = v128.and(sixteens, carry);
      sixteens = v128.xor(sixteens, carry);
      carry = v128.and(thirtyTwos, next);
      thirtyTwos = v128.xor(thirtyTwos, next);
      sixtyFours = v128.xor(sixtyFours, carry);
    }
    storePlane(0, offset, ones);
    storePlane(1, offset, twos);
    storePlane(2, offset, fours);
    storePlane(3, offset, eights);
    storePlane(4, offset, sixteens);
    storePlane(5, offset, thirtyTwos);
    storePlane(6, offset, sixtyFours);
  }
}

function planeRow(plane: i32): usize {
  return planes + <usize>plane * rowBytes();
}

function storePlane(plane: i32, offset: usize, bits: v128): void {
  v128.store(planeRow(plane) + offset, bits);
}

/** Drops the candidates whose counts have a bit in `plane`, unless all have it. */
function leaveFewer(plane: i32): void {
  const row = planeRow(plane);
  let left = i64x2.splat(0);
  for (let offset: usize = 0; offset < rowBytes(); offset += STEP_BYTES) {
    const bits = v128.andnot(v128.load(candidates + offset), v128.load(row + offset));
    v128.store(fewer + offset, bits);
    left = v128.or(left, bits);
  }
  if (!v128.any_true(left)) return;
  const dropped = candidates;
  candidates = fewer;
  fewer = dropped;
}
