/** Bitfields: one bit a segment, in rows of whole 128-bit steps whose last bits stay clear. */
import { rowWords, segments } from './settings';

/** What a bitfield shows; the bits of a part are those that were told of one by one. */
export const NOTHING: i32 = 0;
export const PART: i32 = 1;
export const EVERYTHING: i32 = 2;
/** Nothing yet: segments are revealed to each neighbour apart (BEP 16). */
export const HIDDEN: i32 = 3;

export function hasBit(row: usize, segment: i32): bool {
  const word = load<u32>(row + ((<usize>(segment >>> 5)) << 2));
  return (word & (1 << (segment & 31))) != 0;
}

export function setBit(row: usize, segment: i32): void {
  const address = row + ((<usize>(segment >>> 5)) << 2);
  store<u32>(address, load<u32>(address) | (1 << (segment & 31)));
}

export function clearBit(row: usize, segment: i32): void {
  const address = row + ((<usize>(segment >>> 5)) << 2);
  store<u32>(address, load<u32>(address) & ~(1 << (segment & 31)));
}

/** Bytes of a row. */
export function rowBytes(): usize {
  return (<usize>rowWords) << 2;
}

export function fillRow(row: usize): void {
  memory.fill(row, 0xff, <usize>(segments >>> 3));
  for (let segment = segments & ~7; segment < segments; segment++) setBit(row, segment);
}

/** The bits at `offset` of `row` that `other` lacks, 64 of them. */
export function without(row: usize, other: usize, offset: usize): u64 {
  return load<u64>(row + offset) & ~load<u64>(other + offset);
}

/** Whether `row` has a bit that `other` lacks. */
export function hasMore(row: usize, other: usize): bool {
  for (let offset: usize = 0; offset < rowBytes(); offset += 8) {
    if (without(row, other, offset) != 0) return true;
  }
  return false;
}

/** Writes to `into` the bits of `row` that `other` lacks; returns how many. */
export function subtract(into: usize, row: usize, other: usize): i32 {
  let count: u64 = 0;
  for (let offset: usize = 0; offset < rowBytes(); offset += 8) {
    const bits = without(row, other, offset);
    store<u64>(into + offset, bits);
    count += popcnt<u64>(bits);
  }
  return <i32>count;
}

export function countBits(row: usize): i32 {
  let count: u64 = 0;
  for (let offset: usize = 0; offset < rowBytes(); offset += 8) {
    count += popcnt<u64>(load<u64>(row + offset));
  }
  return <i32>count;
}

/** The segment of a row's set bit number `index`, from 0; there must be one. */
export function segmentOfBit(row: usize, index: i32): i32 {
  let offset: usize = 0;
  for (;;) {
    const here = <i32>popcnt<u64>(load<u64>(row + offset));
    if (index < here) break;
    index -= here;
    offset += 8;
  }
  let bits = load<u64>(row + offset);
  for (; index > 0; index--) bits &= bits - 1;
  return ((<i32>offset) << 3) + <i32>ctz<u64>(bits);
}

/** What a message says of a bitfield of `count` set bits. */
export function describe(count: i32): i32 {
  if (count == 0) return NOTHING;
  return count == segments ? EVERYTHING : PART;
}
