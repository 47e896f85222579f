/**
 * A thread's own copy of what all ranks hold, for threads that have a core each.
 *
 * A request looks at the rows of several holders, and their threads write there all the time: on the
 * board, most looks would wait until the line comes over from another core. The copy is taken afresh
 * now and then, a row after the other, which costs far less. Its rows of the thread's own ranks are
 * always true; those of others are late at worst, as a bit that is set stays set. So who finds no
 * holder there looks at the board.
 */
import { sent, threads } from '../../comm/assembly/endpoint';
import { allocate } from '../../shm/assembly/memory';
import { boardRows, ranks, rowBytes, showHoldings } from './swarm';

let copy: usize = 0;
/** Bytes before the rows of the thread's own ranks, and up to the first row after them. */
let before: usize = 0;
let upTo: usize = 0;
/** Messages sent from one copy to the next at most, and how many they were at the last one. */
let pace: i64 = 0;
let takenAt: i64 = 0;

/** Whether ranks here look at a copy; to be opened before any of them holds anything. */
export let isOpen: bool = false;

/** @param firstRank first of the `count` ranks of this thread */
export function openCopy(firstRank: i32, count: i32): void {
  const bytes = <usize>ranks * rowBytes;
  copy = allocate(bytes);
  before = <usize>firstRank * rowBytes;
  upTo = <usize>(firstRank + count) * rowBytes;
  // Some 18 copies a run, whatever its size: a delivery is a bit and about two messages.
  pace = <i64>bytes / threads;
  isOpen = true;
  lookAtCopy();
}

/** Takes the copy afresh when it is time to: often at first, when few hold anything. */
export function refreshCopy(): void {
  if (!isOpen || sent - takenAt < min(pace, takenAt)) return;
  takenAt = sent;
  const end = <usize>ranks * rowBytes;
  memory.copy(copy, boardRows, before);
  memory.copy(copy + upTo, boardRows + upTo, end - upTo);
}

export function lookAtCopy(): void {
  showHoldings(copy, copy);
}

/** Ranks here look at what all hold right now. */
export function lookAtBoard(): void {
  showHoldings(boardRows, copy);
}
