/**
 * A thread's coming events: a calendar queue (Brown, 1988).
 *
 *     the open day          buckets: one list a day, `days` days round      far: a list
 *     [ e e e e ]           [ e | - | e e | - | - | e | ... ]               e e e e
 *     in order              unsorted; entered in constant time              beyond the last day
 *
 * A day's length is a power of two nanoseconds and follows the load, so that a day holds a few
 * events, or a few dozen: entering an event costs a list insertion, and ordering stays within the
 * cache. An event is not looked at between the two: the lists hold addresses, and a day's events are
 * fetched together when it opens.
 */
import { allocate } from '../../../shm/assembly/memory';
import { Event } from './event';
import { PLACE_BYTES, add, eventAt, firstPlace, giveBlock, takeAll } from './event-list';
import { fillOpen, firstOpenTime, openCount, openOpenDay, orderOpen, pushOpen } from './open-day';

export { openEvent, popOpen as pop } from './open-day';

/** Days round, by the number of ranks: each has some messages under way. */
const FEWEST_DAYS: i32 = 8192;
const MOST_DAYS: i32 = 65536;
const WORD_DAYS: i64 = 64;
/** Days between two looks at their length. */
const REVIEW_DAYS: i32 = 512;
/** Events a day at most, more or less; and where many are to be looked at together. */
const MANY_EVENTS: i32 = 16;
const MANY_TOGETHER: i32 = 64;
/** A day with fewer than this share of them is lengthened. */
const FEW_SHARE: i32 = 8;
const SHORTEST: i32 = 8;
const LONGEST: i32 = 40;

/** In place of a time: there is no event. */
export const NEVER: i64 = i64.MAX_VALUE;

let days: i32 = 0;
let shift: i32 = 20;
let manyEvents: i32 = MANY_EVENTS;
let buckets: usize = 0;
let occupied: usize = 0;
let openDay: i64 = -1;
let inBuckets: i32 = 0;
let far: usize = 0;
let farDay: i64 = NEVER;
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
  openOpenDay();
}

/** Enters an event that lies in the future, or at this instant. */
export function push(event: Event): void {
  const day = event.time >> shift;
  if (day <= openDay) {
    pushOpen(event);
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
  return openCount;
}

/** When the next event is, or `NEVER`. */
export function nextTime(): i64 {
  if (openCount == 0 && !openNextDay()) return NEVER;
  return firstOpenTime();
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
  fillOpenDay(buckets + (slot << 2));
  isDayNew = true;
  daysOpened++;
  eventsOpened += openCount;
  inBuckets -= openCount;
  return true;
}

/** Makes a list the open day's events: first all are read, then they are ordered. */
function fillOpenDay(list: usize): void {
  for (let end = takeAll(list); end != 0; end = giveBlock(end)) {
    for (let place = firstPlace(end); place < end; place += PLACE_BYTES) fillOpen(eventAt(place));
  }
  orderOpen();
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

/** The open day is empty here, so the present lies at the end of the open day at the latest. */
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
