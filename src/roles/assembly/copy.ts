/**
 * A thread's own copy of what all ranks hold, for threads that have a core each.
 *
 * A request looks at the rows of several holders, and their threads write there all the time: on the
 * board, most looks would wait until the line comes over from another core. The copy is taken afresh
 * now and then, a row after the other, which costs far less. Its rows of the thread's own ranks are
 * always true; those of others are late at worst, as a bit that is set stays set. So who finds no
 * holder there looks at the board.
 */
import { sent } from '../../comm/assembly/endpoint';
import { allocate } from '../../shm/assembly/memory';
import { boardRows, ranks, rowBytes, showHoldings } from './swarm';

let copy: usize = 0;
/** Where the rows of the thread's own ranks begin and end, in bytes from the first row. */
let ownStartBytes: usize = 0;
let ownEndBytes: usize = 0;
/** Messages sent from one copy to the next at most, and how many they were at the last one. */
let pace: i64 = 0;
let takenAt: i64 = 0;

/** Whether ranks here look at a copy. */
export let isOpen: bool = false;

/**
 * Ranks here look at a copy from now on; to be called before there are any.
 *
 * @param firstRank first of the `count` ranks of this thread
 */
export function openCopy(firstRank: i32, count: i32): void {
  const bytes = <usize>ranks * rowBytes;
  copy = allocate(bytes);
  memory.copy(copy, boardRows, bytes);
  ownStartBytes = <usize>firstRank * rowBytes;
  ownEndBytes = <usize>(firstRank + count) * rowBytes;
  // A delivery is a bit of a row here, and about two messages: some 18 copies a run.
  pace = <i64>(ownEndBytes - ownStartBytes);
  isOpen = true;
  lookAtCopy();
}

/** Takes the copy afresh when it is time to; at first, when few hold anything, more often. */
export function refreshCopy(): void {
  if (!isOpen || sent - takenAt <= min(pace, takenAt)) return;
  takenAt = sent;
  memory.copy(copy, boardRows, ownStartBytes);
  const bytesAfter = <usize>ranks * rowBytes - ownEndBytes;
  memory.copy(copy + ownEndBytes, boardRows + ownEndBytes, bytesAfter);
}

/** Ranks here look at what others held when the copy was taken. */
export function lookAtCopy(): void {
  showHoldings(copy, copy);
}

/** Ranks here look at what all hold right now. */
export function lookAtBoard(): void {
  showHoldings(boardRows, copy);
}
