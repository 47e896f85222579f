/**
 * What the ranks of this thread know about each rank: who listens to it, and what they have heard.
 *
 * A HAVE reaches all listeners of a zone at the same instant. So the bitfield that each of them has
 * of its sender is the same, and is kept once.
 */
import { allocate, at, put } from '../../../shm/assembly/memory';
import { fillRow, rowBytes, setBit } from './bitfield';
import { Peer } from './peer';
import { ranks, segments } from './settings';

@unmanaged
class Listeners {
  /** The listeners, `ENTRY_BYTES` each. */
  entries: usize;
  count: i32;
  capacity: i32;
  /** Segments that the rank is known to hold. */
  held: i32;
}

/**
 * An entry of a list: where the listener counts holders (a byte a segment), the listener's address,
 * and its connection with flags. What a HAVE needs stands here, next to each other: for most
 * listeners nothing else is touched but the one byte that counts.
 */
const ENTRY_BYTES: usize = 12;
const PEER: usize = 4;
const CONNECTION: usize = 8;

/** Flag of a connection: its peer wants to know of each new segment. */
const ATTENTIVE: i32 = 1 << 30;

const FIRST_CAPACITY: i32 = 8;
let lists: usize = 0;
let rows: usize = 0;
/** Where those count that need to know no more: nobody reads it. */
let sink: usize = 0;

/** Opens the tables for `zoneCount` zones; see `settings` for the ranks. */
export function openListeners(zoneCount: i32): void {
  const places = <usize>ranks * zoneCount;
  lists = allocate(places * offsetof<Listeners>());
  rows = allocate(places * rowBytes());
  sink = allocate(segments);
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

/** Reads where each listener counts those who hold `segment`. */
export function touchCounts(rank: i32, zone: i32, segment: i32): i32 {
  const list = listenersOf(rank, zone);
  const end = entryOf(list, list.count);
  let sum = 0;
  for (let entry = list.entries; entry < end; entry += ENTRY_BYTES) {
    sum += <i32>load<u8>(<usize>load<u32>(entry) + <usize>segment);
  }
  return sum;
}

function entryOf(list: Listeners, index: i32): usize {
  return list.entries + <usize>index * ENTRY_BYTES;
}

/**
 * `peer`, in `zone`, hears of what `rank` gets, through its connection `slot`.
 *
 * @param counts where it counts holders of each segment, or 0: it lacks nothing
 * @returns the number of its entry
 */
export function listen(rank: i32, zone: i32, peer: Peer, slot: i32, counts: usize): i32 {
  const list = listenersOf(rank, zone);
  if (list.count == list.capacity) grow(list);
  const entry = entryOf(list, list.count);
  store<u32>(entry, <u32>(counts == 0 ? sink : counts));
  store<u32>(entry, <u32>changetype<usize>(peer), PEER);
  store<i32>(entry, slot, CONNECTION);
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
  const address = entryOf(listenersOf(rank, zone), index) + CONNECTION;
  const slot = load<i32>(address) & ~ATTENTIVE;
  store<i32>(address, isAttentive ? slot | ATTENTIVE : slot);
}

/** The listener lacks nothing any more. */
export function stopCounting(rank: i32, zone: i32, index: i32): void {
  store<u32>(entryOf(listenersOf(rank, zone), index), <u32>sink);
}

/** The listener hears no more of `rank`; the last one takes its place. */
export function stopListening(rank: i32, zone: i32, index: i32): void {
  const list = listenersOf(rank, zone);
  list.count--;
  if (index == list.count) return;
  const last = entryOf(list, list.count);
  memory.copy(entryOf(list, index), last, ENTRY_BYTES);
  const moved = changetype<Peer>(<usize>load<u32>(last, PEER));
  moved.connection(load<i32>(last, CONNECTION) & ~ATTENTIVE).entry = index;
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
  for (let entry = list.entries; entry < end; entry += ENTRY_BYTES) {
    const address = <usize>load<u32>(entry) + <usize>segment;
    store<u8>(address, load<u8>(address) + 1);
    const connection = load<i32>(entry, CONNECTION);
    if (connection < ATTENTIVE) continue;
    changetype<Peer>(<usize>load<u32>(entry, PEER)).attend(connection & ~ATTENTIVE, segment);
  }
  return count;
}
