/**
 * The content store: segments' bytes in shared memory, written once before they are offered.
 *
 * A cell holds one segment. Cells are `strideBytes` apart, a multiple of 64, so that no two share
 * a cache line. A Uint8Array over shared memory ends at 2^32 bytes on Node 20, hence several
 * slabs: cell c lies in slab `floor(c / cellsPerSlab)`. A transfer passes the cell's number and
 * length; whoever holds these reads the bytes in place.
 */
import { AssertionError, assert } from '../assert.js';
import { requireKoffi } from './koffi.js';

const CELL_ALIGNMENT_BYTES = 64;
const SLAB_LIMIT_BYTES = 2 ** 32 - 2 ** 16;

/** Shape of a store: what another thread needs to open it. */
export interface ContentShape {
  readonly cells: number;
  readonly strideBytes: number;
  readonly cellsPerSlab: number;
}

/** Memory that a library has mapped into this process. */
export interface MappedMemory {
  readonly address: bigint;
  readonly bytes: number;
}

/** A store as it is handed to worker threads. */
export interface ContentMemory {
  readonly shape: ContentShape;
  readonly slabs: readonly (SharedArrayBuffer | MappedMemory)[];
}

/** Plans a store of `cells` cells of up to `cellBytes` bytes. */
export function contentShape(cells: number, cellBytes: number): ContentShape {
  const strideBytes = Math.ceil(cellBytes / CELL_ALIGNMENT_BYTES) * CELL_ALIGNMENT_BYTES;
  assert(strideBytes <= SLAB_LIMIT_BYTES, `a cell exceeds a slab: cellBytes=${cellBytes}`);
  const cellsPerSlab =
    strideBytes === 0 ? Math.max(1, cells) : Math.floor(SLAB_LIMIT_BYTES / strideBytes);
  return { cells, strideBytes, cellsPerSlab };
}

/** Bytes that a store of this shape takes. */
export function contentBytes(shape: ContentShape): number {
  return shape.cells * shape.strideBytes;
}

/** A store in memory of its own. */
interface OwnMemory extends ContentMemory {
  readonly slabs: readonly SharedArrayBuffer[];
}

/** Allocates the slabs of a store; pages are taken from the system only when written. */
export function allocateContent(shape: ContentShape): OwnMemory {
  return { shape, slabs: slabSizes(shape).map((bytes) => new SharedArrayBuffer(bytes)) };
}

/** A store in memory that is mapped at `address` for as long as any thread uses it. */
export function mapContent(shape: ContentShape, address: bigint): ContentMemory {
  let end = address;
  const slabs = slabSizes(shape).map((bytes) => {
    const slab = { address: end, bytes };
    end += BigInt(bytes);
    return slab;
  });
  return { shape, slabs };
}

/** Bytes of each slab. */
function slabSizes({ cells, strideBytes, cellsPerSlab }: ContentShape): number[] {
  if (strideBytes === 0) return [];
  return Array.from({ length: Math.ceil(cells / cellsPerSlab) }, (_, slab) => {
    return Math.min(cellsPerSlab, cells - slab * cellsPerSlab) * strideBytes;
  });
}

/** The smallest page of any machine that this runs on. */
export const SYSTEM_PAGE_BYTES = 4096;

/** Takes the pages behind `bytes`, which nobody has written to yet, from the system. */
export function reservePages(bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; offset += SYSTEM_PAGE_BYTES) bytes[offset] = 0;
}

/**
 * Has the processor find the pages of `bytes`, which are about to be read from end to end. A look
 * into each has it find them side by side; a reader that comes to them one after the other waits for
 * each, which on a virtual machine takes up to a microsecond (SHA-1 of 16 KiB: 12.0 us, so 8.6).
 */
export function lookUpPages(bytes: Uint8Array): void {
  // Atomic, for no compiler leaves such a look out, though nobody wants what it finds.
  for (let offset = 0; offset < bytes.length; offset += SYSTEM_PAGE_BYTES)
    Atomics.load(bytes, offset);
}

/**
 * Copies `from`, which is not empty, to the beginning of `to`. Either may be shared memory: from and
 * to it `set` goes word by word, which takes twice as long (16 KiB: 1.7 us against 0.9).
 */
export function copyBytes(to: Uint8Array, from: Uint8Array): void {
  Buffer.from(to.buffer, to.byteOffset, from.length).fill(from);
}

/** A thread's view of the store. */
export class ContentStore {
  readonly slabs: readonly ArrayBufferLike[];
  private readonly shape: ContentShape;

  constructor(memory: ContentMemory) {
    this.shape = memory.shape;
    this.slabs = memory.slabs.map((slab) =>
      slab instanceof SharedArrayBuffer ? slab : requireKoffi().view(slab.address, slab.bytes),
    );
  }

  /** All bytes of `count` cells from `first` on; they must lie in one slab. */
  span(first: number, count: number): Uint8Array {
    const { strideBytes, cellsPerSlab } = this.shape;
    const slab = Math.floor(first / cellsPerSlab);
    const start = first - slab * cellsPerSlab;
    assert(start + count <= cellsPerSlab, `cells of two slabs: first=${first} count=${count}`);
    return new Uint8Array(this.slabs[slab], start * strideBytes, count * strideBytes);
  }

  /** The first `length` bytes of `cell`, in place. */
  bytes(cell: number, length: number): Uint8Array {
    const { cells, strideBytes, cellsPerSlab } = this.shape;
    // Not by assert(), which would have the message built for each segment.
    if (!(cell >= 0 && cell < cells && length <= strideBytes)) {
      throw new AssertionError(
        `no such bytes: cell=${cell} of ${cells} length=${length} of ${strideBytes}`,
      );
    }
    const slab = Math.floor(cell / cellsPerSlab);
    // Cheaper than a subarray, which asks for the species of the array that it is taken from.
    return new Uint8Array(this.slabs[slab], (cell - slab * cellsPerSlab) * strideBytes, length);
  }
}
