/** How many neighbours hold a segment, against counters. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { compileForTests, instantiateForTests } from '../ringbuf/kernel-module.js';

const SOURCE = `
import { allocate, openHeap } from './shm/assembly/memory';
import { rowBytes, setBit } from './roles/assembly/bep3/bitfield';
import { NeighbourRows, openRarity } from './roles/assembly/bep3/rarity';
import { openSwarm } from './roles/assembly/bep3/settings';
export { openHeap, rowBytes, setBit };
let rows: NeighbourRows = changetype<NeighbourRows>(0);
export function open(segments: i32, limit: i32): void {
  openSwarm(1, 0, segments, 1, 1);
  openRarity();
  rows = changetype<NeighbourRows>(allocate(offsetof<NeighbourRows>()));
  rows.open(limit);
}
export function newRow(): usize { return allocate(rowBytes()); }
export function add(row: usize): void { rows.add(row); }
export function remove(row: usize): void { rows.remove(row); }
export function holders(segment: i32): i32 { return rows.holders(segment); }
export function rarest(row: usize): usize { return rows.rarest(row); }
`;

interface Exports {
  openHeap(address: number): void;
  rowBytes(): number;
  open(segments: number, limit: number): void;
  newRow(): number;
  setBit(row: number, segment: number): void;
  add(row: number): void;
  remove(row: number): void;
  holders(segment: number): number;
  rarest(row: number): number;
}

/** What some neighbours hold, and which segments a peer would pick from. */
const swarms = fc.integer({ min: 1, max: 300 }).chain((segments) => {
  const held = fc.uniqueArray(fc.integer({ min: 0, max: segments - 1 }));
  return fc.record({
    segments: fc.constant(segments),
    // As many as there may be, where chance would seldom lead.
    neighbours: fc.oneof(
      fc.array(held, { maxLength: 20 }),
      fc.array(held, { minLength: 120, maxLength: 127 }),
    ),
    leavers: fc.array(fc.nat(200), { maxLength: 10 }),
    wanted: held,
  });
});

t.test('holders of segments', async (t) => {
  const module = await compileForTests(SOURCE);

  t.test('are counted as counters would, whoever comes and leaves', (t) => {
    const property = fc.property(swarms, ({ segments, neighbours, leavers, wanted }) => {
      const { exports, memory } = instantiateForTests(module);
      const kernel = exports as Exports;
      kernel.open(segments, neighbours.length);
      const rowOf = (held: readonly number[]): number => {
        const row = kernel.newRow();
        for (const segment of held) kernel.setBit(row, segment);
        return row;
      };
      const bitsAt = (row: number): number[] => {
        const bytes = new Uint8Array(memory.buffer, row, kernel.rowBytes());
        const places = Array.from({ length: bytes.length * 8 }, (_, place) => place);
        return places.filter((place) => (bytes[place >> 3] & (1 << (place & 7))) !== 0);
      };
      const present = neighbours.map((held) => ({ held, row: rowOf(held) }));
      for (const { row } of present) kernel.add(row);
      for (const leaver of leavers) {
        const [left] = present.splice(leaver % Math.max(1, present.length), 1);
        if (left !== undefined) kernel.remove(left.row);
      }

      const counts = new Array<number>(segments).fill(0);
      for (const { held } of present) for (const segment of held) counts[segment]++;
      counts.forEach((count, segment) => assert.equal(kernel.holders(segment), count));
      const least = Math.min(...wanted.map((segment) => counts[segment]));
      const rarest = wanted.filter((segment) => counts[segment] === least);
      assert.deepEqual(
        bitsAt(kernel.rarest(rowOf(wanted))),
        rarest.toSorted((a, b) => a - b),
      );
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }));
    t.end();
  });

  t.end();
});
