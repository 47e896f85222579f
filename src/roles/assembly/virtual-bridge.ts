/**
 * The bridge of a process in virtual time: at the end of each window it hands the events of this
 * process's threads to other processes, and theirs to these threads, with what ranks see of each
 * other. What an event names without carrying it goes ahead of it: the tracker's lists.
 *
 *     message:  64 bytes  the sums of this process's threads: time of the next event, finished ranks,
 *                         blocks sent, segments delivered; then the records that follow
 *               64 bytes  each record: an event as `event.ts` lays it out, or, of another kind, up
 *                         to eight words of something else from byte 32 on
 */
import { EVENT_BYTES, Event, copyEvent } from '../../comm/assembly/simulated/event';
import { BROADCAST } from '../../comm/assembly/simulated/links';
import { endOf, eventsOf, nextChunk, roomOf } from '../../comm/assembly/simulated/mail';
import {
  deliveredByThreads,
  finishedByThreads,
  mail,
  mailCountFrom,
  mailFrom,
  meetThreads,
  openTogether,
  sentByThreads,
  startOfThreads,
} from '../../comm/assembly/simulated/windows';
import { allocate, at, put } from '../../shm/assembly/memory';
import { PeerTag } from '../bep3-tags';
import { Tag } from '../tags';
import { usesAvailability } from './pickers/index';
import { Pairs, nextRows, openSeen, turnSeen } from './seen';
import { countFresh, logEntry, rowBytes } from './swarm';

const RECORD_BYTES: usize = 64;

/** Where a record's kind stands, its count, and its words. */
const KIND: usize = offsetof<Event>('kind');
const COUNT: usize = 28;
const WORDS: usize = 32;
const MOST_WORDS: i32 = 8;

/** Kinds of records; an event is 0. */
const LIST: i32 = 1;
const LOG: i32 = 2;
const SEEN: i32 = 3;

/** Header of a message. */
const FINISHED: usize = 8;
const SENT: usize = 12;
const DELIVERED: usize = 16;
const RECORDS: usize = 20;

/** What is for one other process. */
@unmanaged
class Outgoing {
  message: usize;
  capacity: i32;
  count: i32;
  /** For each file the entries of its log that went over, in which version of the logs. */
  logSent: usize;
  logVersion: i32;

  append(kind: i32): usize {
    if (this.count + 1 >= this.capacity) this.grow();
    const record = this.message + <usize>++this.count * RECORD_BYTES;
    store<i32>(record, kind, KIND);
    return record;
  }

  private grow(): void {
    const capacity = max(256, this.capacity * 2);
    const message = allocate(<usize>capacity * RECORD_BYTES);
    memory.copy(message, this.message, <usize>this.capacity * RECORD_BYTES);
    this.message = message;
    this.capacity = capacity;
  }
}

let processes: i32 = 0;
let self: i32 = 0;
let threads: i32 = 0;
let processOf: usize = 0;
let threadOf: usize = 0;
let outgoing: usize = 0;
let fileCount: i32 = 0;
let hasRows: bool = false;

/** The ranks of this process, and their rows as they were told. */
let first: i32 = 0;
let count: i32 = 0;
let toldUploads: usize = 0;
let toldRows: usize = 0;

/** What other processes told of their ranks for this window, and for the one before: see `tellWord`. */
let seen: Pairs = changetype<Pairs>(0);
let seenBefore: Pairs = changetype<Pairs>(0);

/** Sums over the other processes. */
let start: i64 = 0;
let finished: i32 = 0;
let sent: i32 = 0;
let delivered: i32 = 0;

/** The list that the next event names. */
let list: usize = 0;
let listCount: i32 = 0;

/**
 * @param processOfRanks address of the process of each rank
 * @param placement address of the thread of each rank
 * @param hosted first of the `hostedCount` ranks of this process
 * @param seenRows as for `openSeen`; 0 where ranks do not see each other's rows
 */
export function openVirtualBridge(
  processCount: i32,
  process: i32,
  processOfRanks: usize,
  threadCount: i32,
  placement: usize,
  hosted: i32,
  hostedCount: i32,
  files: i32,
  seenRows: usize,
): void {
  processes = processCount;
  self = process;
  processOf = processOfRanks;
  threads = threadCount;
  threadOf = placement;
  first = hosted;
  count = hostedCount;
  fileCount = files;
  outgoing = allocate((<usize>processes) << 2);
  for (let index = 0; index < processes; index++) {
    const to = changetype<Outgoing>(allocate(offsetof<Outgoing>()));
    to.logSent = allocate((<usize>max(1, files)) << 2);
    to.append(0);
    put(outgoing, index, <i32>changetype<usize>(to));
  }
  hasRows = seenRows != 0;
  if (!hasRows) return;
  openSeen(seenRows);
  toldUploads = allocate((<usize>count) << 2);
  toldRows = allocate(<usize>count * rowBytes);
  seen = changetype<Pairs>(allocate(offsetof<Pairs>()));
  seenBefore = changetype<Pairs>(allocate(offsetof<Pairs>()));
}

function outgoingTo(process: i32): Outgoing {
  return changetype<Outgoing>(<usize>at(outgoing, process));
}

/**
 * Waits for this process's threads, and writes what they have for each other process.
 *
 * @returns false where the run was given up
 */
export function closeWindow(): bool {
  for (let process = 0; process < processes; process++) outgoingTo(process).count = 0;
  if (!meetThreads()) return false;
  for (let thread = 0; thread < threads; thread++) {
    packAll(mailFrom(thread), mailCountFrom(thread));
  }
  if (hasRows) tellSeen();
  for (let process = 0; process < processes; process++) writeHeader(outgoingTo(process));
  start = i64.MAX_VALUE;
  finished = 0;
  sent = 0;
  delivered = 0;
  return true;
}

function writeHeader(to: Outgoing): void {
  store<i64>(to.message, startOfThreads);
  store<i32>(to.message, finishedByThreads, FINISHED);
  store<i32>(to.message, sentByThreads, SENT);
  store<i32>(to.message, deliveredByThreads, DELIVERED);
  store<i32>(to.message, to.count, RECORDS);
}

/** Address of the message for `process`, and its bytes. */
export function windowMessage(process: i32): usize {
  return outgoingTo(process).message;
}

export function windowMessageBytes(process: i32): i32 {
  return (outgoingTo(process).count + 1) * <i32>RECORD_BYTES;
}

/** Packs the `left` events of the chunks from `first` on; see `mail.ts`. */
function packAll(first: usize, left: i32): void {
  for (let chunk = first; left > 0; chunk = nextChunk(chunk)) {
    const end = endOf(chunk, left);
    for (let place = eventsOf(chunk); place < end; place += EVENT_BYTES) {
      pack(changetype<Event>(place));
    }
    left -= roomOf(chunk);
  }
}

function pack(event: Event): void {
  if ((event.tag & BROADCAST) == 0) {
    packFor(outgoingTo(at(processOf, event.dest)), event);
    return;
  }
  for (let process = 0; process < processes; process++) {
    if (process != self) packFor(outgoingTo(process), event);
  }
}

function packFor(to: Outgoing, event: Event): void {
  if (hasRows && event.tag == Tag.HoldersAnswer) bringLog(to, event);
  if (!hasRows && event.tag == PeerTag.Peers) bringList(to, <usize>event.a, event.b);
  const record = to.append(0);
  copyEvent(record, changetype<usize>(event));
  store<i32>(record, 0, KIND);
}

function bringList(to: Outgoing, ranks: usize, length: i32): void {
  for (let from = 0; from < length; from += MOST_WORDS) {
    const record = to.append(LIST);
    const words = min(MOST_WORDS, length - from);
    store<i32>(record, length);
    store<i32>(record, words, COUNT);
    memory.copy(record + WORDS, ranks + ((<usize>from) << 2), (<usize>words) << 2);
  }
}

/** Sends the log's entries that an answer refers to and the far side does not have. */
function bringLog(to: Outgoing, event: Event): void {
  const file = event.a;
  const total = event.d;
  const version = event.e;
  if (version != to.logVersion) {
    memory.fill(to.logSent, 0, (<usize>fileCount) << 2);
    to.logVersion = version;
  }
  for (let from = at(to.logSent, file); from < total; from += MOST_WORDS) {
    const record = to.append(LOG);
    const words = min(MOST_WORDS, total - from);
    store<i32>(record, file);
    store<i32>(record, from, 4);
    store<i32>(record, version, 8);
    store<i32>(record, words, COUNT);
    memory.copy(record + WORDS, logEntry(file, from, version), (<usize>words) << 2);
  }
  put(to.logSent, file, total);
}

/** Tells what has changed in the rows of this process's ranks. */
function tellSeen(): void {
  const uploads = nextRows(0);
  const holdings = nextRows(2);
  for (let index = 0; index < count; index++) {
    const value = at(uploads, first + index);
    if (value != at(toldUploads, index)) {
      put(toldUploads, index, value);
      tellWord(-1 - (first + index), value);
    }
    const row = holdings + <usize>(first + index) * rowBytes;
    const told = toldRows + <usize>index * rowBytes;
    for (let offset: usize = 0; offset < rowBytes; offset += 4) {
      const bits = load<i32>(row + offset);
      if (bits == load<i32>(told + offset)) continue;
      store<i32>(told + offset, bits);
      tellWord(<i32>((row + offset - holdings) >> 2), bits);
    }
  }
}

/** @param place a word of the holdings from 0 on, or -1 less a rank: its uploads */
function tellWord(place: i32, value: i32): void {
  for (let process = 0; process < processes; process++) {
    if (process == self) continue;
    const to = outgoingTo(process);
    let record = to.message + <usize>to.count * RECORD_BYTES;
    if (
      load<i32>(record, KIND) != SEEN ||
      to.count == 0 ||
      load<i32>(record, COUNT) == MOST_WORDS
    ) {
      record = to.append(SEEN);
      store<i32>(record, 0, COUNT);
    }
    const words = load<i32>(record, COUNT);
    put(record + WORDS, words, place);
    put(record + WORDS, words + 1, value);
    store<i32>(record, words + 2, COUNT);
  }
}

/** Takes in the message of another process for this window. */
export function takeWindowMessage(message: usize): void {
  start = min(start, load<i64>(message));
  finished += load<i32>(message, FINISHED);
  sent += load<i32>(message, SENT);
  delivered += load<i32>(message, DELIVERED);
  const records = load<i32>(message, RECORDS);
  for (let index = 1; index <= records; index++) {
    const record = message + <usize>index * RECORD_BYTES;
    switch (load<i32>(record, KIND)) {
      case LIST: {
        takeList(record);
        break;
      }
      case LOG: {
        takeLog(record);
        break;
      }
      case SEEN: {
        for (let word = 0; word < load<i32>(record, COUNT); word += 2) {
          seen.add(at(record + WORDS, word), at(record + WORDS, word + 1));
        }
        break;
      }
      default: {
        takeEventFrom(record);
      }
    }
  }
}

/** Lists are put together from their records, each of which tells the whole length. */
function takeList(record: usize): void {
  const words = load<i32>(record, COUNT);
  if (listCount == 0) list = allocate((<usize>load<i32>(record)) << 2);
  memory.copy(list + ((<usize>listCount) << 2), record + WORDS, (<usize>words) << 2);
  listCount += words;
}

function takeLog(record: usize): void {
  const entry = logEntry(load<i32>(record), load<i32>(record, 4), load<i32>(record, 8));
  memory.copy(entry, record + WORDS, (<usize>load<i32>(record, COUNT)) << 2);
}

function takeEventFrom(record: usize): void {
  const event = changetype<Event>(record);
  if ((event.tag & BROADCAST) != 0) {
    for (let thread = 0; thread < threads; thread++) mail(thread, event);
    return;
  }
  if (listCount > 0) {
    event.a = <i32>list;
    list = 0;
    listCount = 0;
  }
  mail(at(threadOf, event.dest), event);
}

/** Opens the next window, once the messages of all others were taken in; see `windows.ts`. */
export function openWithOthers(): i32 {
  if (hasRows) enterSeenWords();
  const state = openTogether(start, finished, sent, delivered);
  if (hasRows) turnSeenWords();
  return state;
}

/** As `enterSeen`: a set misses what was told for the window before, when it was the one read. */
function enterSeenWords(): void {
  enter(seenBefore);
  enter(seen);
}

function enter(told: Pairs): void {
  const uploads = nextRows(0);
  const available = nextRows(1);
  const holdings = nextRows(2);
  for (let index = 0; index < told.count; index++) {
    const place = at(told.words, index * 2);
    const value = at(told.words, index * 2 + 1);
    if (place < 0) {
      put(uploads, -1 - place, value);
      continue;
    }
    if (usesAvailability) countFresh(available, holdings, holdings + ((<usize>place) << 2), value);
    put(holdings, place, value);
  }
}

function turnSeenWords(): void {
  const again = seenBefore;
  seenBefore = seen;
  seen = again;
  seen.count = 0;
  turnSeen();
}
