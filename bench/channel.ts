/**
 * One thread to another, through the rings that ranks use:
 *
 *      sender thread                                      receiver thread
 *      claim, write, commit  --->  [ ring, 1024 slots ]  --->  ready, check, add up
 *                            <---  HEAD, a quarter of the ring at a time
 *
 * by reference the ring carries a cell's number and length, and the receiver looks at the cell:
 *
 *      (cell, length)        --->  [ ring, 1024 slots ]  --->  ( cell's first and last word )
 *                                                                        |
 *      content store, written once before  [ 1024 cells of 16 KiB ] <----+
 *
 * and for the round trip each thread has a ring of its own, and spins on it:
 *
 *      ping thread           --->  [ ring of pong ]      --->  pong thread
 *                            <---  [ ring of ping ]      <---
 *
 * A receiver that finds its ring empty pauses for a moment before it looks again in the one-way
 * runs, never in the round trip. Each message carries its sequence number, which the receiver checks, and the sum of all words is
 * compared with the sender's.
 */
import { ringWords } from '../src/ringbuf/ring-layout.js';
import {
  type ContentMemory,
  ContentStore,
  allocateContent,
  contentShape,
} from '../src/shm/content-store.js';
import { ControlLayout } from '../src/shm/control-layout.js';
import { Carver, WORD_BYTES } from '../src/shm/layout.js';
import { SMALL_MESSAGE_BYTES, ratesPerSecond } from './peers/peer.js';
import { runWorkers } from './peers/workers.js';

/** What a `channel-worker` does. */
export interface ChannelJob {
  readonly role: 'sender' | 'receiver' | 'ping' | 'pong';
  readonly slab: SharedArrayBuffer;
  /** Word offsets of the two rings: to the receiver or pong, and to ping. */
  readonly rings: readonly [number, number];
  readonly capacity: number;
  /** Word offset of the thread's own control block. */
  readonly control: number;
  /** Word where both threads meet before each repetition. */
  readonly meeting: number;
  /** Messages, or round trips, in a repetition. */
  readonly messages: number;
  /** Messages that the sender publishes at once. */
  readonly batch: number;
  readonly repetitions: number;
  /** Set where messages are segments by reference. */
  readonly content?: ContentMemory;
}

/** What a `channel-worker` reports. */
export interface ChannelReport {
  /** `process.hrtime.bigint()`: a sender's starts, a receiver's ends, all of ping's. */
  readonly stamps: bigint[];
  /** For each repetition, the sum (modulo 2^32) of all words sent, received or sent back. */
  readonly sums: number[];
  /** Messages that came out of their order. */
  readonly misplaced: number;
  /** Of no meaning; it keeps a loop alive. */
  readonly pauseWord: number;
}

/** Length of a segment by reference. */
export const SEGMENT_BYTES = 16 * 1024;
/** Words of a small message. */
export const MESSAGE_WORDS = SMALL_MESSAGE_BYTES / WORD_BYTES;
/** Cells of the content store: 16 MiB, more than a core's own caches hold. */
export const CELLS = 1024;

const CAPACITY = 1024;
/** Repetitions that let the compiler finish its work, and are not counted. */
const WARM_UPS = 3;
const TIME_LIMIT_MS = 60_000;

/** How much is measured. */
export interface ChannelSize {
  readonly messages: number;
  readonly batch: number;
  readonly repetitions: number;
}

/**
 * One-way rate of 16-byte messages.
 *
 * @returns messages/s, one sample a repetition
 * @throws Error when a message was lost, changed or out of order
 */
export async function channelRate(size: ChannelSize): Promise<number[]> {
  const [sent, received] = await runPair('sender', 'receiver', size);
  return ratesPerSecond(size.messages, sent.stamps, received.stamps).slice(WARM_UPS);
}

/**
 * One-way rate of segments of 16 KiB handed over by reference.
 *
 * @returns messages/s, one sample a repetition
 * @throws Error when a message was lost or out of order, or a segment had other words
 */
export async function referenceRate(size: ChannelSize): Promise<number[]> {
  const content = allocateContent(contentShape(CELLS, SEGMENT_BYTES));
  const store = new ContentStore(content);
  for (let cell = 0; cell < CELLS; cell++) {
    const bytes = store.bytes(cell, SEGMENT_BYTES);
    // Untouched pages would all be one page of zeros.
    bytes.fill(cell);
    writeWord(bytes, 0, firstWordOf(cell));
    writeWord(bytes, SEGMENT_BYTES - WORD_BYTES, lastWordOf(cell));
  }
  const [sent, received] = await runPair('sender', 'receiver', size, content);
  return ratesPerSecond(size.messages, sent.stamps, received.stamps).slice(WARM_UPS);
}

/**
 * Round trip of a 16-byte message between two spinning threads.
 *
 * @returns ns a round trip, one sample a repetition
 * @throws Error when a message was lost, changed or out of order
 */
export async function channelRoundTrip(roundTrips: number, repetitions: number): Promise<number[]> {
  const size = { messages: roundTrips, batch: 1, repetitions };
  const [{ stamps }] = await runPair('ping', 'pong', size);
  const times: number[] = [];
  for (let index = 0; index < stamps.length; index += 2) {
    times.push(Number(stamps[index + 1] - stamps[index]) / roundTrips);
  }
  return times.slice(WARM_UPS);
}

/** The first word of a cell's bytes. */
export function firstWordOf(cell: number): number {
  return Math.imul(cell + 1, 0x9e3779b1);
}

/** The last word of a cell's bytes. */
export function lastWordOf(cell: number): number {
  return ~Math.imul(cell + 1, 0x85ebca6b);
}

/** The little-endian word at `offset`, which need not be aligned. */
export function readWord(bytes: Uint8Array, offset: number): number {
  return (
    bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24)
  );
}

function writeWord(bytes: Uint8Array, offset: number, word: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setInt32(offset, word, true);
}

async function runPair(
  first: ChannelJob['role'],
  second: ChannelJob['role'],
  { messages, batch, repetitions }: ChannelSize,
  content?: ContentMemory,
): Promise<ChannelReport[]> {
  const carver = new Carver();
  const control = ControlLayout.carve(carver, 2);
  const rings = [carver.reserve(ringWords(CAPACITY)), carver.reserve(ringWords(CAPACITY))] as const;
  const meeting = carver.reserve(1);
  const slab = new SharedArrayBuffer(carver.totalWords * WORD_BYTES);
  const job = (role: ChannelJob['role'], thread: number): { data: ChannelJob } => ({
    data: {
      role,
      slab,
      rings,
      capacity: CAPACITY,
      control: control.threadOffset(thread),
      meeting,
      messages,
      batch,
      repetitions: WARM_UPS + repetitions,
      ...(content !== undefined && { content }),
    },
  });
  const reports = await runWorkers<ChannelReport>(
    '../channel-worker.js',
    [job(first, 0), job(second, 1)],
    TIME_LIMIT_MS,
  );
  const [sent, received] = reports.map(({ sums }) => sums.join());
  const misplaced = reports.reduce((sum, report) => sum + report.misplaced, 0);
  if (sent !== received || misplaced > 0) {
    throw new Error(`channel: sent=${sent} received=${received} misplaced=${misplaced}`);
  }
  return reports;
}
