/** The copies of events that go to another thread, against arrays. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { compileForTests, instantiateForTests } from '../../ringbuf/kernel-module.js';

const EVENT_BYTES = 64;
const EVENT_WORDS = EVENT_BYTES / 4;
const MOST = 1200;

const SOURCE = `
import { allocate } from './shm/assembly/memory';
import { EVENT_BYTES, Event, copyEvent } from './comm/assembly/simulated/event';
import { Mail, endOf, eventsOf, nextChunk, roomOf } from './comm/assembly/simulated/mail';
export { allocate, openHeap } from './shm/assembly/memory';
let mail: Mail = changetype<Mail>(0);
export function open(): void {
  mail = changetype<Mail>(allocate(offsetof<Mail>()));
}
export function add(event: usize): void {
  mail.add(changetype<Event>(event));
}
export function empty(): void {
  mail.clear();
}
/** Copies all events to where it is told, one after the other, and returns how many they are. */
export function read(into: usize): i32 {
  let count = mail.count;
  for (let chunk = mail.first; count > 0; chunk = nextChunk(chunk)) {
    const end = endOf(chunk, count);
    for (let place = eventsOf(chunk); place < end; place += EVENT_BYTES) {
      copyEvent(into, place);
      into += EVENT_BYTES;
    }
    count -= roomOf(chunk);
  }
  return mail.count;
}
`;

interface Exports {
  openHeap(address: number): void;
  allocate(bytes: number): number;
  open(): void;
  add(event: number): void;
  empty(): void;
  read(into: number): number;
}

/** Events of each window: there is room for 16 at first, and twice as much each time it is full. */
const windows = fc.array(fc.oneof(fc.constantFrom(0, 1, 15, 16, 17, 32, 33, 65), fc.nat(MOST)), {
  maxLength: 8,
});

t.test('mail', async (t) => {
  const module = await compileForTests(SOURCE);

  t.test('holds a copy of every word of every event of the window, in order', (t) => {
    const property = fc.property(windows, (counts) => {
      const { exports, memory } = instantiateForTests(module);
      const kernel = exports as Exports;
      kernel.open();
      const event = kernel.allocate(EVENT_BYTES);
      const into = kernel.allocate(MOST * EVENT_BYTES);
      let word = 0;
      for (const count of counts) {
        const model: number[] = [];
        for (let index = 0; index < count; index++) {
          const words = Array.from({ length: EVENT_WORDS }, () => word++);
          new Int32Array(memory.buffer, event, EVENT_WORDS).set(words);
          kernel.add(event);
          model.push(...words);
        }
        assert.equal(kernel.read(into), count);
        const copies = new Int32Array(memory.buffer, into, count * EVENT_WORDS);
        assert.deepEqual([...copies], model);
        kernel.empty();
      }
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 60 }));
    t.end();
  });
});
