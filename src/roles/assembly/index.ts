/**
 * The kernel: everything that happens a message at a time, compiled to WebAssembly. Compiled once
 * and shared by all threads, it runs at full speed from a thread's first message, where each
 * thread's own JavaScript would have to warm up first.
 *
 * One instance a thread; all instances work on the same shared memory.
 */
import * as endpoint from '../../comm/assembly/endpoint';
import { DEST, PAYLOAD, SLOT_BYTES, SOURCE } from '../../ringbuf/assembly/ring';
import { dropTransfers } from '../../comm/assembly/simulated/links';
import { isObserving, noteHolders } from '../../comm/assembly/simulated/observation';
import { noteFinished } from '../../comm/assembly/simulated/windows';
import { allocate, at, openHeap, put } from '../../shm/assembly/memory';
import { leavePermit } from '../../shm/assembly/permits';
import { Random } from '../../shm/assembly/random';
import { TRACKER, Tag, UNCHECKED } from '../tags';
import { refreshCopy } from './copy';
import { Download } from './download';
import { noteProgress } from './faults';
import { leaveLanding } from './landing';
import { Registration } from './registration';
import { SendConnection } from './send-connection';
import { beat, isGivenUp } from './signals';
import {
  hasContent,
  holds,
  openBoard,
  openContent,
  openFiles,
  openNetwork,
  openSettings,
  ranks,
  segmentCount,
} from './swarm';
import { Tracker } from './tracker';
import { Upload } from './upload';
import { openStrategy } from './strategies/index';
import { openPicker } from './pickers/index';

export {
  allocate,
  openBoard,
  openContent,
  openFiles,
  openHeap,
  openNetwork,
  openPicker,
  openSettings,
  openStrategy,
};
export { holds } from './swarm';
export { leaveUncounted, openFaults, readFaultCosts } from './faults';
export {
  fillOf,
  flush,
  forget,
  held,
  isBlocked,
  limitAwake,
  openHashers,
  openEndpoint,
  openFarRanks,
  releaseAll,
  wakeReceivers,
} from '../../comm/assembly/endpoint';
export {
  appendRecord,
  batchCount,
  batchData,
  batchDataCount,
  collect,
  deliverBatch,
  deliverSegment,
  giveBatch,
  loseProcess,
  openBridge,
  openMate,
  segmentsServedHere,
  setWaiting,
  tellBoard,
} from './bridge';
export { openCopy } from './copy';
export { hashReceived, openHasher, restHasher } from './hasher';
export { openLanding } from './landing';

/** Messages of one tag handled before the other tags have their turn. */
const RECEIVE_LIMIT: i32 = 16384;

/** Segments hashed between two looks at the requests of others. */
const HASHED_BETWEEN_REQUESTS: i32 = 16;

/** One client: the roles of a rank. */
@unmanaged
class Client {
  registration: Registration;
  download: Download;
  upload: Upload;
  sendConnection: SendConnection;
}

/** The client of each rank; 0 for one that is not here. */
let clients: usize = 0;
let touched: usize = 0;
let touchedCount: i32 = 0;
let tracker: Tracker = changetype<Tracker>(0);
/** Clients that were not told to stop yet. */
let running: i32 = 0;

/** Makes room for the clients of a thread, `count` of them. */
export function openRanks(count: i32): void {
  clients = allocate((<usize>ranks) << 2);
  touched = allocate((<usize>count) << 2);
}

export function openTracker(files: i32): void {
  tracker = changetype<Tracker>(allocate(offsetof<Tracker>()));
  tracker.open(files);
}

/** Makes a client; the lists are addresses of file numbers. */
export function openClient(
  rank: i32,
  owned: usize,
  ownedCount: i32,
  wanted: usize,
  wantedCount: i32,
): void {
  const client = changetype<Client>(allocate(offsetof<Client>()));
  client.registration = changetype<Registration>(allocate(offsetof<Registration>()));
  client.download = changetype<Download>(allocate(offsetof<Download>()));
  client.upload = changetype<Upload>(allocate(offsetof<Upload>()));
  client.sendConnection = changetype<SendConnection>(allocate(offsetof<SendConnection>()));
  client.download.open(rank, wanted, wantedCount);
  client.upload.open(rank);
  client.sendConnection.open(rank, client.upload);
  put(clients, rank, <i32>changetype<usize>(client));
  client.registration.open(rank, owned, ownedCount);
  running++;
}

/** The client registers with the tracker. */
export function startClient(rank: i32): void {
  clientOf(rank).registration.start();
}

/** `rank` joins late: the tracker, which is here, does not wait for it. */
export function expectLate(rank: i32): void {
  tracker.expectLate(rank);
}

/** The tracker, which is here, loses `rank` from its lists of holders. */
export function dropHolder(rank: i32): void {
  tracker.dropHolder(rank);
}

function clientOf(rank: i32): Client {
  return changetype<Client>(<usize>at(clients, rank));
}

/** Whether `rank` is a client of this thread: a message may be for nobody. */
function hosts(rank: i32): bool {
  return <u32>rank < <u32>ranks && at(clients, rank) != 0;
}

/**
 * Receives what is there, lets the roles react, and publishes what they send.
 *
 * @param isPrompt whether others are sent what there is for them, and woken, after each tag; if not,
 *   they are sent it at the end of the turn, and woken once there was nothing to do
 * @returns whether there was anything to do
 */
export function turn(isPrompt: bool): bool {
  // Noted before answers are read: what a dead rank has sent stands in the rings by then, and is
  // taken before its requests are given up.
  const deaths = endpoint.inboxRing(Tag.RankDied).ready();
  refreshCopy();
  let received = deaths;
  for (let tag = Tag.LoadAnswer; tag >= 0; tag--) {
    const isAll = deaths > 0 && tag == Tag.SegmentAnswer;
    received += receive(tag, isAll ? i32.MAX_VALUE : RECEIVE_LIMIT);
    if (isPrompt) publish();
  }
  if (hasContent && isGivenUp()) return true;
  if (deaths > 0) receiveDeaths(deaths);
  const pumped = pumpTouched();
  endpoint.flush();
  const worked = received > 0 || pumped > 0 || endpoint.localCount > 0;
  if (!worked) endpoint.releaseAll();
  if (!worked || isPrompt) endpoint.wakeReceivers();
  return worked;
}

/** Others receive what there is for them, and are woken. */
function publish(): void {
  endpoint.flush();
  endpoint.wakeReceivers();
}

/** Lets the downloads that something has changed for send requests; returns how many. */
export function pumpTouched(): i32 {
  const pumped = touchedCount;
  for (let index = 0; index < pumped; index++) {
    const download = changetype<Download>(<usize>at(touched, index));
    download.isTouched = false;
    download.pump();
  }
  touchedCount = 0;
  return pumped;
}

function receive(tag: i32, limit: i32): i32 {
  let received = 0;
  if (endpoint.localCount > 0) {
    const queue = endpoint.takeLocal(tag);
    received = queue.count;
    while (queue.count > 0) {
      const run = queue.run();
      deliver(tag, queue.head, run);
      queue.drop(run);
    }
  }
  const ring = endpoint.inboxRing(tag);
  while (received < limit) {
    const count = ring.ready();
    if (count == 0) break;
    deliver(tag, ring.slot(ring.position), count);
    // What was not looked at any more stays where it is.
    if (hasContent && isGivenUp()) break;
    ring.position += count;
    received += count;
  }
  endpoint.releaseSome(ring);
  return received;
}

function receiveDeaths(count: i32): void {
  const ring = endpoint.inboxRing(Tag.RankDied);
  for (let slot = ring.slot(ring.position); count > 0; slot += SLOT_BYTES) {
    rankDied(load<i32>(slot, PAYLOAD));
    ring.position++;
    count--;
  }
  endpoint.releaseSome(ring);
}

/** Hands one message to the role that it is for. */
export function deliverOne(tag: i32, slot: usize): void {
  deliver(tag, slot, 1);
}

function deliver(tag: i32, slot: usize, count: i32): void {
  const end = slot + <usize>count * SLOT_BYTES;
  switch (tag) {
    case Tag.SegmentRequest: {
      for (; slot < end; slot += SLOT_BYTES) {
        const rank = load<i32>(slot, DEST);
        if (!hosts(rank)) continue;
        const segment = load<i32>(slot, PAYLOAD);
        const ticket = load<i32>(slot, PAYLOAD + 4);
        clientOf(rank).upload.onSegmentRequest(load<i32>(slot, SOURCE), segment, ticket);
      }
      break;
    }
    case Tag.SegmentAnswer: {
      deliverAnswers(slot, end);
      break;
    }
    default: {
      for (; slot < end; slot += SLOT_BYTES) {
        if (load<i32>(slot, DEST) == TRACKER) deliverToTracker(tag, slot);
        else deliverToClient(tag, slot);
      }
    }
  }
}

function deliverAnswers(slot: usize, end: usize): void {
  const hashesHere = hasContent && !endpoint.hasHashers();
  let sinceServed = 0;
  for (; slot < end; slot += SLOT_BYTES) {
    if (hasContent) {
      // A turn may hash for seconds where segments are large: an abort must not wait for it.
      if (isGivenUp()) return;
      beat();
    }
    deliverAnswer(slot);
    if (!hashesHere || ++sinceServed < HASHED_BETWEEN_REQUESTS) continue;
    // Who asks this thread for segments must not wait until all that came in is hashed.
    sinceServed = 0;
    if (receive(Tag.SegmentRequest, RECEIVE_LIMIT) == 0) continue;
    publish();
  }
}

function deliverAnswer(slot: usize): void {
  const rank = load<i32>(slot, DEST);
  if (!hosts(rank)) return;
  const download = clientOf(rank).download;
  const cell = load<i32>(slot, PAYLOAD + 8);
  download.onSegmentAnswer(
    load<i32>(slot, SOURCE),
    load<i32>(slot, PAYLOAD),
    load<i32>(slot, PAYLOAD + 4),
    cell,
    load<i32>(slot, PAYLOAD + 12),
    // Elsewhere the word is not the sender's.
    endpoint.hasHashers() ? load<i32>(slot, PAYLOAD + 16) : UNCHECKED,
  );
  leaveLanding(cell);
  touch(download);
}

function touch(download: Download): void {
  if (download.isTouched) return;
  download.isTouched = true;
  put(touched, touchedCount, <i32>changetype<usize>(download));
  touchedCount++;
}

function deliverToTracker(tag: i32, slot: usize): void {
  if (changetype<usize>(tracker) == 0) return;
  const source = load<i32>(slot, SOURCE);
  const file = load<i32>(slot, PAYLOAD);
  switch (tag) {
    case Tag.Offer: {
      tracker.onOffer(source, file);
      break;
    }
    case Tag.Ready: {
      tracker.onReady(source);
      break;
    }
    case Tag.HashListRequest: {
      tracker.onHashListRequest(source, file);
      break;
    }
    case Tag.HoldersRequest: {
      tracker.onHoldersRequest(source, file);
      break;
    }
    case Tag.NewHolder: {
      tracker.onNewHolder(source, file);
      break;
    }
    case Tag.Finished: {
      tracker.onFinished(source);
      break;
    }
    case Tag.RankDied: {
      tracker.onRankDied(source);
      break;
    }
  }
}

function deliverToClient(tag: i32, slot: usize): void {
  const rank = load<i32>(slot, DEST);
  if (!hosts(rank)) return;
  const client = clientOf(rank);
  const download = client.download;
  const source = load<i32>(slot, SOURCE);
  const a = load<i32>(slot, PAYLOAD);
  const b = load<i32>(slot, PAYLOAD + 4);
  switch (tag) {
    case Tag.LoadRequest: {
      client.sendConnection.onLoadRequest(source, a);
      return;
    }
    case Tag.LoadAnswer: {
      download.onLoadAnswer(source, a, b);
      break;
    }
    case Tag.HoldersAnswer: {
      const count = load<i32>(slot, PAYLOAD + 8);
      const total = load<i32>(slot, PAYLOAD + 12);
      download.onHoldersAnswer(a, b, count, total, load<i32>(slot, PAYLOAD + 16));
      break;
    }
    case Tag.OfferAnswer: {
      client.registration.onOfferAnswer(a, b);
      return;
    }
    case Tag.Release: {
      download.onRelease();
      break;
    }
    case Tag.HashListAnswer: {
      download.onHashListAnswer(a, b);
      break;
    }
    case Tag.RankDied: {
      dropTransfers(rank, source);
      download.onRankDied(source);
      break;
    }
    case Tag.Stop: {
      if (!download.isStopped) running--;
      download.isStopped = true;
      return;
    }
  }
  touch(download);
}

/** Virtual time: `rank`, a client here, is gone. */
export function loseClient(rank: i32): void {
  const download = clientOf(rank).download;
  dropTransfers(rank, -1);
  noteProgress(rank, download.lacking());
  if (!download.isFinished) noteFinished();
  if (!isObserving) return;
  for (let segment = 0; segment < segmentCount(); segment++) {
    if (holds(rank, segment)) noteHolders(segment, -1);
  }
}

function rankDied(rank: i32): void {
  endpoint.forget(rank);
  if (changetype<usize>(tracker) != 0) tracker.onRankDied(rank);
  for (let other = 0; other < ranks; other++) {
    if (!hosts(other) || other == rank) continue;
    const download = clientOf(other).download;
    download.onRankDied(rank);
    touch(download);
  }
}

/** The delay that `rank` asked for is over. */
export function onTimer(rank: i32): void {
  const download = clientOf(rank).download;
  download.onTimer();
  touch(download);
}

/** Whether a turn would find anything to do; asked once a sleep is announced. */
export function hasWork(): bool {
  return touchedCount > 0 || endpoint.hasWork();
}

/** Gives back all room and its permit, and wakes all receivers: the thread's last act. */
export function leave(): void {
  endpoint.releaseAll();
  endpoint.wakeReceivers();
  leavePermit(endpoint.control);
}

/** Whether every rank here was told to stop, and every stop it has to tell is on its way. */
export function isDone(): bool {
  if (running > 0) return false;
  if (changetype<usize>(tracker) != 0 && !tracker.isStopped) return false;
  return !endpoint.isBlocked(Tag.Stop);
}

/** Calls the host's `fault` when `rank` has `downloads` segments. */
export function armFault(rank: i32, downloads: i32): void {
  clientOf(rank).download.faultAt = downloads;
}

/** Writes `rank`'s figures: downloads, uploads, requests, NACKs, hash failures. */
export function readClient(rank: i32, into: usize): void {
  const client = clientOf(rank);
  put(into, 0, client.download.downloads);
  put(into, 1, client.upload.uploads);
  put(into, 2, client.download.requests);
  put(into, 3, client.download.nacks);
  put(into, 4, client.download.hashFailures);
}

/** Writes what `rank` waits for; see `Download.inspect`. */
export function inspectClient(rank: i32, into: usize): i32 {
  return clientOf(rank).download.inspect(into);
}

/** Whether the tracker, which is here, waits for `rank` to register or to finish. */
export function isAwaited(rank: i32): bool {
  return tracker.isWaitingFor(rank);
}

/** The next number, from 0 and below 1, of the generator at the address `random`. */
export function draw(random: usize): f64 {
  return changetype<Random>(random).next();
}

export function messagesSent(): f64 {
  return <f64>endpoint.sent;
}

export function trackerRequests(): i32 {
  return changetype<usize>(tracker) == 0 ? 0 : tracker.requests;
}
