/** The copies of events that go to another thread, against arrays. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { compileForTests } from '../../ringbuf/kernel-module.js';

const EVENT_BYTES = 64;
const EVENT_WORDS = EVENT_BYTES / 4;
const HEAP_BYTES = 65_536;
const MOST_PAGES = 256;

const SOURCE = `
import { allocate } from './shm/assembly/memory';
import { Event } from './comm/assembly/simulated/event';
import { Mail } from './comm/assembly/simulated/mail';
export { allocate, openHeap } from './shm/assembly/memory';
let mail: Mail = changetype<Mail>(0);
export function open(): void {
  mail = changetype<Mail>(allocate(offsetof<Mail>()));
}
export function add(event: usize): void {
  mail.add(changetype<Event>(event));
}
export function empty(): void {
  mail.count = 0;
}
export function events(): usize {
  return mail.events;
}
export function count(): i32 {
  return mail.count;
}
`;

interface Exports {
  openHeap(address: number): void;
  allocate(bytes: number): number;
  open(): void;
  add(event: number): void;
  empty(): void;
  events(): number;
  count(): number;
}

/** Events of each window: there is room for 256 at first, and twice as much each time it is full. */
const windows = fc.array(fc.oneof(fc.constantFrom(0, 1, 255, 256, 257, 513), fc.nat(1200)), {
  maxLength: 8,
});

t.test('mail', async (t) => {
  const module = await compileForTests(SOURCE);

  t.test('holds a copy of every word of every event of the window, in order', (t) => {
    const property = fc.property(windows, (counts) => {
      const memory = new WebAssembly.Memory({ initial: 2, maximum: MOST_PAGES, shared: true });
      const kernel = new WebAssembly.Instance(module, { env: { memory } })
        .exports as unknown as Exports;
      new Int32Array(memory.buffer)[0] = HEAP_BYTES;
      kernel.openHeap(0);
      kernel.open();
      const event = kernel.allocate(EVENT_BYTES);
      let word = 0;
      for (const count of counts) {
        const model: number[] = [];
        for (let index = 0; index < count; index++) {
          const words = Array.from({ length: EVENT_WORDS }, () => word++);
          new Int32Array(memory.buffer, event, EVENT_WORDS).set(words);
          kernel.add(event);
          model.push(...words);
        }
        assert.equal(kernel.count(), count);
        const copies = new Int32Array(memory.buffer, kernel.events(), count * EVENT_WORDS);
        assert.deepEqual([...copies], model);
        kernel.empty();
      }
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 60 }));
    t.end();
  });
});
