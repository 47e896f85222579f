/**
 * A thread's coming events: a calendar queue (Brown, 1988) whose open day is a heap.
 *
 *     heap: the open day    buckets: one list a day, `days` days round      far: a list
 *     [ e e e e ]           [ e | - | e e | - | - | e | ... ]               e e e e
 *     sorted as they pop    unsorted; entered in constant time              beyond the last day
 *
 * A day's length is a power of two nanoseconds and follows the load, so that a day holds a few
 * events, or a few dozen: entering an event costs a list insertion, and sorting stays within the
 * cache. An event is not looked at between the two: the lists hold addresses, and a day's events are
 * fetched together when it opens.
 */
import { allocate } from '../../../shm/assembly/memory';
import { Event } from './event';
import { PLACE_BYTES, add, eventAt, firstPlace, giveBlock, takeAll } from './event-list';

/** Days round, by the number of ranks: each has some messages under way. */
const FEWEST_DAYS: i32 = 8192;
const MOST_DAYS: i32 = 65536;
const WORD_DAYS: i64 = 64;
/** Days between two looks at their length. */
const REVIEW_DAYS: i32 = 512;
/** Events a day at most, more or less: a small heap; and where many are to be looked at together. */
const MANY_EVENTS: i32 = 16;
const MANY_TOGETHER: i32 = 64;
/** A day with fewer than this share of them is lengthened. */
const FEW_SHARE: i32 = 8;
const SHORTEST: i32 = 8;
const LONGEST: i32 = 40;

/** In place of a time: there is no event. */
export const NEVER: i64 = i64.MAX_VALUE;

/**
 * The heap's entries carry the times, so that comparing does not touch the events, unless two are at
 * one instant.
 */
@unmanaged
class Entry {
  time: i64;
  event: Event;
}

const ENTRY_SHIFT: usize = 4;

let days: i32 = 0;
let shift: i32 = 20;
let manyEvents: i32 = MANY_EVENTS;
let buckets: usize = 0;
let occupied: usize = 0;
let openDay: i64 = -1;
let inBuckets: i32 = 0;
let far: usize = 0;
let farDay: i64 = NEVER;
let heap: usize = 0;
let heapCapacity: i32 = 0;
let heapCount: i32 = 0;
/** Whether a day was opened that `takeNewDay` has not told of. */
let isDayNew: bool = false;
let daysOpened: i32 = 0;
let eventsOpened: i32 = 0;

/**
 * @param ranks of this thread: with too few days for their events, many wait in `far` first
 * @param looksAhead whether `takeNewDay` is asked for what comes: the more events the better
 */
export function openAgenda(ranks: i32, looksAhead: bool): void {
  manyEvents = looksAhead ? MANY_TOGETHER : MANY_EVENTS;
  days = FEWEST_DAYS;
  while (days < ranks * 2 && days < MOST_DAYS) days *= 2;
  buckets = allocate((<usize>days) << 2);
  occupied = allocate((<usize>days) >> 3);
  far = allocate(4);
  heapCapacity = 1024;
  heap = allocate((<usize>heapCapacity) << ENTRY_SHIFT);
}

/** Enters an event that lies in the future, or at this instant. */
export function push(event: Event): void {
  const day = event.time >> shift;
  if (day <= openDay) {
    pushHeap(event);
  } else if (day < openDay + days) {
    const slot = <usize>((<i32>day) & (days - 1));
    const word = occupied + ((slot >> 6) << 3);
    store<u64>(word, load<u64>(word) | ((<u64>1) << ((<u64>slot) & 63)));
    add(buckets + (slot << 2), event);
    inBuckets++;
  } else {
    add(far, event);
    farDay = min(farDay, day);
  }
}

/** How many events a day has that was opened since the last call; 0: none was. */
export function takeNewDay(): i32 {
  if (!isDayNew) return 0;
  isDayNew = false;
  return heapCount;
}

/** One of them, by its number, in no order; before the first is popped. */
export function openEvent(index: i32): Event {
  return entryAt(index).event;
}

/** When the next event is, or `NEVER`. */
export function nextTime(): i64 {
  if (heapCount == 0 && !openNextDay()) return NEVER;
  return load<i64>(heap);
}

/** Takes the next event; there must be one: see `nextTime`. */
export function pop(): Event {
  const event = entryAt(0).event;
  heapCount--;
  if (heapCount > 0) {
    const last = entryAt(heapCount);
    siftDown(0, last.time, last.event);
  }
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
  const word = occupied + ((slot >> 6) << 3);
  store<u64>(word, load<u64>(word) & ~((<u64>1) << ((<u64>slot) & 63)));
  fillHeap(buckets + (slot << 2));
  isDayNew = true;
  daysOpened++;
  eventsOpened += heapCount;
  inBuckets -= heapCount;
  return true;
}

/** Makes a day's events the heap, which is empty: first all are read, then they are ordered. */
function fillHeap(list: usize): void {
  for (let end = takeAll(list); end != 0; end = giveBlock(end)) {
    for (let place = firstPlace(end); place < end; place += PLACE_BYTES) {
      if (heapCount == heapCapacity) growHeap();
      const event = eventAt(place);
      fillEntry(entryAt(heapCount), event.time, event);
      heapCount++;
    }
  }
  for (let index = (heapCount >> 1) - 1; index >= 0; index--) {
    const entry = entryAt(index);
    siftDown(index, entry.time, entry.event);
  }
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
  farDay = NEVER;
  for (let end = takeAll(far); end != 0; end = giveBlock(end)) {
    for (let place = firstPlace(end); place < end; place += PLACE_BYTES) push(eventAt(place));
  }
}

/** Lengthens or shortens the days where they hold too few or too many events. */
function reviewLength(): void {
  const mean = eventsOpened / daysOpened;
  daysOpened = 0;
  eventsOpened = 0;
  if (mean > manyEvents && shift > SHORTEST) changeLength(shift - 2);
  else if (mean < manyEvents / FEW_SHARE && shift < LONGEST) changeLength(shift + 2);
}

/** The heap is empty here, so the present lies at the end of the open day at the latest. */
function changeLength(length: i32): void {
  const present = (openDay + 1) << shift;
  for (let slot = 0; slot < days; slot++) {
    const list = buckets + ((<usize>slot) << 2);
    for (let end = takeAll(list); end != 0; end = giveBlock(end)) {
      for (let place = firstPlace(end); place < end; place += PLACE_BYTES) add(far, eventAt(place));
    }
  }
  memory.fill(occupied, 0, (<usize>days) >> 3);
  inBuckets = 0;
  shift = length;
  openDay = (present >> shift) - 1;
  enterFar();
}

function pushHeap(event: Event): void {
  if (heapCount == heapCapacity) growHeap();
  const time = event.time;
  let hole = heapCount;
  heapCount++;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    const above = entryAt(parent);
    if (!isBefore(time, event, above)) break;
    fillEntry(entryAt(hole), above.time, above.event);
    hole = parent;
  }
  fillEntry(entryAt(hole), time, event);
}

/** Puts an entry where it belongs, at `hole` or below it. */
function siftDown(hole: i32, time: i64, event: Event): void {
  const last = heapCount - 1;
  for (;;) {
    let child = hole * 2 + 1;
    if (child > last) break;
    if (child < last) {
      // Which of the two comes first is anybody's guess: it is added, in place of a branch.
      const left = entryAt(child);
      const right = entryAt(child + 1);
      child +=
        right.time == left.time
          ? i32(right.event.order < left.event.order)
          : i32(right.time < left.time);
    }
    const below = entryAt(child);
    if (isBefore(time, event, below)) break;
    fillEntry(entryAt(hole), below.time, below.event);
    hole = child;
  }
  fillEntry(entryAt(hole), time, event);
}

function isBefore(time: i64, event: Event, entry: Entry): bool {
  if (time != entry.time) return time < entry.time;
  return event.order < entry.event.order;
}

function entryAt(index: i32): Entry {
  return changetype<Entry>(heap + ((<usize>index) << ENTRY_SHIFT));
}

function fillEntry(entry: Entry, time: i64, event: Event): void {
  entry.time = time;
  entry.event = event;
}

function growHeap(): void {
  const bytes = (<usize>heapCapacity) << ENTRY_SHIFT;
  const larger = allocate(bytes * 2);
  memory.copy(larger, heap, bytes);
  heap = larger;
  heapCapacity *= 2;
}
