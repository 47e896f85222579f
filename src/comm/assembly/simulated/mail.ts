/**
 * What a thread has for another one at the end of a window: copies of events, side by side. Who takes
 * them out has the next ones fetched while it reads the first, and what each thread's pool holds
 * stays in its own core's cache.
 *
 *     first --> | next, room | e e e e | --> | next, room | e e e e | --> | next, room | e e - - - - - - |
 *
 * A further chunk has room for as many as all before it. All are kept: the next window with as much
 * to tell needs no more. To go through `count` events from the chunk `first` on:
 *
 *     for (let chunk = first; count > 0; chunk = nextChunk(chunk)) {
 *       const end = endOf(chunk, count);
 *       for (let place = eventsOf(chunk); place < end; place += EVENT_BYTES) { ... }
 *       count -= roomOf(chunk);
 *     }
 */
import { allocate, at, put } from '../../../shm/assembly/memory';
import { EVENT_BYTES, Event, copyEvent } from './event';

/** Events that the first chunk has room for. */
const FIRST_ROOM: i32 = 16;

/** Words of a chunk's head, which takes as many bytes as an event. */
const NEXT: i32 = 0;
const ROOM: i32 = 1;

@unmanaged
export class Mail {
  first: usize;
  count: i32;
  /** The chunk that is being filled, or 0; where the next event goes there, and for how many is room. */
  private filling: usize;
  private place: usize;
  private left: i32;

  add(event: Event): void {
    if (this.left == 0) this.fillNext();
    copyEvent(this.place, changetype<usize>(event));
    this.place += EVENT_BYTES;
    this.left--;
    this.count++;
  }

  clear(): void {
    this.count = 0;
    this.filling = 0;
    this.left = 0;
  }

  private fillNext(): void {
    let chunk = this.filling == 0 ? this.first : nextChunk(this.filling);
    if (chunk == 0) {
      const room = max(FIRST_ROOM, this.count);
      chunk = allocate(<usize>(room + 1) * EVENT_BYTES);
      put(chunk, ROOM, room);
      if (this.filling == 0) this.first = chunk;
      else put(this.filling, NEXT, <i32>chunk);
    }
    this.filling = chunk;
    this.place = eventsOf(chunk);
    this.left = roomOf(chunk);
  }
}

export function nextChunk(chunk: usize): usize {
  return <usize>at(chunk, NEXT);
}

/** How many events a chunk has room for. */
export function roomOf(chunk: usize): i32 {
  return at(chunk, ROOM);
}

/** Where a chunk's events begin. */
export function eventsOf(chunk: usize): usize {
  return chunk + EVENT_BYTES;
}

/** Where they end, if `count` are left from this chunk on. */
export function endOf(chunk: usize, count: i32): usize {
  return eventsOf(chunk) + <usize>min(count, roomOf(chunk)) * EVENT_BYTES;
}
