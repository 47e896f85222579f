/**
 * A thread that hashes for those with ranks, where there are more of these than cores: what is called
 * for each segment is then warm in one isolate a core, not cold in every one, and nobody else has to
 * be woken until many segments were hashed.
 *
 * ```
 *  upload --SegmentAnswer--> hasher --SegmentAnswer, with its verdict--> download
 * ```
 */
import * as endpoint from '../../comm/assembly/endpoint';
import { DEST, PAYLOAD, Ring, SOURCE } from '../../ringbuf/assembly/ring';
import { allocate, at, put } from '../../shm/assembly/memory';
import { park } from '../../shm/assembly/parking';
import { admit } from '../../shm/assembly/permits';
import { RIGHT, Tag, WRONG } from '../tags';
import * as host from './host';
import { isGivenUp, openSignals } from './signals';

/** Segments are put in order by so many bits of their cells at a time, in so many passes. */
const DIGIT_BITS: i32 = 11;
const DIGITS: i32 = 1 << DIGIT_BITS;
const PASSES: i32 = 2;

/** Segments hashed before their receivers are told. */
let batch: i32 = 0;
/** Address of the word that is not 0 once no thread hosts ranks any more. */
let ended: usize = 0;
/** The segments of a batch in the order in which they are hashed, and while they are put in order. */
let order: usize = 0;
let spare: usize = 0;
let counts: usize = 0;
/** Deaths that others are told of once this thread has come to a position in its ring. */
let deaths: i32 = 0;
let deathsDueAt: i32 = 0;

/**
 * @param batchSegments segments hashed before their receivers are told
 * @param abortAddress of the word that is not 0 once the run is given up
 * @param endedAddress of the word that is not 0 once no thread hosts ranks any more
 */
export function openHasher(batchSegments: i32, abortAddress: usize, endedAddress: usize): void {
  openSignals(abortAddress);
  batch = batchSegments;
  ended = endedAddress;
  order = allocate((<usize>batch) << 2);
  spare = allocate((<usize>batch) << 2);
  counts = allocate((<usize>DIGITS) << 2);
}

/** Hashes what came, a batch at most, and sends it on; returns how many segments. */
export function hashReceived(): i32 {
  noteDeaths();
  const ring = endpoint.inboxRing(Tag.SegmentAnswer);
  const count = ring.readyAcross(batch);
  putInOrder(ring, count);
  if (count > 0) lookAhead(entryAt(ring, 0));
  for (let index = 0; index < count; index++) {
    if (isGivenUp()) return index;
    if (index + 1 < count) lookAhead(entryAt(ring, index + 1));
    hashOne(entryAt(ring, index));
  }
  ring.position += count;
  passDeathsOn();
  endpoint.releaseAll();
  endpoint.flush();
  endpoint.wakeReceivers();
  admit(endpoint.control);
  return count;
}

/** The slot that comes `index`-th in the order of hashing. */
function entryAt(ring: Ring, index: i32): usize {
  return ring.slot(ring.position + at(order, index));
}

function lookAhead(slot: usize): void {
  if (isVoid(slot)) return;
  host.lookAhead(load<i32>(slot, PAYLOAD + 8), load<i32>(slot, PAYLOAD + 12));
}

/** A slot whose sender died before it was filled. */
function isVoid(slot: usize): bool {
  return load<i32>(slot, DEST) < 0;
}

function hashOne(slot: usize): void {
  if (isVoid(slot)) return;
  const rank = load<i32>(slot, DEST);
  const segment = load<i32>(slot, PAYLOAD);
  const ticket = load<i32>(slot, PAYLOAD + 4);
  const cell = load<i32>(slot, PAYLOAD + 8);
  const bytes = load<i32>(slot, PAYLOAD + 12);
  const verdict = host.accept(rank, segment, cell, bytes) ? RIGHT : WRONG;
  const source = load<i32>(slot, SOURCE);
  endpoint.send(Tag.SegmentAnswer, source, rank, segment, ticket, cell, bytes, verdict);
}

/**
 * By cell: neighbours share entries of the system's page tables, and what comes for several ranks is
 * in the caches for all but the first. (64 threads, 16 KiB: 1.02 times as fast.)
 */
function putInOrder(ring: Ring, count: i32): void {
  for (let index = 0; index < count; index++) put(order, index, index);
  for (let pass = 0; pass < PASSES; pass++) {
    sortByDigit(ring, count, pass * DIGIT_BITS);
    const sorted = spare;
    spare = order;
    order = sorted;
  }
}

/** Puts what is in `order` to `spare`, in the order of one digit of the cells. */
function sortByDigit(ring: Ring, count: i32, shift: i32): void {
  memory.fill(counts, 0, (<usize>DIGITS) << 2);
  for (let index = 0; index < count; index++) {
    const digit = digitOf(ring, at(order, index), shift);
    put(counts, digit, at(counts, digit) + 1);
  }
  let place = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const next = place + at(counts, digit);
    put(counts, digit, place);
    place = next;
  }
  for (let index = 0; index < count; index++) {
    const entry = at(order, index);
    const digit = digitOf(ring, entry, shift);
    put(spare, at(counts, digit), entry);
    put(counts, digit, at(counts, digit) + 1);
  }
}

function digitOf(ring: Ring, entry: i32, shift: i32): i32 {
  return (load<i32>(ring.slot(ring.position + entry), PAYLOAD + 8) >>> shift) & (DIGITS - 1);
}

/** Notes which deaths were told by now, and what stands in the ring, some of it from the dead. */
function noteDeaths(): void {
  if (deaths > 0) return;
  deaths = endpoint.inboxRing(Tag.RankDied).ready();
  if (deaths == 0) return;
  const ring = endpoint.inboxRing(Tag.SegmentAnswer);
  deathsDueAt = ring.position + ring.readyAcross(i32.MAX_VALUE);
}

/**
 * Others are told of a death once all has been hashed that the dead had sent: who is told gives its
 * requests to the dead up.
 */
function passDeathsOn(): void {
  if (deaths == 0 || endpoint.inboxRing(Tag.SegmentAnswer).position - deathsDueAt < 0) return;
  const ring = endpoint.inboxRing(Tag.RankDied);
  for (; deaths > 0; deaths--) {
    const rank = load<i32>(ring.slot(ring.position), PAYLOAD);
    endpoint.forget(rank);
    endpoint.passOn(Tag.RankDied, rank);
    ring.position++;
  }
}

/** Sleeps until there is something to hash, or nothing will come any more. */
export function restHasher(): void {
  park(endpoint.control, hasReason, Infinity);
}

/** Looked for once the sleep is announced: who is called from now on finds the gate open. */
function hasReason(): bool {
  admit(endpoint.control);
  return endpoint.hasWork() || isGivenUp() || atomic.load<i32>(ended) != 0;
}
