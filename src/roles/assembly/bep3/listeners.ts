/**
 * What the ranks of this thread know about each rank: who listens to it, and what they have heard.
 *
 * A HAVE reaches all listeners of a zone at the same instant. So the bitfield that each of them has
 * of its sender is the same, and is kept once; a HAVE then touches two cache lines a listener.
 */
import { allocate, at, put } from '../../../shm/assembly/memory';
import { fillRow, rowBytes, setBit } from './bitfield';
import { ranks, segments } from './settings';

@unmanaged
class Listeners {
  /** Pairs of words: the listening peer's address, its connection. */
  pairs: usize;
  count: i32;
  capacity: i32;
  /** Segments that the rank is known to hold. */
  held: i32;
}

const FIRST_CAPACITY: i32 = 8;
let lists: usize = 0;
let rows: usize = 0;

/** Opens the tables for `zoneCount` zones; see `settings` for the ranks. */
export function openListeners(zoneCount: i32): void {
  const places = <usize>ranks * zoneCount;
  lists = allocate(places * offsetof<Listeners>());
  rows = allocate(places * rowBytes());
}

function listenersOf(rank: i32, zone: i32): Listeners {
  return changetype<Listeners>(lists + <usize>(zone * ranks + rank) * offsetof<Listeners>());
}

/** The bitfield of `rank` as those in `zone` know it. */
export function knownRow(rank: i32, zone: i32): usize {
  return rows + <usize>(zone * ranks + rank) * rowBytes();
}

/** Segments that `rank` is known to hold in `zone`. */
export function knownCount(rank: i32, zone: i32): i32 {
  return listenersOf(rank, zone).held;
}

/** `rank` is known to hold `segment`. */
export function know(rank: i32, zone: i32, segment: i32): void {
  setBit(knownRow(rank, zone), segment);
  listenersOf(rank, zone).held++;
}

/** `rank` is known to hold everything. */
export function knowAll(rank: i32, zone: i32): void {
  fillRow(knownRow(rank, zone));
  listenersOf(rank, zone).held = segments;
}

/** `peer`, in `zone`, hears of what `rank` gets, through its connection `connection`. */
export function listen(rank: i32, zone: i32, peer: usize, connection: i32): void {
  const list = listenersOf(rank, zone);
  if (list.count == list.capacity) {
    const capacity = list.capacity == 0 ? FIRST_CAPACITY : list.capacity * 2;
    const pairs = allocate((<usize>capacity) << 3);
    memory.copy(pairs, list.pairs, (<usize>list.count) << 3);
    list.pairs = pairs;
    list.capacity = capacity;
  }
  put(list.pairs, list.count * 2, <i32>peer);
  put(list.pairs, list.count * 2 + 1, connection);
  list.count++;
}

/** `peer` hears no more of `rank`. */
export function stopListening(rank: i32, zone: i32, peer: usize): void {
  const list = listenersOf(rank, zone);
  for (let index = 0; index < list.count; index++) {
    if (at(list.pairs, index * 2) != <i32>peer) continue;
    list.count--;
    put(list.pairs, index * 2, at(list.pairs, list.count * 2));
    put(list.pairs, index * 2 + 1, at(list.pairs, list.count * 2 + 1));
    return;
  }
}

/** Number of listeners to `rank` in `zone`. */
export function listenerCount(rank: i32, zone: i32): i32 {
  return listenersOf(rank, zone).count;
}

/** Address of the pairs (peer, connection) of `rank`'s listeners in `zone`. */
export function listenerPairs(rank: i32, zone: i32): usize {
  return listenersOf(rank, zone).pairs;
}
