/**
 * Lists of events in no order. They hold addresses side by side and do not lead from one event to
 * the next: who goes through one has many events fetched at a time, where each may be far away.
 *
 *     a list: one word, the end, where the next address goes      block: a cache line
 *     [ end ]----------------------------------.
 *                                              v
 *     [ 0 | e e e e e ... e ] <--- [ before | e e e - - ... - ]   before: the end of the block before
 *
 * The end of a list without a place left is the address after its block, and that of an empty one
 * is 0: both are multiples of a block's length. To go through a list and empty it:
 *
 *     for (let end = takeAll(list); end != 0; end = giveBlock(end)) {
 *       for (let place = firstPlace(end); place < end; place += PLACE_BYTES) { eventAt(place) }
 *     }
 */
import { allocate } from '../../../shm/assembly/memory';
import { Event } from './event';

export const PLACE_BYTES: usize = 4;
const BLOCK_BYTES: usize = 64;

/** Blocks that a thread's pool grows by. */
const GROWTH: i32 = 256;

let free: usize = 0;

/** @param list address of a list's word */
export function add(list: usize, event: Event): void {
  let end = <usize>load<u32>(list);
  if ((end & (BLOCK_BYTES - 1)) == 0) end = takeBlock(end);
  store<u32>(end, <u32>changetype<usize>(event));
  store<u32>(list, <u32>(end + PLACE_BYTES));
}

/** Empties a list; returns its end, by which its events are found. */
export function takeAll(list: usize): usize {
  const end = <usize>load<u32>(list);
  store<u32>(list, 0);
  return end;
}

/** Where the events of a list's last block begin; they end at `end`. */
export function firstPlace(end: usize): usize {
  return blockOf(end) + PLACE_BYTES;
}

export function eventAt(place: usize): Event {
  return changetype<Event>(<usize>load<u32>(place));
}

/** Gives the last block back; returns the end of what is before it, or 0. */
export function giveBlock(end: usize): usize {
  const block = blockOf(end);
  const before = <usize>load<u32>(block);
  store<u32>(block, <u32>free);
  free = block;
  return before;
}

function blockOf(end: usize): usize {
  return (end - 1) & ~(BLOCK_BYTES - 1);
}

function takeBlock(before: usize): usize {
  if (free == 0) grow();
  const block = free;
  free = <usize>load<u32>(block);
  store<u32>(block, <u32>before);
  return block + PLACE_BYTES;
}

function grow(): void {
  const blocks = allocate(<usize>GROWTH * BLOCK_BYTES);
  for (let index = 0; index < GROWTH; index++) {
    const block = blocks + <usize>index * BLOCK_BYTES;
    store<u32>(block, <u32>free);
    free = block;
  }
}
