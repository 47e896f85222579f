/**
 * What a thread has for another one at the end of a window: copies of events, side by side. Who takes
 * them out has the next ones fetched while it reads the first, and what each thread's pool holds
 * stays in its own core's cache.
 */
import { allocate } from '../../../shm/assembly/memory';
import { EVENT_BYTES, Event, copyEvent } from './event';

const FIRST_CAPACITY: i32 = 256;

@unmanaged
export class Mail {
  events: usize;
  count: i32;
  private capacity: i32;

  add(event: Event): void {
    if (this.count == this.capacity) this.grow();
    copyEvent(this.events + <usize>this.count * EVENT_BYTES, changetype<usize>(event));
    this.count++;
  }

  private grow(): void {
    const capacity = max(FIRST_CAPACITY, this.capacity * 2);
    const events = allocate(<usize>capacity * EVENT_BYTES);
    memory.copy(events, this.events, <usize>this.count * EVENT_BYTES);
    this.events = events;
    this.capacity = capacity;
  }
}
