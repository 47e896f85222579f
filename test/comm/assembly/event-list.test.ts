/** Lists of events against arrays. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { compileForTests, instantiateForTests } from '../../ringbuf/kernel-module.js';

const LISTS = 3;
const WORD_BYTES = 4;

const SOURCE = `
import { put } from './shm/assembly/memory';
import { Event } from './comm/assembly/simulated/event';
import { PLACE_BYTES, add, eventAt, firstPlace, giveBlock, takeAll } from './comm/assembly/simulated/event-list';
export { allocate, openHeap } from './shm/assembly/memory';
export function enter(list: usize, event: usize): void {
  add(list, changetype<Event>(event));
}
/** Empties a list, writes what was in it and returns how much that was. */
export function empty(list: usize, into: usize): i32 {
  let count = 0;
  for (let end = takeAll(list); end != 0; end = giveBlock(end)) {
    for (let place = firstPlace(end); place < end; place += PLACE_BYTES) {
      put(into, count++, <i32>changetype<usize>(eventAt(place)));
    }
  }
  return count;
}
`;

interface Exports {
  openHeap(address: number): void;
  allocate(bytes: number): number;
  enter(list: number, event: number): void;
  empty(list: number, into: number): number;
}

/** Enters so many events in a list, or empties it. */
const steps = fc.array(
  fc.record({
    list: fc.nat(LISTS - 1),
    // A block holds 15.
    events: fc.oneof(fc.constantFrom(0, 1, 14, 15, 16, 30, 31), fc.nat(600)),
    empties: fc.boolean(),
  }),
  { maxLength: 30 },
);

t.test('event lists', async (t) => {
  const module = await compileForTests(SOURCE);

  t.test('give back once what was entered, and nothing else', (t) => {
    const property = fc.property(steps, (taken) => {
      const { exports, memory } = instantiateForTests(module);
      const kernel = exports as Exports;
      const words = kernel.allocate(LISTS * WORD_BYTES);
      const into = kernel.allocate(30 * 600 * WORD_BYTES);
      const models = Array.from({ length: LISTS }, (): number[] => []);
      let entered = 0;
      const empty = (list: number): void => {
        const count = kernel.empty(words + list * WORD_BYTES, into);
        const found = [...new Int32Array(memory.buffer, into, count)].sort((a, b) => a - b);
        assert.deepEqual(found, models[list]);
        models[list] = [];
      };
      for (const { list, events, empties } of taken) {
        for (let event = 0; event < events; event++) {
          entered++;
          kernel.enter(words + list * WORD_BYTES, entered);
          models[list].push(entered);
        }
        if (empties) empty(list);
      }
      models.forEach((_, list) => {
        empty(list);
      });
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 100 }));
    t.end();
  });
});
