/**
 * Threads advance through virtual time together, window by window. A window is no longer than the
 * smallest latency: nothing that a thread does in one can reach another thread's rank before the
 * next (Chandy and Misra's conservative synchronisation, with a barrier in place of null messages).
 *
 * What thread A has for thread B are copies of events (`mail.ts`), handed over at the barrier:
 *
 *     words of a parity:  of each thread the time of its next event, its finished ranks, the blocks
 *                         it sent and the segments it was delivered;
 *                         mail[from][to]: the first chunk of copies, and how many they are
 *
 * There are two sets of these words and copies, used by turns: a thread that is first through a
 * barrier writes one set while a slower one still reads the other.
 *
 * Where several processes simulate together, the bridge of each (`roles/assembly/virtual-bridge.ts`)
 * is one more thread, and all meet twice: first the threads hand over what they have, to the bridge
 * as well, which then has the events of other processes for them, and these processes' part of the
 * sums for its own words.
 */
import { allocate, at } from '../../../shm/assembly/memory';
import { BARRIER_BYTES, MAIL_BYTES, TOLD_BYTES } from '../../simulated-layout';
import { NEVER, nextTime, push } from './agenda';
import { EVENT_BYTES, Event, copyEvent, giveEvent, takeEvent } from './event';
import { Mail, endOf, eventsOf, nextChunk, roomOf } from './mail';

/**
 * Looks at the barrier before a thread sleeps, where every thread has a core: as long as the others
 * may have more to do in a short window (1,000 clients of `ack`: 1.06 times as fast as with 20,000).
 */
const SPINS: i32 = 100_000;

/** A sleep is bounded, so that a thread whose partner died sees that the run was given up. */
const WAIT_NS: i64 = 100_000_000;

const ARRIVED: usize = 0;
const GENERATION: usize = 128;

/** What became of a window. */
export const OPENED: i32 = 0;
export const ALL_FINISHED: i32 = 1;
export const NOTHING_LEFT: i32 = 2;
export const ABORTED: i32 = 3;
export const TIME_IS_UP: i32 = 4;
export const STALLED: i32 = 5;

let self: i32 = 0;
let threads: i32 = 1;
let threadOf: usize = 0;
let shared: usize = 0;
let setBytes: usize = 0;
let spins: i32 = 0;
let lookahead: i64 = 0;
let end: i64 = NEVER;
let toFinish: i32 = 0;
let abort: usize = 0;
/** Of each parity the mail for each thread, and the earliest time of any that was not handed over. */
let outbox: usize = 0;
let earliestSent: i64 = NEVER;
let parity: i32 = 0;
/** The thread that is the bridge to other processes, or -1. */
let bridge: i32 = -1;

/** Ranks here that have what they want, or never will. */
let finishedHere: i32 = 0;
/** Blocks that left here, those of all threads by the last window's end, and when one last did. */
let sentHere: i32 = 0;
let sentByAll: i32 = 0;
let lastSent: i64 = 0;
let quietNs: i64 = NEVER;
/** Segments delivered here, and those of all threads by the last window's end. */
let deliveredHere: i32 = 0;
export let deliveredByAll: i64 = 0;

/** The instant that is being simulated, in ns. */
export let now: i64 = 0;
/** When the present window began. */
export let windowStart: i64 = 0;
/** No event at or after this instant may be handled yet. */
export let windowEnd: i64 = 0;

function bytesOfSet(count: i32): usize {
  return (<usize>(count * TOLD_BYTES + count * count * MAIL_BYTES) + 127) & ~127;
}

/**
 * @param words address of zeroed words; see `swarm/virtual/plan.ts` for how many
 * @param placement address of the thread of each rank
 * @param windowNs the smallest latency; 0 only where one thread does it all
 * @param endNs virtual time at which the run ends, or 0
 * @param ranksToFinish how many ranks must have finished for the run to end
 * @param abortWord address of a word that is not 0 once the run was given up
 */
export function openWindows(
  thread: i32,
  threadCount: i32,
  words: usize,
  placement: usize,
  windowNs: f64,
  endNs: f64,
  ranksToFinish: i32,
  abortWord: usize,
  hasCore: bool,
): void {
  self = thread;
  threads = threadCount;
  shared = words;
  threadOf = placement;
  setBytes = bytesOfSet(threadCount);
  outbox = allocate(<usize>threadCount * 2 * offsetof<Mail>());
  lookahead = max(1, <i64>windowNs);
  end = endNs > 0 ? <i64>endNs : NEVER;
  toFinish = ranksToFinish;
  abort = abortWord;
  spins = hasCore ? SPINS : 0;
}

/**
 * Gives a run up that goes on without getting anywhere: peers choose whom to upload to for ever.
 *
 * @param afterNs the instant from which on nobody comes or goes any more
 * @param forNs how long no block may leave after that
 */
export function openStall(afterNs: f64, forNs: f64): void {
  lastSent = <i64>afterNs;
  quietNs = <i64>forNs;
}

/** A block of data has left. */
export function noteSent(): void {
  sentHere++;
}

/** So many segments are delivered here, or will never be. */
export function noteDelivered(segments: i32): void {
  deliveredHere += segments;
}

/** For how long no block has left by the beginning of this window. */
export function stillness(): i64 {
  return windowStart - lastSent;
}

/** Something happened after which blocks may leave again. */
export function endStillness(): void {
  lastSent = max(lastSent, now);
}

/** Whether `rank` is hosted here. */
export function isHere(rank: i32): bool {
  return at(threadOf, rank) == self && self != bridge;
}

export function noteFinished(): void {
  finishedHere++;
}

/** When the run ends at the latest; `NEVER` where nothing says so. */
export function runEnd(): i64 {
  return end;
}

/** Makes `time` the present. */
export function setNow(time: i64): void {
  now = time;
}

/** Enters an event at the thread that hosts its rank. */
export function schedule(event: Event): void {
  const thread = at(threadOf, event.dest);
  if (thread == self) push(event);
  else scheduleAt(thread, event);
}

/** Another process simulates with this one: `thread`, the last one, speaks to it. */
export function openWindowBridge(thread: i32): void {
  bridge = thread;
}

/** Enters an event at another thread; the record is given back. */
export function scheduleAt(thread: i32, event: Event): void {
  mail(thread, event);
  giveEvent(event);
}

/** Enters an event at another thread; the record is not used any more. */
export function mail(thread: i32, event: Event): void {
  // Conservative: what leaves a window arrives after it.
  if (event.time < windowEnd) unreachable();
  mailFor(thread).add(event);
  earliestSent = min(earliestSent, event.time);
}

/** What goes to `thread` at the end of this window. */
function mailFor(thread: i32): Mail {
  return changetype<Mail>(outbox + <usize>(parity * threads + thread) * offsetof<Mail>());
}

function setOf(which: i32): usize {
  return shared + BARRIER_BYTES + <usize>which * setBytes;
}

/** Where `thread` tells how far it is. */
function wordsOf(set: usize, thread: i32): usize {
  return set + <usize>(thread * TOLD_BYTES);
}

function mailWord(set: usize, from: i32, to: i32): usize {
  return wordsOf(set, threads) + <usize>((from * threads + to) * MAIL_BYTES);
}

/** Ends a window together with all threads and opens the next one; says what became of it. */
export function nextWindow(): i32 {
  const set = handOver();
  if (threads > 1 && !meet()) return ABORTED;
  if (bridge >= 0 && !meet()) return ABORTED;
  if (atomic.load<i32>(abort) != 0) return ABORTED;
  for (let from = 0; from < threads; from++) {
    const word = mailWord(set, from, self);
    collect(<usize>load<u32>(word), load<i32>(word, 4));
  }
  return decide(set);
}

/** What all have told makes of the window: the same on every thread of every process. */
function decide(set: usize): i32 {
  let start = NEVER;
  let finished = 0;
  let sent = 0;
  let delivered: i64 = 0;
  for (let from = 0; from < threads; from++) {
    const words = wordsOf(set, from);
    start = min(start, load<i64>(words));
    finished += load<i32>(words, 8);
    sent += load<i32>(words, 12);
    delivered += <i64>load<i32>(words, 16);
  }
  deliveredByAll = delivered;
  if (finished >= toFinish) return ALL_FINISHED;
  if (start == NEVER) return NOTHING_LEFT;
  if (start >= end) return TIME_IS_UP;
  if (sent != sentByAll) {
    sentByAll = sent;
    lastSent = max(lastSent, start);
  } else if (start - lastSent > quietNs) return STALLED;
  windowStart = start;
  windowEnd = min(start + lookahead, end);
  return OPENED;
}

/** The sums of this process's threads; see {@link meetThreads}. */
export let startOfThreads: i64 = NEVER;
export let finishedByThreads: i32 = 0;
export let sentByThreads: i32 = 0;
export let deliveredByThreads: i32 = 0;

/**
 * The bridge: waits until the threads here have handed over what they have, and sums it up.
 *
 * @returns false where the run was given up
 */
export function meetThreads(): bool {
  if (!meet() || atomic.load<i32>(abort) != 0) return false;
  const set = setOf(parity);
  startOfThreads = NEVER;
  finishedByThreads = 0;
  sentByThreads = 0;
  deliveredByThreads = 0;
  for (let from = 0; from < bridge; from++) {
    const words = wordsOf(set, from);
    startOfThreads = min(startOfThreads, load<i64>(words));
    finishedByThreads += load<i32>(words, 8);
    sentByThreads += load<i32>(words, 12);
    deliveredByThreads += load<i32>(words, 16);
  }
  return true;
}

/** The bridge: the first chunk of the events that `thread` has for other processes; see `mail.ts`. */
export function mailFrom(thread: i32): usize {
  return <usize>load<u32>(mailWord(setOf(parity), thread, bridge));
}

/** The bridge: how many they are. */
export function mailCountFrom(thread: i32): i32 {
  return load<i32>(mailWord(setOf(parity), thread, bridge), 4);
}

/** The bridge: hands over what other processes have, and opens the next window with all threads. */
export function openTogether(start: i64, finished: i32, sent: i32, delivered: i32): i32 {
  finishedHere = finished;
  sentHere = sent;
  deliveredHere = delivered;
  earliestSent = start;
  const set = handOver();
  meet();
  const state = decide(set);
  // In the last window nobody waits to be told that the run was given up.
  return state == OPENED && atomic.load<i32>(abort) != 0 ? ABORTED : state;
}

/**
 * Publishes this thread's part of the window's result; what comes now belongs to the other set.
 *
 * @returns the set that all threads publish this window's result in
 */
function handOver(): usize {
  const set = setOf(parity);
  const mine = wordsOf(set, self);
  store<i64>(mine, min(nextTime(), earliestSent));
  store<i32>(mine, finishedHere, 8);
  store<i32>(mine, sentHere, 12);
  store<i32>(mine, deliveredHere, 16);
  for (let to = 0; to < threads; to++) {
    const copies = mailFor(to);
    const word = mailWord(set, self, to);
    store<u32>(word, <u32>copies.first);
    store<i32>(word, copies.count, 4);
  }
  parity ^= 1;
  for (let to = 0; to < threads; to++) mailFor(to).clear();
  earliestSent = NEVER;
  return set;
}

/** Enters the `count` events of the chunks from `first` on; see `mail.ts`. */
function collect(first: usize, count: i32): void {
  for (let chunk = first; count > 0; chunk = nextChunk(chunk)) {
    const end = endOf(chunk, count);
    for (let place = eventsOf(chunk); place < end; place += EVENT_BYTES) {
      const event = takeEvent();
      copyEvent(changetype<usize>(event), place);
      // No event may arrive in a rank's past.
      if (event.time < windowEnd) unreachable();
      push(event);
    }
    count -= roomOf(chunk);
  }
}

/**
 * Waits until every thread is here; what each stored before is seen by all after.
 *
 * @returns false where the run was given up meanwhile
 */
function meet(): bool {
  const generation = atomic.load<i32>(shared + GENERATION);
  if (atomic.add<i32>(shared + ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(shared + ARRIVED, 0);
    // Publishes all sets; pairs with the loads below.
    atomic.store<i32>(shared + GENERATION, generation + 1);
    atomic.notify(shared + GENERATION, -1);
    return true;
  }
  for (let look = 0; look < spins; look++) {
    if (atomic.load<i32>(shared + GENERATION) != generation) return true;
  }
  while (atomic.load<i32>(shared + GENERATION) == generation) {
    if (atomic.load<i32>(abort) != 0) return false;
    atomic.wait<i32>(shared + GENERATION, generation, WAIT_NS);
  }
  return true;
}
