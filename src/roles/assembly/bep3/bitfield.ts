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

/** Bytes of a row. */
export function rowBytes(): usize {
  return (<usize>rowWords) << 2;
}

export function fillRow(row: usize): void {
  memory.fill(row, 0xff, <usize>(segments >>> 3));
  for (let segment = segments & ~7; segment < segments; segment++) setBit(row, segment);
}

/** What a message says of a bitfield of `count` set bits. */
export function describe(count: i32): i32 {
  if (count == 0) return NOTHING;
  return count == segments ? EVERYTHING : PART;
}
