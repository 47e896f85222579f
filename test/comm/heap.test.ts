import fc from 'fast-check';
import t from 'tap';
import { Heaps, NO_BLOCK, OwnHeap } from '../../src/comm/heap.js';
import {
  BLOCKS,
  BLOCK_ALIGNMENT_WORDS,
  FIRST_HOLDER,
  FREE,
  OWNED,
  allocateHeap,
  blockWords,
  longestMessageBytes,
} from '../../src/comm/heap-layout.js';
import { ControlLayout, NOTIFIES, STATE } from '../../src/shm/control-layout.js';
import { PARKED, RUNNING } from '../../src/shm/parking.js';

const HEAP_BYTES = 1024;
const END = BLOCKS + HEAP_BYTES / 4;

const control = new ControlLayout(0, 3);

/** What rank `rank` sees of `memory` as rank 0's heap. */
function holder(memory: SharedArrayBuffer, rank: number): { heaps: Heaps; slab: Int32Array } {
  const slab = new Int32Array(new SharedArrayBuffer(control.totalWords * 4));
  return { heaps: new Heaps([memory, memory, memory], rank, slab, control), slab };
}

interface Block {
  readonly offset: number;
  readonly byteLength: number;
  readonly fill: number;
}

const commands = fc.array(
  fc.oneof(
    fc.record({ allocate: fc.integer({ min: 0, max: longestMessageBytes(HEAP_BYTES) }) }),
    fc.record({ allocate: fc.integer({ min: 0, max: 150 }) }),
    fc.record({ free: fc.nat({ max: 20 }) }),
  ),
  { maxLength: 120, size: 'max' },
);

t.test('blocks never overlap, keep their bytes, and all room comes back', (t) => {
  fc.assert(
    fc.property(commands, (list) => {
      const heap = new OwnHeap(allocateHeap(HEAP_BYTES));
      const live: Block[] = [];
      const free = (index: number): void => {
        const [block] = live.splice(index, 1);
        const bytes = heap.view(block.offset, block.byteLength);
        if (bytes.some((byte) => byte !== block.fill)) throw new Error('bytes were overwritten');
        heap.free(block.offset);
      };
      list.forEach((command, number) => {
        if ('free' in command) {
          if (live.length > 0) free(command.free % live.length);
          return;
        }
        const byteLength = command.allocate;
        const offset = heap.tryAllocate(byteLength);
        if (offset === NO_BLOCK) return;
        const end = offset + blockWords(byteLength);
        if (offset < BLOCKS || end > END || offset % BLOCK_ALIGNMENT_WORDS !== 0) {
          throw new Error(`block ${offset}..${end} lies outside the heap or askew`);
        }
        for (const other of live) {
          const otherEnd = other.offset + blockWords(other.byteLength);
          if (offset < otherEnd && other.offset < end) throw new Error('blocks overlap');
        }
        const fill = number & 255;
        heap.view(offset, byteLength).fill(fill);
        live.push({ offset, byteLength, fill });
      });
      while (live.length > 0) free(0);
      return heap.tryAllocate(longestMessageBytes(HEAP_BYTES)) !== NO_BLOCK;
    }),
  );
  t.end();
});

t.test('refuses a block for which there is no room in one piece', (t) => {
  const heap = new OwnHeap(allocateHeap(256));
  const first = heap.tryAllocate(100);
  const second = heap.tryAllocate(100);
  t.not(second, NO_BLOCK);
  t.equal(heap.tryAllocate(1), NO_BLOCK);
  heap.free(second);
  t.equal(heap.tryAllocate(1), NO_BLOCK, 'the oldest block still holds up the rest');
  heap.free(first);
  t.equal(heap.tryAllocate(longestMessageBytes(256)), first);
  t.end();
});

t.test('names the holder of the oldest block', (t) => {
  const memory = allocateHeap(HEAP_BYTES);
  const heap = new OwnHeap(memory);
  t.equal(heap.oldestHolder(), FREE);
  const block = heap.tryAllocate(10);
  t.equal(heap.oldestHolder(), OWNED);
  heap.handOver(block, 2);
  t.equal(heap.oldestHolder(), FIRST_HOLDER + 2);
  holder(memory, 2).heaps.release(0, block);
  t.equal(heap.oldestHolder(), FREE);
  t.end();
});

t.test('a release wakes the owner only when it has asked this holder', (t) => {
  const memory = allocateHeap(HEAP_BYTES);
  const heap = new OwnHeap(memory);
  const { heaps, slab } = holder(memory, 2);
  const owner = control.threadOffset(0);
  const release = (): number => {
    const block = heap.tryAllocate(10);
    heap.handOver(block, 2);
    slab[owner + STATE] = PARKED;
    heaps.release(0, block);
    return slab[owner + STATE];
  };
  t.equal(release(), PARKED);
  t.equal(heap.askForRoom(1), true);
  t.equal(release(), PARKED, 'another holder was asked');
  t.equal(heap.askForRoom(2), true);
  t.equal(heap.askForRoom(2), false, 'has been asked already');
  t.equal(release(), RUNNING);
  t.equal(slab[control.threadOffset(2) + NOTIFIES], 1);
  heap.stopAsking();
  t.equal(release(), PARKED);
  t.end();
});

t.test('only the holder gives a block back, and only once', (t) => {
  const memory = allocateHeap(HEAP_BYTES);
  const heap = new OwnHeap(memory);
  const block = heap.tryAllocate(10);
  const { heaps } = holder(memory, 2);
  t.throws(() => heaps.release(0, block), { code: 'ERR_BTSHM_ASSERTION' });
  heap.handOver(block, 2);
  t.throws(() => heap.free(block), { code: 'ERR_BTSHM_ASSERTION' });
  heaps.release(0, block);
  t.throws(() => heaps.release(0, block), { code: 'ERR_BTSHM_ASSERTION' });
  t.end();
});
