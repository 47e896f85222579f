/** The cells that segments from other processes come to, and the records that name them. */
import { DEST, SLOT_WORDS } from '../../ringbuf/ring-layout.js';
import { type BridgeKernel, allocateIn } from '../../roles/kernel.js';
import { Board } from '../../shm/board.js';
import { ContentStore, reservePages } from '../../shm/content-store.js';
import { WORD_BYTES, type Words } from '../../shm/layout.js';
import type { LandingPlan, SwarmPlan } from '../plan.js';

/** Answers that may wait for bytes, their own or those of others. */
const RECORDS = 4096;

export class Landing {
  private readonly words: Words;
  private readonly board: Board;
  private readonly memory: WebAssembly.Memory;
  /** Rank that each cell's segment is for. */
  private readonly ranks: Int32Array;
  private isOpen = false;
  /** Byte addresses of records that are not in use. */
  private readonly free: number[] = [];

  constructor(
    plan: SwarmPlan,
    private readonly landing: LandingPlan,
    kernel: BridgeKernel,
  ) {
    this.words = new Int32Array(plan.slab);
    this.board = new Board(plan.slab, plan.board);
    this.memory = plan.memory;
    this.ranks = new Int32Array(landing.cells);
    const recordBytes = SLOT_WORDS * WORD_BYTES;
    const first = allocateIn(kernel, RECORDS * recordBytes);
    for (let record = 0; record < RECORDS; record++) this.free.push(first + record * recordBytes);
    const store = new ContentStore(plan.content);
    for (let index = 0; index < landing.cells; index++) {
      reservePages(store.bytes(landing.firstCell + index, plan.segmentBytes));
    }
  }

  /** A cell that nothing lies in, or `undefined` where ranks here have not looked at any yet. */
  find(): number | undefined {
    const { cells, firstCell } = this.landing;
    // The first free one: few are in use at a time, and those stay in the caches.
    for (let index = 0; index < cells; index++) {
      if (this.isOpen || this.isFree(index)) return firstCell + index;
    }
    return undefined;
  }

  private isFree(index: number): boolean {
    // Pairs with the rank's store: it does not read the bytes again.
    if (Atomics.load(this.words, this.landing.takenOffset + index) === 0) return true;
    // Who died with a segment in hand has left it there.
    return Atomics.load(this.board.alive, this.ranks[index]) === 0;
  }

  /** The segment that a record announces comes to `cell`. */
  take(cell: number, record: Int32Array): void {
    const index = cell - this.landing.firstCell;
    this.ranks[index] = record[DEST];
    Atomics.store(this.words, this.landing.takenOffset + index, 1);
  }

  /** Nobody here looks at segments any more: they may come to any cell. */
  open(): void {
    this.isOpen = true;
  }

  /** Copies a record, whose batch goes; gives its address, or `undefined` where too many wait. */
  keep(record: Int32Array): number | undefined {
    const address = this.free.pop();
    if (address === undefined) return undefined;
    new Int32Array(this.memory.buffer, address, SLOT_WORDS).set(record);
    return address;
  }

  /** The record at `address` was handed on. */
  release(address: number): void {
    this.free.push(address);
  }
}
