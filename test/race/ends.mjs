/**
 * Both implementations of a thread's end of the channels behind one face: the one of programs,
 * in TypeScript, and the kernel's.
 */
import { Endpoint } from '../../dist/src/comm/endpoint.js';
import { Placement } from '../../dist/src/comm/placement.js';
import { carveChannels } from '../../dist/src/ringbuf/channels.js';
import { DEST, PAYLOAD, SLOT_WORDS, SOURCE } from '../../dist/src/ringbuf/ring-layout.js';
import { ControlLayout, HEAP_END } from '../../dist/src/shm/control-layout.js';
import { Carver, WORD_BYTES } from '../../dist/src/shm/layout.js';

const { Memory, Instance } = globalThis.WebAssembly;
const PAGE_BYTES = 65_536;

/** What the kernel's end needs to be compiled with to be used from outside. */
export const KERNEL_END = `
import * as endpoint from './comm/assembly/endpoint';
export { allocate, openHeap } from './shm/assembly/memory';
export { flush, hasWork, isBlocked, openEndpoint, releaseAll, wakeReceivers } from './comm/assembly/endpoint';
export function send(tag: i32, source: i32, dest: i32, a: i32, b: i32, c: i32, d: i32): void {
  endpoint.send(tag, source, dest, a, b, c, d);
}
export function ready(tag: i32): i32 { return endpoint.inboxRing(tag).ready(); }
export function slot(tag: i32): usize {
  const ring = endpoint.inboxRing(tag);
  return ring.slot(ring.position);
}
export function advance(tag: i32, count: i32): void { endpoint.inboxRing(tag).position += count; }
`;

/** One rank a thread, rings of `capacity` slots, and `free(index)` for words of the test's own. */
export function layOut({ threads, tags, capacity }) {
  const carver = new Carver();
  const control = ControlLayout.carve(carver, threads);
  const channels = carveChannels(carver, threads, tags, () => capacity);
  const tables = [
    channels.bases,
    channels.capacities,
    new Placement(threads, threads).threadOfRanks(),
  ];
  const offsets = tables.map((table) => carver.reserve(table.length));
  const first = carver.totalWords;
  return {
    control,
    channels,
    tables,
    offsets,
    placement: new Placement(threads, threads),
    free: (index) => first + index * 32,
    totalBytes: (first + 32 * 32) * WORD_BYTES,
  };
}

/** Memory for the layout of `shape`, with its tables filled in. */
export function allocate(shape) {
  const layout = layOut(shape);
  const initial = Math.ceil(layout.totalBytes / PAGE_BYTES) + 4 * shape.threads;
  const memory = new Memory({ initial, maximum: 1024, shared: true });
  const words = new Int32Array(memory.buffer);
  layout.tables.forEach((table, index) => words.set(table, layout.offsets[index]));
  words[layout.control.offset + HEAP_END] = Math.ceil(layout.totalBytes / PAGE_BYTES) * PAGE_BYTES;
  return memory;
}

/** Opens `thread`'s end. */
export function openEnd(kind, { shape, memory, module }, thread) {
  const layout = layOut(shape);
  const words = new Int32Array(memory.buffer);
  const end = kind === 'kernel' ? kernelEnd : scriptEnd;
  return {
    words,
    control: layout.control.threadOffset(thread),
    free: layout.free,
    ...end(layout, words, { shape, memory, module }, thread),
  };
}

function readSlot(words, at) {
  return {
    source: words[at + SOURCE],
    dest: words[at + DEST],
    payload: words.slice(at + PAYLOAD, at + PAYLOAD + 4),
  };
}

function scriptEnd({ control, channels, placement }, words, { memory }, thread) {
  const endpoint = new Endpoint({ slab: memory.buffer, control, channels, placement }, thread);
  return {
    send: (tag, source, dest, a, b, c, d) => endpoint.send(tag, source, dest, a, b, c, d, 0),
    flush: () => void endpoint.flush(),
    isBlocked: (tag) => endpoint.isBlocked(tag),
    hasWork: () => endpoint.hasWork(),
    wakeReceivers: () => endpoint.wakeReceivers(),
    releaseAll: () => endpoint.releaseAll(),
    receive: (tag, take, limit = Infinity) =>
      endpoint.receive(
        tag,
        {
          deliver: (_, slots, at, count) => {
            for (let index = 0; index < count; index++)
              take(readSlot(slots, at + index * SLOT_WORDS));
          },
        },
        limit,
      ),
  };
}

function kernelEnd({ control, offsets }, words, { shape, memory, module }, thread) {
  const kernel = new Instance(module, { env: { memory } }).exports;
  const [bases, capacities, placement] = offsets.map((offset) => offset * WORD_BYTES);
  const firstControl = control.threadOffset(0) * WORD_BYTES;
  const controlBytes = control.threadWords * WORD_BYTES;
  kernel.openHeap((control.offset + HEAP_END) * WORD_BYTES);
  kernel.openEndpoint(
    thread,
    shape.threads,
    shape.tags,
    bases,
    capacities,
    placement,
    firstControl,
    controlBytes,
  );
  return {
    send: kernel.send,
    flush: kernel.flush,
    isBlocked: (tag) => kernel.isBlocked(tag) !== 0,
    hasWork: () => kernel.hasWork() !== 0,
    wakeReceivers: kernel.wakeReceivers,
    releaseAll: kernel.releaseAll,
    receive: (tag, take, limit = Infinity) => {
      let received = 0;
      while (received < limit) {
        const count = kernel.ready(tag);
        if (count === 0) break;
        const at = kernel.slot(tag) / WORD_BYTES;
        for (let index = 0; index < count; index++) take(readSlot(words, at + index * SLOT_WORDS));
        kernel.advance(tag, count);
        received += count;
      }
      return received;
    },
  };
}
