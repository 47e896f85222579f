/**
 * What happened and why, for whoever asked for it with `--trace`: records in memory of the thread's
 * own, read when the run is over.
 *
 *     chunk   next chunk's address, bytes used of this one, then records
 *     record  word  0             1     2 3              4     5 ..
 *                   words of all  kind  the present, ns  rank  payload; see `swarm/virtual/trace.ts`
 *
 * Records of a thread are in the order of time. A thread keeps all of the instant in which it comes
 * to the limit, so that the first ones of all threads together do not depend on who hosts whom.
 */
import { allocate, put } from '../../../shm/assembly/memory';
import { now } from './windows';

const CHUNK_BYTES: usize = 1 << 18;
const CHUNK_HEADER: usize = 8;
const HEADER_WORDS: i32 = 5;

/** Kinds of records; as in `swarm/virtual/trace.ts`. */
export const TRANSFER: i32 = 0;
export const REQUEST: i32 = 1;
export const PICK: i32 = 2;
export const CHOKING: i32 = 3;
export const UNCHOKE: i32 = 4;

/** Whether records are wanted; false again once there are enough. */
export let isTracing: bool = false;

let first: usize = 0;
let chunk: usize = 0;
let used: usize = 0;
let size: usize = 0;
let left: i32 = 0;
/** The instant in which the limit was come to, or -1. */
let fullAt: i64 = -1;
let isCut: bool = false;

/** @param limit entries to keep: a record counts as one, and so does each candidate in it */
export function openTrace(limit: i32): void {
  isTracing = true;
  left = limit;
}

/** Address of the first chunk; 0: nothing was recorded. */
export function traceHead(): usize {
  return first;
}

/** Whether there was more than the limit allows. */
export function isTraceCut(): bool {
  return isCut;
}

/**
 * Makes a record.
 *
 * @param candidates how many are listed in the payload
 * @returns address of the payload of `words` words; 0 where no more is wanted
 */
export function newRecord(kind: i32, rank: i32, words: i32, candidates: i32): usize {
  if (fullAt >= 0 && now > fullAt) {
    isTracing = false;
    isCut = true;
    return 0;
  }
  left -= 1 + candidates;
  if (left <= 0 && fullAt < 0) fullAt = now;
  const all = HEADER_WORDS + words;
  const record = room((<usize>all) << 2);
  put(record, 0, all);
  put(record, 1, kind);
  store<i64>(record, now, 8);
  put(record, 4, rank);
  return record + ((<usize>HEADER_WORDS) << 2);
}

function room(bytes: usize): usize {
  if (chunk == 0 || used + bytes > size) {
    const next = allocate(max(CHUNK_BYTES, CHUNK_HEADER + bytes));
    if (chunk == 0) first = next;
    else store<u32>(chunk, <u32>next);
    chunk = next;
    size = max(CHUNK_BYTES, CHUNK_HEADER + bytes);
    used = CHUNK_HEADER;
  }
  const place = chunk + used;
  used += bytes;
  store<u32>(chunk, <u32>used, 4);
  return place;
}

/** A block takes `source`'s uplink from `start` to `end`; `a` and `b` say what is in it. */
export function traceTransfer(
  source: i32,
  dest: i32,
  start: i64,
  end: i64,
  bytes: i32,
  a: i32,
  b: i32,
): void {
  const payload = newRecord(TRANSFER, source, 8, 0);
  if (payload == 0) return;
  store<i64>(payload, start);
  store<i64>(payload, end, 8);
  put(payload, 4, dest);
  put(payload, 5, bytes);
  put(payload, 6, a);
  put(payload, 7, b);
}
