/**
 * Where segments from other processes come ashore: cells after those of the segments themselves. The
 * rank that a segment is for checks it there, and the first to find it right copies it to the
 * segment's own cell, from which all ranks of the process serve it.
 */
import { at } from '../../shm/assembly/memory';

let firstCell: i32 = 0;
let cellCount: i32 = 0;
/** For each such cell: 1 while a segment lies in it. */
let taken: usize = 0;
/** A bit a segment: 1 once its own cell holds it, checked. */
let stored: usize = 0;

export function openLanding(first: i32, count: i32, takenWords: usize, storedBits: usize): void {
  firstCell = first;
  cellCount = count;
  taken = takenWords;
  stored = storedBits;
}

/** The rank that a segment was for is through with it: the next one may come to its cell. */
export function leaveLanding(cell: i32): void {
  const index = cell - firstCell;
  if (<u32>index >= <u32>cellCount) return;
  // Pairs with the bridge's load: the bytes are not read again.
  atomic.store<i32>(taken + ((<usize>index) << 2), 0);
}

/** Whether `segment` lies in its own cell, checked. */
export function isStored(segment: i32): bool {
  return (at(stored, segment >>> 5) & (1 << (segment & 31))) != 0;
}
