/**
 * The bridge: the thread of a process that carries messages between its ranks and those of other
 * processes. What ranks here send to ranks elsewhere stands in the bridge's own rings, like any
 * thread's; it is packed into batches by process, and unpacked into the rings on the far side.
 *
 * What a message names without carrying it does not exist over there, so it is carried as well: the
 * entries of the tracker's log that a list of holders refers to go ahead of it, and the board's rows
 * are told word by word as they change. The bytes of segments go beside the batches; who drives the
 * bridge (`swarm/cluster/bridge.ts`) sees to them.
 *
 *     batch:   32 bytes  records, batches taken in from the receiver
 *              32 bytes  each record, a slot with its kind in place of the stamp
 *     record:  a tag of `tags.ts`: a message as it was sent; or a kind of `bridge-records.ts`
 */
import * as endpoint from '../../comm/assembly/endpoint';
import { DEST, PAYLOAD, SLOT_BYTES, SOURCE } from '../../ringbuf/assembly/ring';
import { allocate, at, put } from '../../shm/assembly/memory';
import { BOARD_PAIRS, RECORD_BOARD, RECORD_LOG } from '../bridge-records';
import { NACK, Tag } from '../tags';
import { usesAvailability } from './pickers/index';
import {
  availability,
  boardBase,
  countFresh,
  downloadCounts,
  finishedFlags,
  hasContent,
  holdingsRow,
  lengthOf,
  logEntry,
  ranks,
  rowBytes,
  uploadCounts,
} from './swarm';
import { isStored } from './landing';

/** Entries of a holder log that a record carries: its payload words. */
const LOG_ENTRIES: i32 = 5;

/** Words of an entry of the list of segments whose bytes go beside a batch: cell, bytes. */
const DATA_WORDS: i32 = 2;

/** One other process. */
@unmanaged
class Peer {
  /** The batch that is being filled. */
  batch: usize;
  count: i32;
  /** Cells whose bytes follow the batch. */
  data: usize;
  dataCount: i32;
  /** For each file the entries of its holder log that went over, in which version of the logs. */
  logSent: usize;
  logVersion: i32;
  /** Deaths that went over, of those on the list. */
  deathsTold: i32;
  isGone: bool;

  @inline
  append(): usize {
    return this.batch + <usize>++this.count * SLOT_BYTES;
  }
}

let peers: usize = 0;
let processes: i32 = 0;
let self: i32 = 0;
let processOf: usize = 0;
let capacity: i32 = 0;
let fileCount: i32 = 0;

/** The ranks of this process, and their rows as they were told. */
let first: i32 = 0;
let count: i32 = 0;
let toldUploads: usize = 0;
let toldDownloads: usize = 0;
let toldFinished: usize = 0;
let toldAlive: usize = 0;
let aliveFlags: usize = 0;
let toldRows: usize = 0;
/** Where the next look at the rows begins. */
let cursor: i32 = 0;

/** Words to tell, up to a record's worth. */
let pairs: usize = 0;
let pairCount: i32 = 0;

/** Ranks that have died, in the order in which it became known here. */
let deaths: usize = 0;
let deathCount: i32 = 0;

/** Segments that ranks here asked of other processes and were given from what is here. */
let servedHere: i32 = 0;
let servesHere: bool = false;

/** Segments that came and are not handed on yet; see `deliver`. */
let waiting: usize = 0;

/** For each process that shares its content store: where its cells begin among those here; or 0. */
let mates: usize = 0;

/**
 * @param processOfRanks address of the process of each rank
 * @param batchBytes bytes of a batch
 * @param alive address of the board's word a rank that says whether it lives
 * @param hosted first of the `hostedCount` ranks of this process
 * @param hostCache whether requests for what is stored here are answered here
 */
export function openBridge(
  processCount: i32,
  process: i32,
  processOfRanks: usize,
  batchBytes: i32,
  alive: usize,
  hosted: i32,
  hostedCount: i32,
  files: i32,
  hostCache: bool,
): void {
  processes = processCount;
  self = process;
  processOf = processOfRanks;
  capacity = batchBytes / <i32>SLOT_BYTES - 1;
  first = hosted;
  count = hostedCount;
  fileCount = files;
  servesHere = hostCache;
  peers = allocate((<usize>processes) << 2);
  waiting = allocate(processes);
  mates = allocate((<usize>processes) << 2);
  for (let index = 0; index < processes; index++) {
    const peer = changetype<Peer>(allocate(offsetof<Peer>()));
    peer.data = allocate((<usize>(capacity * DATA_WORDS)) << 2);
    peer.logSent = allocate((<usize>files) << 2);
    peer.isGone = index == self;
    put(peers, index, <i32>changetype<usize>(peer));
  }
  const bytes = (<usize>count) << 2;
  toldUploads = allocate(bytes);
  toldDownloads = allocate(bytes);
  toldFinished = allocate(bytes);
  toldAlive = allocate(bytes);
  aliveFlags = alive;
  memory.copy(toldAlive, aliveFlags + ((<usize>first) << 2), bytes);
  toldRows = allocate(<usize>count * rowBytes);
  // What is held from the start is known everywhere.
  memory.copy(toldRows, holdingsRow(first), <usize>count * rowBytes);
  pairs = allocate(BOARD_PAIRS << 3);
  deaths = allocate((<usize>ranks) << 2);
}

/** The cells of `process` can be read here as those from `firstCell` on: nothing has to come. */
export function openMate(process: i32, firstCell: i32): void {
  put(mates, process, firstCell);
}

function peerAt(process: i32): Peer {
  return changetype<Peer>(<usize>at(peers, process));
}

/** Gives the next batch for `process` to fill; 0: there is none, and messages wait. */
export function giveBatch(process: i32, batch: usize): void {
  const peer = peerAt(process);
  peer.batch = batch;
  peer.count = batch == 0 ? capacity : 0;
  peer.dataCount = 0;
}

/** Records in the batch for `process`. */
export function batchCount(process: i32): i32 {
  return peerAt(process).count;
}

/** Address of (cell, bytes) of the segments whose bytes follow the batch. */
export function batchData(process: i32): usize {
  return peerAt(process).data;
}

export function batchDataCount(process: i32): i32 {
  return peerAt(process).dataCount;
}

/** `process` has died: nothing is sent there any more, and its ranks are dead. */
export function loseProcess(process: i32): void {
  const peer = peerAt(process);
  peer.isGone = true;
  peer.count = 0;
  for (let rank = 0; rank < ranks; rank++) {
    if (at(processOf, rank) != process || endpoint.isForgotten(rank)) continue;
    endpoint.forget(rank);
    endpoint.tellThreads(Tag.RankDied, rank);
  }
}

/** Appends a record of a kind of its own; false where the batch has no room. */
export function appendRecord(process: i32, kind: i32, a: i32, b: i32): bool {
  const peer = peerAt(process);
  if (peer.isGone) return true;
  if (peer.count == capacity) return false;
  const slot = peer.append();
  store<i32>(slot, kind);
  store<i32>(slot, self, SOURCE);
  store<i32>(slot, a, PAYLOAD);
  store<i32>(slot, b, PAYLOAD + 4);
  return true;
}

/**
 * Packs what ranks here have sent.
 *
 * @returns how much there was
 */
export function collect(): i32 {
  // Noted first: what a dead rank has sent stands in the rings by then, and goes ahead.
  const died = endpoint.inboxRing(Tag.RankDied).ready();
  let packed = died;
  for (let tag = Tag.LoadAnswer; tag >= 0; tag--) packed += packTag(tag);
  for (let index = 0; index < died; index++) takeDeath();
  tellDeaths();
  return packed;
}

function packTag(tag: i32): i32 {
  const ring = endpoint.inboxRing(tag);
  let packed = 0;
  for (;;) {
    const ready = ring.ready();
    let index = 0;
    while (index < ready && pack(tag, ring.slot(ring.position + index))) index++;
    ring.position += index;
    packed += index;
    if (index < ready || ready == 0) break;
  }
  endpoint.releaseSome(ring);
  return packed;
}

/** Returns false where the message must wait for the next batch. */
function pack(tag: i32, slot: usize): bool {
  const dest = load<i32>(slot, DEST);
  // A message of a thread that died in the middle of sending is for nobody.
  if (<u32>dest >= <u32>ranks) return true;
  const peer = peerAt(at(processOf, dest));
  if (peer.isGone) return true;
  if (tag == Tag.SegmentRequest && servesHere && serveHere(slot, dest)) return true;
  if (tag == Tag.HoldersAnswer && !bringLog(peer, slot)) return false;
  if (peer.count == capacity) return false;
  const to = peer.append();
  memory.copy(to, slot, SLOT_BYTES);
  store<i32>(to, tag);
  if (tag != Tag.SegmentAnswer || !hasContent) return true;
  const cell = load<i32>(slot, PAYLOAD + 8);
  if (cell == NACK) return true;
  put(peer.data, peer.dataCount * DATA_WORDS, cell);
  put(peer.data, peer.dataCount * DATA_WORDS + 1, load<i32>(slot, PAYLOAD + 12));
  peer.dataCount++;
  return true;
}

/** Answers a request in place of `holder`, where some rank here holds the segment already. */
function serveHere(slot: usize, holder: i32): bool {
  const segment = load<i32>(slot, PAYLOAD);
  if (!isStored(segment)) return false;
  const source = load<i32>(slot, SOURCE);
  const ticket = load<i32>(slot, PAYLOAD + 4);
  endpoint.send(Tag.SegmentAnswer, holder, source, segment, ticket, segment, lengthOf(segment));
  servedHere++;
  return true;
}

/** Sends the log's entries that an answer refers to and the far side does not have. */
function bringLog(peer: Peer, slot: usize): bool {
  const file = load<i32>(slot, PAYLOAD);
  const total = load<i32>(slot, PAYLOAD + 12);
  const version = load<i32>(slot, PAYLOAD + 16);
  if (version != peer.logVersion) {
    // Entries have moved: all of them are told again.
    memory.fill(peer.logSent, 0, (<usize>fileCount) << 2);
    peer.logVersion = version;
  }
  let sent = at(peer.logSent, file);
  while (sent < total) {
    if (peer.count == capacity) return false;
    const record = peer.append();
    store<i32>(record, RECORD_LOG);
    store<i32>(record, file, SOURCE);
    store<i32>(record, sent, DEST);
    const entries = min(LOG_ENTRIES, total - sent);
    for (let index = 0; index < LOG_ENTRIES; index++) {
      const rank = index < entries ? load<i32>(logEntry(file, sent + index, version)) : -1;
      put(record + PAYLOAD, index, rank);
    }
    sent += entries;
    put(peer.logSent, file, sent);
  }
  return true;
}

function takeDeath(): void {
  const ring = endpoint.inboxRing(Tag.RankDied);
  noteDeath(load<i32>(ring.slot(ring.position), PAYLOAD));
  ring.position++;
}

function noteDeath(rank: i32): void {
  endpoint.forget(rank);
  put(deaths, deathCount++, rank);
}

/** Tells the other processes which ranks of this one have died. */
function tellDeaths(): void {
  for (let process = 0; process < processes; process++) {
    const peer = peerAt(process);
    while (!peer.isGone && peer.deathsTold < deathCount) {
      if (!appendRecord(process, Tag.RankDied, at(deaths, peer.deathsTold), 0)) break;
      peer.deathsTold++;
    }
  }
}

/** Records that every batch has room for. */
function commonRoom(): i32 {
  let room = capacity;
  for (let process = 0; process < processes; process++) {
    const peer = peerAt(process);
    if (!peer.isGone) room = min(room, capacity - peer.count);
  }
  return room;
}

/**
 * Tells what has changed on the board since it was told, as far as there is room for it.
 *
 * @param all whether to look at all rows, not only at those whose counts moved
 * @returns how much there was
 */
export function tellBoard(all: bool): i32 {
  let room = commonRoom() - 1;
  const before = room;
  for (let step = 0; step < count && room > 0; step++) {
    const index = cursor;
    cursor = cursor + 1 == count ? 0 : cursor + 1;
    room -= tellCount(uploadCounts, toldUploads, index);
    const moved = tellCount(downloadCounts, toldDownloads, index);
    room -= moved + tellCount(finishedFlags, toldFinished, index);
    room -= tellCount(aliveFlags, toldAlive, index);
    if (moved == 0 && !all) continue;
    room = tellRow(index, room);
    // The rest of the row comes first the next time.
    if (room <= 0) cursor = index;
  }
  if (pairCount > 0) tellPairs();
  return before - room;
}

/** Whether the words told come to anything; a rank whose row was cut short is looked at again. */
function tellCount(counts: usize, told: usize, index: i32): i32 {
  const value = at(counts, first + index);
  if (value == at(told, index)) return 0;
  put(told, index, value);
  tellWord(counts + ((<usize>(first + index)) << 2), value);
  return 1;
}

function tellRow(index: i32, room: i32): i32 {
  const row = holdingsRow(first + index);
  const told = toldRows + <usize>index * rowBytes;
  for (let offset: usize = 0; offset < rowBytes; offset += 4) {
    const value = load<i32>(row + offset);
    if (value == load<i32>(told + offset)) continue;
    if (room <= 0) {
      // So that the row counts as moved until all of it is told.
      put(toldDownloads, index, -1);
      return 0;
    }
    store<i32>(told + offset, value);
    tellWord(row + offset, value);
    room--;
  }
  return room;
}

function tellWord(address: usize, value: i32): void {
  put(pairs, pairCount * 2, <i32>((address - boardBase) >> 2));
  put(pairs, pairCount * 2 + 1, value);
  pairCount++;
  if (pairCount == BOARD_PAIRS) tellPairs();
}

function tellPairs(): void {
  for (let index = pairCount; index < BOARD_PAIRS; index++) put(pairs, index * 2, -1);
  for (let process = 0; process < processes; process++) {
    const peer = peerAt(process);
    if (peer.isGone) continue;
    const slot = peer.append();
    store<i32>(slot, RECORD_BOARD);
    memory.copy(slot + SOURCE, pairs, BOARD_PAIRS << 3);
  }
  pairCount = 0;
}

/**
 * Unpacks records of a batch from `process`, from the one numbered `from` on.
 *
 * @returns the number of the first that is not for ranks or for the board, and is the caller's: a
 *   segment, whose bytes are still to come, or a record about the process; else `records`
 */
export function deliverBatch(process: i32, batch: usize, from: i32, records: i32): i32 {
  for (let index = from; index < records; index++) {
    const slot = batch + <usize>(index + 1) * SLOT_BYTES;
    const kind = load<i32>(slot);
    if (kind == RECORD_BOARD) takeBoard(slot);
    else if (kind == RECORD_LOG) takeLog(slot);
    else if (kind == Tag.RankDied) takeFarDeath(load<i32>(slot, PAYLOAD));
    else if (kind > Tag.RankDied || (kind == Tag.SegmentAnswer && mustWait(process, slot))) {
      return index;
    } else {
      if (kind == Tag.SegmentAnswer) nameCell(process, slot);
      deliverMessage(kind, slot);
    }
  }
  return records;
}

/** Whether an answer has bytes that are still to come, or must not overtake one that has. */
function mustWait(process: i32, slot: usize): bool {
  if (!hasContent || at(mates, process) != 0) return false;
  return load<u8>(waiting + process) != 0 || load<i32>(slot, PAYLOAD + 8) != NACK;
}

/** Calls a mate's cell what it is called here. */
function nameCell(process: i32, slot: usize): void {
  const cell = load<i32>(slot, PAYLOAD + 8);
  if (cell != NACK) store<i32>(slot, cell + at(mates, process), PAYLOAD + 8);
}

/** Says whether segments from `process` are under way, which no other answer may overtake. */
export function setWaiting(process: i32, isWaiting: bool): void {
  store<u8>(waiting + process, isWaiting ? 1 : 0);
}

/** Sends a message on to the rank here that it is for, a segment with the cell that it lies in. */
export function deliverSegment(slot: usize, cell: i32): void {
  store<i32>(slot, cell, PAYLOAD + 8);
  deliverMessage(Tag.SegmentAnswer, slot);
}

function deliverMessage(tag: i32, slot: usize): void {
  const payload = slot + PAYLOAD;
  endpoint.send(
    tag,
    load<i32>(slot, SOURCE),
    load<i32>(slot, DEST),
    at(payload, 0),
    at(payload, 1),
    at(payload, 2),
    at(payload, 3),
    at(payload, 4),
  );
}

function takeFarDeath(rank: i32): void {
  if (endpoint.isForgotten(rank)) return;
  endpoint.forget(rank);
  endpoint.tellThreads(Tag.RankDied, rank);
}

function takeLog(slot: usize): void {
  const file = load<i32>(slot, SOURCE);
  const start = load<i32>(slot, DEST);
  for (let index = 0; index < LOG_ENTRIES; index++) {
    const rank = at(slot + PAYLOAD, index);
    if (rank < 0) return;
    store<i32>(logEntry(file, start + index, 0), rank);
  }
}

function takeBoard(slot: usize): void {
  for (let index = 0; index < BOARD_PAIRS; index++) {
    const word = at(slot + SOURCE, index * 2);
    if (word < 0) return;
    const address = boardBase + ((<usize>word) << 2);
    const value = at(slot + SOURCE, index * 2 + 1);
    const rows = holdingsRow(0);
    if (usesAvailability && address >= rows) countFresh(availability, rows, address, value);
    store<i32>(address, value);
  }
}

export function segmentsServedHere(): i32 {
  return servedHere;
}
