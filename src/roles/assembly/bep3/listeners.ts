/**
 * What the ranks of this thread know about each rank: who listens to it, and what they have heard.
 *
 * A HAVE reaches all listeners of a zone at the same instant. So the bitfield that each of them has
 * of its sender is the same, and is kept once.
 */
import { CACHE_LINE, allocate } from '../../../shm/assembly/memory';
import { fillRow, hasBit, rowBytes, setBit } from './bitfield';
import { peerOf, takenRowOf } from './peers';
import { ranks, segments } from './settings';

@unmanaged
class Listeners {
  /** Address of the entries. */
  entries: usize;
  count: i32;
  capacity: i32;
  /** Segments that the rank is known to hold. */
  held: i32;
}

/**
 * An entry of a list is a word: the listener's rank, its connection, and a flag. For most listeners a
 * HAVE touches nothing else.
 */
const ENTRY_BYTES: usize = 4;
/** Bits of a connection: as many as `MOST_CONNECTIONS` has. */
const CONNECTION_BITS: i32 = 7;
const CONNECTION_MASK: i32 = (1 << CONNECTION_BITS) - 1;

/** The listener wants to know of each new segment. As the sign: such an entry is negative. */
const ATTENTIVE: i32 = 1 << 31;

const FIRST_CAPACITY: i32 = 16;

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
function know(rank: i32, zone: i32, segment: i32): void {
  setBit(knownRow(rank, zone), segment);
  listenersOf(rank, zone).held++;
}

/** `rank` is known to hold everything. */
export function knowAll(rank: i32, zone: i32): void {
  fillRow(knownRow(rank, zone));
  listenersOf(rank, zone).held = segments;
}

/** Reads the head of a rank's list and its row, so that they are in the processor's cache. */
export function touchList(rank: i32, zone: i32): i32 {
  return listenersOf(rank, zone).count + load<i32>(knownRow(rank, zone));
}

/** Reads a rank's list, a word a cache line. */
export function touchEntries(rank: i32, zone: i32): i32 {
  const list = listenersOf(rank, zone);
  const end = entryOf(list, list.count);
  let sum = 0;
  for (let entry = list.entries; entry < end; entry += CACHE_LINE) sum += load<i32>(entry);
  return sum;
}

function entryOf(list: Listeners, index: i32): usize {
  return list.entries + <usize>index * ENTRY_BYTES;
}

/**
 * `listener`, in `zone`, hears of what `rank` gets, through its connection `slot`.
 *
 * @returns the number of its entry
 */
export function listen(rank: i32, zone: i32, listener: i32, slot: i32): i32 {
  const list = listenersOf(rank, zone);
  if (list.count == list.capacity) grow(list);
  store<i32>(entryOf(list, list.count), (listener << CONNECTION_BITS) | slot);
  return list.count++;
}

function grow(list: Listeners): void {
  const capacity = list.capacity == 0 ? FIRST_CAPACITY : list.capacity * 2;
  const entries = allocate(<usize>capacity * ENTRY_BYTES);
  memory.copy(entries, list.entries, <usize>list.count * ENTRY_BYTES);
  list.entries = entries;
  list.capacity = capacity;
}

/** Whether the listener is to be told of each new segment. */
export function setAttentive(rank: i32, zone: i32, index: i32, isAttentive: bool): void {
  const address = entryOf(listenersOf(rank, zone), index);
  const entry = load<i32>(address) & ~ATTENTIVE;
  store<i32>(address, isAttentive ? entry | ATTENTIVE : entry);
}

/** The listener hears no more of `rank`; the last one takes its place. */
export function stopListening(rank: i32, zone: i32, index: i32): void {
  const list = listenersOf(rank, zone);
  list.count--;
  if (index == list.count) return;
  const last = load<i32>(entryOf(list, list.count));
  store<i32>(entryOf(list, index), last);
  peerOf(listenerOf(last)).connection(last & CONNECTION_MASK).entry = index;
}

/**
 * Hands a HAVE to all ranks here in `zone` that listen to `rank`.
 *
 * @returns how many there are
 */
export function spread(rank: i32, zone: i32, segment: i32): i32 {
  know(rank, zone, segment);
  const list = listenersOf(rank, zone);
  const count = list.count;
  const end = entryOf(list, count);
  for (let address = list.entries; address < end; address += ENTRY_BYTES) {
    const entry = load<i32>(address);
    if (entry >= 0) continue;
    const listener = listenerOf(entry);
    if (hasBit(takenRowOf(listener), segment)) continue;
    peerOf(listener).attend(entry & CONNECTION_MASK, segment);
  }
  return count;
}

function listenerOf(entry: i32): i32 {
  return (entry & ~ATTENTIVE) >>> CONNECTION_BITS;
}
