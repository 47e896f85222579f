/**
 * Memory of the kernel: raw words at byte addresses, and an allocator for what a thread keeps to
 * itself. Nothing is ever freed before the run ends.
 */

/** Bytes of a line of the processor's cache. */
export const CACHE_LINE: usize = 64;

/** Bytes a thread takes from the common heap at a time. */
const CHUNK_BYTES: usize = 1 << 18;
const PAGE_BYTES: usize = 1 << 16;
/** What the memory grows by: untouched it costs nothing, and whole huge pages fit in. */
const GROWTH_PAGES: i32 = 512;

let heapEnd: usize = 0;
let cursor: usize = 0;
let limit: usize = 0;

/** Tells where the word lies that holds the end of the common heap. */
export function openHeap(heapEndAddress: usize): void {
  heapEnd = heapEndAddress;
}

/** A zeroed block of the calling thread's own, in whole cache lines. Traps when memory is out. */
export function allocate(bytes: usize): usize {
  const size = (bytes + CACHE_LINE - 1) & ~(CACHE_LINE - 1);
  if (cursor + size > limit) {
    const chunk = size > CHUNK_BYTES ? size : CHUNK_BYTES;
    const start = takeFromHeap(chunk);
    growTo(start + chunk);
    cursor = start;
    limit = start + chunk;
  }
  const block = cursor;
  cursor += size;
  return block;
}

/** Moves the heap's end on; traps where that would leave the 4 GiB that an address reaches. */
function takeFromHeap(bytes: usize): usize {
  let start = load<i32>(heapEnd);
  for (;;) {
    const end = <usize>start + bytes;
    if (end < <usize>start) unreachable();
    const found = atomic.cmpxchg<i32>(heapEnd, start, <i32>end);
    if (found == start) break;
    start = found;
  }
  return <usize>start;
}

function growTo(end: usize): void {
  const pages = <i32>((end + PAGE_BYTES - 1) / PAGE_BYTES);
  // Another thread may grow at the same time: then there is more than was asked for.
  while (memory.size() < pages) {
    const missing = pages - memory.size();
    if (missing <= 0) continue;
    const growth = (missing + GROWTH_PAGES - 1) & ~(GROWTH_PAGES - 1);
    if (memory.grow(growth) >= 0) continue;
    if (memory.grow(missing) < 0 && memory.size() < pages) unreachable();
  }
}

/** Word `index` of the array at `base`. */
export function at(base: usize, index: i32): i32 {
  return load<i32>(base + ((<usize>index) << 2));
}

/** Sets word `index` of the array at `base`. */
export function put(base: usize, index: i32, value: i32): void {
  store<i32>(base + ((<usize>index) << 2), value);
}

/** Two words of a list change places. */
export function exchange(list: usize, one: i32, other: i32): void {
  const word = at(list, one);
  put(list, one, at(list, other));
  put(list, other, word);
}

/** What was read ahead comes to something, so that no compiler leaves it out; nobody wants to know. */
let sumRead: i32 = 0;

/** Notes a word that was read for no other end than to have it in the processor's cache. */
export function noteRead(word: i32): void {
  sumRead += word;
}
