/**
 * The events of an agenda's open day, in order: as the next are taken, others may still come in.
 *
 *     few, sorted:  [ taken | 3 5 8 9 - - ]        many, a heap:  [ 3 5 4 9 6 8 7 - ]
 *                             first                                 of which the first is known
 *
 * To sort a few takes less time than to keep a heap of them. What is sorted is a heap as well: that is
 * what it becomes where too many come in.
 */
import { allocate } from '../../../shm/assembly/memory';
import { Event } from './event';

const FIRST_CAPACITY: i32 = 1024;

/** Up to so many events are sorted. */
const MOST_SORTED: i32 = 32;

/** An event, with its time: comparing does not touch the events, unless two are at one instant. */
@unmanaged
class Entry {
  time: i64;
  event: Event;
}

const ENTRY_SHIFT: usize = 4;

let entries: usize = 0;
let capacity: i32 = 0;
let isSorted: bool = true;
/** Where the sorted ones begin; 0 where there is a heap. */
let first: i32 = 0;

/** How many are left. */
export let openCount: i32 = 0;

/** Makes room. */
export function openOpenDay(): void {
  capacity = FIRST_CAPACITY;
  entries = allocate((<usize>capacity) << ENTRY_SHIFT);
}

/** Takes an event in, in no order; the day, which was empty, begins with `orderOpen`. */
export function fillOpen(event: Event): void {
  if (openCount == capacity) grow();
  fillEntry(entryAt(openCount), event.time, event);
  openCount++;
}

/** Orders all that were taken in. */
export function orderOpen(): void {
  first = 0;
  isSorted = openCount <= MOST_SORTED;
  if (isSorted) {
    for (let end = 1; end < openCount; end++) {
      const entry = entryAt(end);
      insert(end, entry.time, entry.event);
    }
    return;
  }
  for (let index = (openCount >> 1) - 1; index >= 0; index--) {
    const entry = entryAt(index);
    siftDown(index, entry.time, entry.event);
  }
}

/** One of them, by its number, in no order; before the first is taken. */
export function openEvent(index: i32): Event {
  return entryAt(index).event;
}

/** When the next event is; there must be one. */
export function firstOpenTime(): i64 {
  return entryAt(first).time;
}

/** Takes the next event; there must be one: see `nextTime` of `agenda.ts`. */
export function popOpen(): Event {
  const event = entryAt(first).event;
  openCount--;
  if (isSorted) {
    first++;
  } else if (openCount > 0) {
    const last = entryAt(openCount);
    siftDown(0, last.time, last.event);
  }
  return event;
}

/** Enters an event among those that are left. */
export function pushOpen(event: Event): void {
  const end = first + openCount;
  if (isSorted && (openCount == MOST_SORTED || end == capacity)) becomeHeap();
  if (isSorted) {
    insert(end, event.time, event);
  } else {
    if (openCount == capacity) grow();
    siftUp(openCount, event.time, event);
  }
  openCount++;
}

function becomeHeap(): void {
  isSorted = false;
  memory.copy(entries, changetype<usize>(entryAt(first)), (<usize>openCount) << ENTRY_SHIFT);
  first = 0;
}

/** Puts an entry where it belongs among the sorted ones before `end`. */
function insert(end: i32, time: i64, event: Event): void {
  let hole = end;
  for (; hole > first; hole--) {
    const before = entryAt(hole - 1);
    if (!isBefore(time, event, before)) break;
    fillEntry(entryAt(hole), before.time, before.event);
  }
  fillEntry(entryAt(hole), time, event);
}

/** Puts an entry where it belongs in the heap, at `hole` or above it. */
function siftUp(hole: i32, time: i64, event: Event): void {
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    const above = entryAt(parent);
    if (!isBefore(time, event, above)) break;
    fillEntry(entryAt(hole), above.time, above.event);
    hole = parent;
  }
  fillEntry(entryAt(hole), time, event);
}

/** Puts an entry where it belongs in the heap, at `hole` or below it. */
function siftDown(hole: i32, time: i64, event: Event): void {
  const last = openCount - 1;
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
  return changetype<Entry>(entries + ((<usize>index) << ENTRY_SHIFT));
}

function fillEntry(entry: Entry, time: i64, event: Event): void {
  entry.time = time;
  entry.event = event;
}

function grow(): void {
  const bytes = (<usize>capacity) << ENTRY_SHIFT;
  const larger = allocate(bytes * 2);
  memory.copy(larger, entries, bytes);
  entries = larger;
  capacity *= 2;
}
