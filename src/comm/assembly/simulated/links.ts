/**
 * The network between the ranks: each has an uplink and a downlink, and a latency to others.
 *
 * Data is cut-through: a block leaves the sender's uplink byte by byte, and the receiver's downlink
 * begins to take it in a latency later. Its last byte arrives when both have let it pass:
 *
 *     uplink     |==== block ====|            start .. start + bytes / up
 *     downlink       |====== block ======|    from start + latency, when it is free, at its own rate
 *
 * so equal links cost one transmission time. What comes from a slower link is taken in as late as
 * it can be, which ends with its last byte: were it taken in with its first one, the link would
 * count as free again while the block still trickles in, and pass more than it can.
 *
 *     uplink     |======== block ========|
 *     downlink                   |= block =|  blocks enter in the order in which they must begin
 *
 * Control messages arrive a latency after they were sent, overtaking data; each link is
 * taken for as long as their bytes need, which delays the blocks after them.
 */
import { allocate, at } from '../../../shm/assembly/memory';
import { mixWide } from '../../../shm/assembly/random';
import { LINK_BYTES } from '../../simulated-layout';
import { push } from './agenda';
import { Event, takeEvent } from './event';
import { Jitter, openJitter } from './jitter';
import { isObserving, noteFlow } from './observation';
import { isTracing, traceTransfer } from './trace';
import { noteSent, now, schedule, scheduleAt } from './windows';

/** Added to the tag of data that the receiver's downlink begins to take in, if it is free. */
const ENTERS: i32 = 1 << 8;
/** Added to the tag of data whose last byte arrives. */
const LAST_BYTE: i32 = 1 << 12;
/** Added to the tag of what is told to all who listen to a rank. */
export const BROADCAST: i32 = 1 << 9;
/** In place of a tag: the uplink can take the next block of those that wait for it. */
const NEXT_BLOCK: i32 = 1 << 10;

/** In place of a tag: a block that is not its transfer's last. */
const PART: i32 = 1 << 11;

/** A rank's two links. */
@unmanaged
class Link {
  /** When each link has passed on what it was given so far. */
  upFree: i64;
  downFree: i64;
  upNsPerByte: f64;
  sequence: u32;
  zone: i32;
  /** Whether a block is on the uplink. */
  isBusy: bool;
  /** Transfers that wait for the uplink, served in turn: first and last. */
  firstTransfer: usize;
  lastTransfer: usize;
  jitter: Jitter;
  /** Data blocks that have come in, and a chain over each: when, from whom and what. */
  received: i32;
  trail: u64;
  /** Bytes of data that left and came in. */
  sentBytes: i64;
  receivedBytes: i64;
}

/** Data that waits for the uplink; it goes a block at a time. */
@unmanaged
class Transfer {
  next: usize;
  dest: i32;
  tag: i32;
  bytesLeft: i32;
  /** Bytes that each block has besides its data. */
  headerBytes: i32;
  a: i32;
  b: i32;
  c: i32;
  d: i32;
}

let links: usize = 0;
let threads: i32 = 1;
let self: i32 = 0;
let zones: usize = 0;
let zoneCount: i32 = 1;
let latencies: usize = 0;
let downlinks: usize = 0;
let blockBytes: i32 = 0;
let freeTransfers: usize = 0;

/** Control messages sent here, and their bytes; data blocks and their bytes. */
export let controlMessages: i64 = 0;
export let controlBytes: i64 = 0;
export let dataBlocks: i64 = 0;
export let dataBytes: i64 = 0;

/**
 * @param linksOfRanks address of room for the links of all ranks, zeroed; a thread uses those of its own
 * @param zoneOfRanks address of the zone of each rank
 * @param latencyNs address of the latencies in ns as f64, index = from * zones + to
 * @param downNsPerByte address of what a byte takes on each rank's downlink, in ns as f64; 0: no limit
 * @param mostJitterNs each message is late by up to so much
 * @param block bytes that a transfer sends before the next one has its turn
 */
export function openLinks(
  thread: i32,
  threadCount: i32,
  linksOfRanks: usize,
  zoneOfRanks: usize,
  zonesOfAll: i32,
  latencyNs: usize,
  downNsPerByte: usize,
  mostJitterNs: f64,
  block: i32,
): void {
  self = thread;
  threads = threadCount;
  links = linksOfRanks;
  zones = zoneOfRanks;
  zoneCount = zonesOfAll;
  latencies = latencyNs;
  downlinks = downNsPerByte;
  blockBytes = block;
  openJitter(<i64>mostJitterNs);
}

/** @param upNsPerByte 0 for a link without limit */
export function openLink(rank: i32, upNsPerByte: f64, seed: i32): void {
  const link = linkOf(rank);
  link.upNsPerByte = upNsPerByte;
  link.zone = at(zones, rank);
  link.jitter = changetype<Jitter>(allocate(offsetof<Jitter>()));
  link.jitter.open(seed, rank);
}

function linkOf(rank: i32): Link {
  return changetype<Link>(links + <usize>(rank * LINK_BYTES));
}

/** Reads a rank's links, so that they are in the processor's cache. */
export function touchLink(rank: i32): i32 {
  const link = linkOf(rank);
  return <i32>link.downFree + link.received;
}

/** Whether the event is the network's alone: a block enters the downlink, no rank hears of it. */
export function isEntering(event: Event): bool {
  return (event.tag & ENTERS) != 0;
}

/** What a message's tag is without what the network added to it. */
export function plainTag(event: Event): i32 {
  return event.tag & (ENTERS - 1);
}

/** Time from one zone to another, in ns. */
function latency(fromZone: i32, toZone: i32): i64 {
  return <i64>load<f64>(latencies + ((<usize>(fromZone * zoneCount + toZone)) << 3));
}

/** What a byte takes on the downlink of `rank`, here or on another thread. */
function downNsPerByte(rank: i32): f64 {
  return load<f64>(downlinks + ((<usize>rank) << 3));
}

/** Time that `bytes` bytes take, in whole ns: never less than at the link's rate. */
function duration(bytes: i32, nsPerByte: f64): i64 {
  return <i64>Math.ceil(<f64>bytes * nsPerByte);
}

function newEvent(link: Link, source: i32, dest: i32, tag: i32): Event {
  const event = takeEvent();
  event.order = ((<i64>source) << 32) | (<i64>link.sequence);
  link.sequence++;
  event.source = source;
  event.dest = dest;
  event.tag = tag;
  event.bytes = 0;
  return event;
}

/** Sends a control message of `bytes` bytes. */
export function post(
  tag: i32,
  source: i32,
  dest: i32,
  bytes: i32,
  a: i32 = 0,
  b: i32 = 0,
  c: i32 = 0,
  d: i32 = 0,
  e: i32 = 0,
): void {
  const link = linkOf(source);
  controlMessages++;
  controlBytes += bytes;
  link.upFree = max(now, link.upFree) + duration(bytes, link.upNsPerByte);
  const event = newEvent(link, source, dest, tag);
  event.bytes = bytes;
  event.a = a;
  event.b = b;
  event.c = c;
  event.d = d;
  event.e = e;
  event.time = link.jitter.departure(now) + latency(link.zone, at(zones, dest));
  schedule(event);
}

/**
 * Tells all who listen to `source`, which are `listeners` ranks: one event a thread and zone, which
 * the thread hands to those of its ranks that listen.
 */
export function broadcast(tag: i32, source: i32, listeners: i32, bytes: i32, a: i32): void {
  const link = linkOf(source);
  const allBytes = listeners * bytes;
  controlMessages += listeners;
  controlBytes += allBytes;
  link.upFree = max(now, link.upFree) + duration(allBytes, link.upNsPerByte);
  const departure = link.jitter.departure(now);
  // All copies have one number: each rank gets one of them.
  const sequence = link.sequence;
  for (let zone = 0; zone < zoneCount; zone++) {
    const time = departure + latency(link.zone, zone);
    for (let thread = 0; thread < threads; thread++) {
      link.sequence = sequence;
      const event = newEvent(link, source, source, tag + BROADCAST);
      event.bytes = bytes;
      event.a = a;
      event.b = zone;
      event.time = time;
      if (thread == self) push(event);
      else scheduleAt(thread, event);
    }
  }
}

/** Whether `rank`'s uplink can take a block. */
export function isUplinkFree(rank: i32): bool {
  return !linkOf(rank).isBusy;
}

/**
 * Puts a block on the uplink, which must be free; `freeTag` is delivered to `source` when it is
 * free again, `tag` to `dest` when the last byte has arrived.
 */
export function transmit(
  tag: i32,
  freeTag: i32,
  source: i32,
  dest: i32,
  bytes: i32,
  a: i32,
  b: i32,
  c: i32,
  d: i32 = 0,
): void {
  const link = linkOf(source);
  noteSent();
  dataBlocks++;
  dataBytes += bytes;
  link.sentBytes += bytes;
  link.isBusy = true;
  const start = max(now, link.upFree);
  const end = start + duration(bytes, link.upNsPerByte);
  link.upFree = end;
  if (isObserving) noteFlow(source, dest);
  if (isTracing) traceTransfer(source, dest, start, end, bytes, a, b);
  const delay = latency(link.zone, at(zones, dest));
  const departure = link.jitter.dataDeparture(start);
  const block = newEvent(link, source, dest, tag + ENTERS);
  block.bytes = bytes;
  block.a = a;
  block.b = b;
  block.c = c;
  block.d = d;
  block.lastByte = link.jitter.dataEnd(end + (departure - start)) + delay;
  const takenIn = block.lastByte - duration(bytes, downNsPerByte(dest));
  block.time = max(departure + delay, takenIn);
  schedule(block);
  const free = newEvent(link, source, source, freeTag);
  free.time = end;
  push(free);
}

/** The event that tells so was delivered. */
export function setUplinkFree(rank: i32): void {
  linkOf(rank).isBusy = false;
}

/**
 * Queues data for the uplink, where the transfers of `source` take turns, a block each; `tag` is
 * delivered to `dest` when the last byte of the last block has arrived.
 *
 * @param headerBytes what each block takes besides its data
 */
export function transfer(
  tag: i32,
  source: i32,
  dest: i32,
  bytes: i32,
  headerBytes: i32,
  a: i32,
  b: i32,
  c: i32,
  d: i32,
): void {
  const link = linkOf(source);
  const queued = takeTransfer();
  queued.dest = dest;
  queued.tag = tag;
  queued.bytesLeft = bytes;
  queued.headerBytes = headerBytes;
  queued.a = a;
  queued.b = b;
  queued.c = c;
  queued.d = d;
  enqueue(link, queued);
  if (!link.isBusy) sendNextBlock(link, source);
}

function enqueue(link: Link, queued: Transfer): void {
  queued.next = 0;
  if (link.firstTransfer == 0) link.firstTransfer = changetype<usize>(queued);
  else changetype<Transfer>(link.lastTransfer).next = changetype<usize>(queued);
  link.lastTransfer = changetype<usize>(queued);
}

/** Drops what waits at `source` for `dest`, or for anybody where that is -1; what left goes on. */
export function dropTransfers(source: i32, dest: i32): void {
  const link = linkOf(source);
  let next = link.firstTransfer;
  link.firstTransfer = 0;
  while (next != 0) {
    const queued = changetype<Transfer>(next);
    next = queued.next;
    if (dest < 0 || queued.dest == dest) giveTransfer(queued);
    else enqueue(link, queued);
  }
}

function sendNextBlock(link: Link, source: i32): void {
  if (link.firstTransfer == 0) return;
  const queued = changetype<Transfer>(link.firstTransfer);
  link.firstTransfer = queued.next;
  const bytes = min(queued.bytesLeft, blockBytes);
  queued.bytesLeft -= bytes;
  const isLast = queued.bytesLeft == 0;
  const tag = isLast ? queued.tag : PART;
  const onWire = bytes + queued.headerBytes;
  transmit(tag, NEXT_BLOCK, source, queued.dest, onWire, queued.a, queued.b, queued.c, queued.d);
  if (isLast) giveTransfer(queued);
  else enqueue(link, queued);
}

function takeTransfer(): Transfer {
  if (freeTransfers == 0) giveTransfer(changetype<Transfer>(allocate(offsetof<Transfer>())));
  const taken = changetype<Transfer>(freeTransfers);
  freeTransfers = taken.next;
  return taken;
}

function giveTransfer(given: Transfer): void {
  given.next = freeTransfers;
  freeTransfers = changetype<usize>(given);
}

/** Delivers `tag` to `rank` itself after `delayNs`. */
export function setTimer(tag: i32, rank: i32, delayNs: i64, a: i32 = 0): void {
  const event = newEvent(linkOf(rank), rank, rank, tag);
  event.time = now + delayNs;
  event.a = a;
  push(event);
}

/**
 * The network's part in what happens to an event: takes a block in, sends the next one of a
 * transfer.
 *
 * @returns whether a rank is to handle the event; then, and where it is `isSpent`, it is given back
 */
export function arrive(event: Event): bool {
  if (isEntering(event)) {
    takeIn(event);
    return false;
  }
  if ((event.tag & LAST_BYTE) != 0) return receiveBlock(event);
  if (event.tag == NEXT_BLOCK) {
    const link = linkOf(event.dest);
    link.isBusy = false;
    sendNextBlock(link, event.dest);
    return false;
  }
  if (event.bytes > 0 && (event.tag & BROADCAST) == 0) {
    const link = linkOf(event.dest);
    link.downFree = max(now, link.downFree) + duration(event.bytes, downNsPerByte(event.dest));
  }
  return true;
}

/** Whether an event that no rank handles is done with, and was not entered again. */
export function isSpent(event: Event): bool {
  return event.tag == NEXT_BLOCK || event.tag == PART;
}

/** The downlink takes a block in: its last byte is entered. */
function takeIn(event: Event): void {
  const link = linkOf(event.dest);
  const end = max(now, link.downFree) + duration(event.bytes, downNsPerByte(event.dest));
  link.downFree = end;
  event.tag += LAST_BYTE - ENTERS;
  event.time = max(end, event.lastByte);
  push(event);
}

/** A block is there to its last byte. */
function receiveBlock(event: Event): bool {
  const link = linkOf(event.dest);
  link.received++;
  link.receivedBytes += event.bytes;
  const what = ((<u64>event.source) << 40) ^ ((<u64>event.a) << 20) ^ (<u64>event.b);
  link.trail = mixWide(link.trail ^ (<u64>now) ^ rotl<u64>(what, 32));
  event.tag -= LAST_BYTE;
  return event.tag != PART;
}

/**
 * `count` control messages of `bytes` bytes have come in at `rank`, some time since the downlink
 * was last asked for: it has passed them on as early as it could.
 */
export function oweDownlink(rank: i32, count: i32, bytes: i32): void {
  if (count == 0) return;
  const link = linkOf(rank);
  link.downFree += duration(count * bytes, downNsPerByte(rank));
}

/** Writes a rank's figures: trail, bytes of data sent and received, each of 64 bits, and blocks. */
export function readLink(rank: i32, into: usize): void {
  const link = linkOf(rank);
  store<u64>(into, link.trail);
  store<f64>(into, <f64>link.sentBytes, 8);
  store<f64>(into, <f64>link.receivedBytes, 16);
  store<i32>(into, link.received, 24);
}
