/**
 * A thread's coming events: a calendar queue (Brown, 1988) whose open day is a heap.
 *
 *     heap: the open day    buckets: one list a day, `days` days round      far: a list
 *     [ e e e e ]           [ e | - | e e | - | - | e | ... ]               e e e e
 *     sorted as they pop    unsorted; entered in constant time              beyond the last day
 *
 * A day's length is a power of two nanoseconds and follows the load, so that a day holds a few
 * dozen events: entering an event costs a list insertion, and sorting stays within the cache.
 */
import { allocate } from '../../../shm/assembly/memory';
import { Event } from './event';

/** Days round, by the number of ranks: each has some messages under way. */
const FEWEST_DAYS: i32 = 8192;
const MOST_DAYS: i32 = 65536;
const WORD_DAYS: i64 = 64;
/** Days between two looks at their length, and the number of events a day that is aimed at. */
const REVIEW_DAYS: i32 = 512;
const FEW_EVENTS: i32 = 4;
const MANY_EVENTS: i32 = 64;
const SHORTEST: i32 = 8;
const LONGEST: i32 = 40;

/** In place of a time: there is no event. */
export const NEVER: i64 = i64.MAX_VALUE;

/** The heap's entries carry the keys, so that comparing does not touch the events. */
@unmanaged
class Entry {
  time: i64;
  order: i64;
  event: usize;
  private unused: usize;
}

const ENTRY_BYTES: usize = 24;

let days: i32 = 0;
let shift: i32 = 20;
let buckets: usize = 0;
let occupied: usize = 0;
let openDay: i64 = -1;
let inBuckets: i32 = 0;
let far: usize = 0;
let farDay: i64 = NEVER;
let heap: usize = 0;
let heapCapacity: i32 = 0;
let heapCount: i32 = 0;
let daysOpened: i32 = 0;
let eventsOpened: i32 = 0;

/** @param ranks of this thread: with too few days for their events, many wait in `far` first */
export function openAgenda(ranks: i32): void {
  days = FEWEST_DAYS;
  while (days < ranks * 2 && days < MOST_DAYS) days *= 2;
  buckets = allocate((<usize>days) << 2);
  occupied = allocate((<usize>days) >> 3);
  heapCapacity = 1024;
  heap = allocate(<usize>heapCapacity * ENTRY_BYTES);
}

/** Enters an event that lies in the future, or at this instant. */
export function push(event: Event): void {
  const day = event.time >> shift;
  if (day <= openDay) {
    pushHeap(event);
  } else if (day < openDay + days) {
    const slot = <usize>((<i32>day) & (days - 1));
    const head = buckets + (slot << 2);
    const first = load<u32>(head);
    event.next = <usize>first;
    store<u32>(head, <u32>changetype<usize>(event));
    if (first == 0) {
      const word = occupied + ((slot >> 6) << 3);
      store<u64>(word, load<u64>(word) | ((<u64>1) << ((<u64>slot) & 63)));
    }
    inBuckets++;
  } else {
    event.next = far;
    far = changetype<usize>(event);
    farDay = min(farDay, day);
  }
}

/** When the next event is, or `NEVER`. */
export function nextTime(): i64 {
  if (heapCount == 0 && !openNextDay()) return NEVER;
  return load<i64>(heap);
}

/** Takes the next event; there must be one: see `nextTime`. */
export function pop(): Event {
  const event = changetype<Event>(load<u32>(heap, 16));
  heapCount--;
  if (heapCount > 0) siftDown(heap + <usize>heapCount * ENTRY_BYTES);
  return event;
}

function openNextDay(): bool {
  if (daysOpened >= REVIEW_DAYS) reviewLength();
  let day = nextOccupied();
  if (farDay <= day) {
    if (farDay == NEVER) return false;
    openDay = farDay - 1;
    enterFar();
    day = nextOccupied();
  }
  openDay = day;
  const slot = <usize>((<i32>day) & (days - 1));
  const head = buckets + (slot << 2);
  let address = <usize>load<u32>(head);
  store<u32>(head, 0);
  const word = occupied + ((slot >> 6) << 3);
  store<u64>(word, load<u64>(word) & ~((<u64>1) << ((<u64>slot) & 63)));
  daysOpened++;
  while (address != 0) {
    const event = changetype<Event>(address);
    address = event.next;
    inBuckets--;
    eventsOpened++;
    pushHeap(event);
  }
  return true;
}

/** The first day after the open one that has events in its bucket, or `NEVER`. */
function nextOccupied(): i64 {
  if (inBuckets == 0) return NEVER;
  let day = openDay + 1;
  while (true) {
    const slot = <usize>((<i32>day) & (days - 1));
    const bits = load<u64>(occupied + ((slot >> 6) << 3)) >> ((<u64>slot) & 63);
    if (bits != 0) return day + <i64>ctz<u64>(bits);
    day = (day | (WORD_DAYS - 1)) + 1;
  }
}

function enterFar(): void {
  let address = far;
  far = 0;
  farDay = NEVER;
  while (address != 0) {
    const event = changetype<Event>(address);
    address = event.next;
    push(event);
  }
}

/** Lengthens or shortens the days where they hold too few or too many events. */
function reviewLength(): void {
  const mean = eventsOpened / daysOpened;
  daysOpened = 0;
  eventsOpened = 0;
  if (mean > MANY_EVENTS && shift > SHORTEST) changeLength(shift - 2);
  else if (mean < FEW_EVENTS && shift < LONGEST) changeLength(shift + 2);
}

/** The heap is empty here, so the present lies at the end of the open day at the latest. */
function changeLength(length: i32): void {
  const present = (openDay + 1) << shift;
  let all = far;
  for (let slot = 0; slot < days; slot++) {
    const head = buckets + ((<usize>slot) << 2);
    let address = <usize>load<u32>(head);
    store<u32>(head, 0);
    while (address != 0) {
      const event = changetype<Event>(address);
      address = event.next;
      event.next = all;
      all = changetype<usize>(event);
    }
  }
  memory.fill(occupied, 0, (<usize>days) >> 3);
  inBuckets = 0;
  shift = length;
  openDay = (present >> shift) - 1;
  far = all;
  enterFar();
}

function pushHeap(event: Event): void {
  if (heapCount == heapCapacity) growHeap();
  const time = event.time;
  const order = event.order;
  let hole = heapCount;
  heapCount++;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    const above = changetype<Entry>(heap + <usize>parent * ENTRY_BYTES);
    if (above.time < time || (above.time == time && above.order < order)) break;
    copyEntry(heap + <usize>hole * ENTRY_BYTES, changetype<usize>(above));
    hole = parent;
  }
  const entry = changetype<Entry>(heap + <usize>hole * ENTRY_BYTES);
  entry.time = time;
  entry.order = order;
  entry.event = changetype<usize>(event);
}

/** Puts the entry at `moved`, the last one, where it belongs once the first is gone. */
function siftDown(moved: usize): void {
  const last = changetype<Entry>(moved);
  const time = last.time;
  const order = last.order;
  let hole = 0;
  for (;;) {
    let child = hole * 2 + 1;
    if (child >= heapCount) break;
    let below = changetype<Entry>(heap + <usize>child * ENTRY_BYTES);
    if (child + 1 < heapCount) {
      const other = changetype<Entry>(changetype<usize>(below) + ENTRY_BYTES);
      if (isBefore(other, below.time, below.order)) {
        below = other;
        child++;
      }
    }
    if (!isBefore(below, time, order)) break;
    copyEntry(heap + <usize>hole * ENTRY_BYTES, changetype<usize>(below));
    hole = child;
  }
  copyEntry(heap + <usize>hole * ENTRY_BYTES, moved);
}

function isBefore(entry: Entry, time: i64, order: i64): bool {
  return entry.time < time || (entry.time == time && entry.order < order);
}

function copyEntry(to: usize, from: usize): void {
  store<i64>(to, load<i64>(from));
  store<i64>(to, load<i64>(from, 8), 8);
  store<i64>(to, load<i64>(from, 16), 16);
}

function growHeap(): void {
  const larger = allocate(<usize>heapCapacity * 2 * ENTRY_BYTES);
  memory.copy(larger, heap, <usize>heapCapacity * ENTRY_BYTES);
  heap = larger;
  heapCapacity *= 2;
}
