/**
 * The bytes of segments on their way between processes that can't read each other's memory
 * (`shared-content.ts`). They go from the sender's cells, several to a message, into a block of the
 * cells that the receiver's content store keeps for what comes ashore; the message that announces a
 * segment (`Tag.SegmentAnswer`) goes in a batch. Both come in the order sent, so the n-th
 * announcement belongs to the n-th segment.
 */
import { DEST, PAYLOAD, SLOT_WORDS } from '../../ringbuf/ring-layout.js';
import { NACK } from '../../roles/tags.js';
import { type BridgeKernel, allocateIn } from '../../roles/kernel.js';
import { Board } from '../../shm/board.js';
import { ContentStore, copyBytes, reservePages } from '../../shm/content-store.js';
import { WORD_BYTES, type Words } from '../../shm/layout.js';
import type { LandingPlan, SwarmPlan } from '../plan.js';
import { MpiTag } from './exchange.js';
import type { Transfers } from './transfers.js';

/** Messages to a process that are under way, and messages that it may send ahead. */
export const FREIGHT_SENDS = 4;
export const FREIGHT_RECEIVES = 2;

/**
 * Announcements of one process that wait for bytes, their own or those of others. Each process has
 * as many for itself: were they shared, those of one could wait for blocks that are all taken by what
 * came from another and can't be announced.
 */
const ANNOUNCEMENTS = 4096;

const RECORD_BYTES = SLOT_WORDS * WORD_BYTES;

/** A message that is to come, and the block that it comes to. */
interface Expected {
  readonly block: number;
  readonly place: number;
  bytes?: number;
}

/** What is on its way between this process and one other. */
class Route {
  /** Cells and lengths of segments that are to be sent. */
  readonly outgoing: number[] = [];
  /** Messages in the order in which they come. */
  readonly expected: Expected[] = [];
  /** Places for them that are not in use. */
  readonly freePlaces: number[] = [];
  /** Cells of segments that have come and were not announced yet. */
  readonly cells: number[] = [];
  /** Byte addresses of announcements that wait, and of those that are not in use. */
  readonly announced: number[] = [];
  readonly freeRecords: number[] = [];
  /** Places for what is sent that are not in use. */
  readonly freeSends: number[] = [];

  constructor(readonly process: number) {}
}

export class Freight {
  private readonly words: Words;
  /** The kernel's memory, announcements included. */
  private readonly records: Words;
  private readonly board: Board;
  private readonly store: ContentStore;
  private readonly strideBytes: number;
  private readonly routes = new Map<number, Route>();
  private readonly sendBlocks: Uint8Array[] = [];
  /** For each block of cells: whether a message may come to it. */
  private readonly isExpecting: Uint8Array;
  /** Rank that each cell's segment is for; -1: nobody knows yet. */
  private readonly ranks: Int32Array;
  private isOpen = false;
  segmentsSent = 0;
  /** Those of them that are read in this process's memory. */
  segmentsFromSharedMemory = 0;
  bytesSent = 0;

  constructor(
    plan: SwarmPlan,
    private readonly landing: LandingPlan,
    private readonly kernel: BridgeKernel,
    private readonly transfers: Transfers,
    far: readonly number[],
  ) {
    this.words = new Int32Array(plan.slab);
    this.board = new Board(plan.slab, plan.board);
    this.store = new ContentStore(plan.content);
    this.strideBytes = plan.content.shape.strideBytes;
    this.isExpecting = new Uint8Array(landing.cells / landing.blockCells);
    this.ranks = new Int32Array(landing.cells).fill(-1);
    if (far.length > 0) {
      for (let block = 0; block < this.isExpecting.length; block++) {
        reservePages(this.blockBytes(block));
      }
    }
    for (const process of far) this.openRoute(new Route(process));
    // Only now: memory that grows is another object.
    this.records = new Int32Array(plan.memory.buffer);
  }

  private openSend({ freeSends }: Route): void {
    const bytes = this.landing.blockCells > 1 ? this.landing.blockCells * this.strideBytes : 0;
    const place = this.transfers.place(() => freeSends.push(place));
    this.sendBlocks[place] = new Uint8Array(new SharedArrayBuffer(bytes));
    freeSends.push(place);
  }

  private openRoute(route: Route): void {
    this.routes.set(route.process, route);
    const records = allocateIn(this.kernel, ANNOUNCEMENTS * RECORD_BYTES);
    for (let record = 0; record < ANNOUNCEMENTS; record++) {
      route.freeRecords.push(records + record * RECORD_BYTES);
    }
    for (let index = 0; index < FREIGHT_SENDS; index++) this.openSend(route);
    for (let index = 0; index < FREIGHT_RECEIVES; index++) {
      const place = this.transfers.place((bytes) => {
        const message = route.expected.find((expected) => expected.place === place);
        if (message !== undefined) message.bytes = bytes;
      });
      route.freePlaces.push(place);
    }
    this.expect(route);
  }

  /** The bytes of a block, whose cells follow each other. */
  private blockBytes(block: number): Uint8Array {
    const { firstCell, blockCells } = this.landing;
    return this.store.span(firstCell + block * blockCells, blockCells);
  }

  /** Has messages come to blocks that nothing lies in any more, as far as there are any. */
  private expect(route: Route): void {
    while (route.freePlaces.length > 0) {
      const block = this.findBlock();
      if (block === undefined) return;
      const place = route.freePlaces.pop() ?? 0;
      this.isExpecting[block] = 1;
      route.expected.push({ block, place });
      this.transfers.receive(place, this.blockBytes(block), route.process, MpiTag.Segments);
    }
  }

  /** The first free block: few are in use at a time, and those stay in the caches. */
  private findBlock(): number | undefined {
    for (let block = 0; block < this.isExpecting.length; block++) {
      if (this.isExpecting[block] === 0 && this.isFree(block)) return block;
    }
    return undefined;
  }

  private isFree(block: number): boolean {
    if (this.isOpen) return true;
    const { blockCells, takenOffset } = this.landing;
    for (let index = block * blockCells; index < (block + 1) * blockCells; index++) {
      // Pairs with the rank's store: it does not read the bytes again.
      if (Atomics.load(this.words, takenOffset + index) === 0) continue;
      // Who died with a segment in hand has left it there.
      const rank = this.ranks[index];
      if (rank < 0 || Atomics.load(this.board.alive, rank) !== 0) return false;
    }
    return true;
  }

  /**
   * The `count` segments that are announced to `process` by the batch that has just been sent.
   *
   * @param segments - word offset in the kernel's memory of the cell and the bytes of each
   */
  queue(process: number, segments: number, count: number): void {
    const route = this.routes.get(process);
    const end = segments + count * 2;
    if (route === undefined) {
      // It reads them itself.
      this.segmentsSent += count;
      this.segmentsFromSharedMemory += count;
      for (let word = segments; word < end; word += 2) this.bytesSent += this.records[word + 1];
      return;
    }
    for (let word = segments; word < end; word++) route.outgoing.push(this.records[word]);
  }

  /** Whether nothing is under way that needs this process to see to it. */
  isIdle(): boolean {
    for (const process of this.routes.keys()) {
      if (!this.isSent(process) || !this.isReceived(process)) return false;
    }
    return true;
  }

  /** Whether everything announced to `process` has left. */
  isSent(process: number): boolean {
    const route = this.routes.get(process);
    if (route === undefined) return true;
    return route.outgoing.length === 0 && route.freeSends.length === FREIGHT_SENDS;
  }

  /** Whether everything that `process` has announced has come. */
  isReceived(process: number): boolean {
    return (this.routes.get(process)?.announced.length ?? 0) === 0;
  }

  /** Sends what is queued for `process`, as far as messages may be under way. */
  send(process: number): void {
    const route = this.routes.get(process);
    if (route === undefined) return;
    const { outgoing, freeSends } = route;
    let at = 0;
    while (at < outgoing.length && freeSends.length > 0) {
      const place = freeSends.pop() ?? 0;
      const count = Math.min((outgoing.length - at) / 2, this.landing.blockCells);
      const bytes = this.load(this.sendBlocks[place], outgoing, at, count);
      this.transfers.send(place, bytes, process, MpiTag.Segments);
      this.segmentsSent += count;
      this.bytesSent += bytes.length;
      at += count * 2;
    }
    outgoing.splice(0, at);
  }

  /** Puts segments together for one message; one that goes alone goes from its cell. */
  private load(
    block: Uint8Array,
    segments: readonly number[],
    at: number,
    count: number,
  ): Uint8Array {
    if (block.length === 0) return this.store.bytes(segments[at], segments[at + 1]);
    for (let index = 0; index < count; index++) {
      const bytes = this.store.bytes(segments[at + index * 2], segments[at + index * 2 + 1]);
      copyBytes(block.subarray(index * this.strideBytes), bytes);
    }
    return block.subarray(0, count * this.strideBytes);
  }

  /**
   * Takes in the announcement of a segment, or a NACK behind one; false where too many wait.
   *
   * @param record - word offset in the kernel's memory
   */
  announce(process: number, record: number): boolean {
    const route = this.routes.get(process);
    if (route === undefined) throw new Error(`no route from process ${process}`);
    const { announced, freeRecords } = route;
    const address = freeRecords.pop();
    if (address === undefined) return false;
    const copy = address / WORD_BYTES;
    for (let word = 0; word < SLOT_WORDS; word++) {
      this.records[copy + word] = this.records[record + word];
    }
    announced.push(address);
    this.kernel.setWaiting(process, 1);
    return true;
  }

  /** Hands on what has come from `process` and was announced; false where there is nothing. */
  handOn(process: number): boolean {
    const route = this.routes.get(process);
    if (route === undefined) return false;
    this.land(route);
    const { announced, cells } = route;
    let count = 0;
    let landed = 0;
    while (count < announced.length) {
      const address = announced[count];
      const record = address / WORD_BYTES;
      if (this.records[record + PAYLOAD + 2] === NACK) {
        this.kernel.deliverSegment(address, NACK);
      } else {
        if (landed === cells.length) break;
        const cell = cells[landed++];
        this.ranks[cell - this.landing.firstCell] = this.records[record + DEST];
        this.kernel.deliverSegment(address, cell);
      }
      route.freeRecords.push(address);
      count++;
    }
    if (count === 0) return false;
    announced.splice(0, count);
    cells.splice(0, landed);
    if (announced.length === 0) this.kernel.setWaiting(process, 0);
    return true;
  }

  /** Notes the segments of the messages that have come, in order. */
  private land(route: Route): void {
    const { firstCell, blockCells, takenOffset } = this.landing;
    while (route.expected[0]?.bytes !== undefined) {
      const { block, place, bytes } = route.expected[0];
      const count = blockCells === 1 ? 1 : (bytes ?? 0) / this.strideBytes;
      for (let index = block * blockCells; index < block * blockCells + count; index++) {
        this.ranks[index] = -1;
        Atomics.store(this.words, takenOffset + index, 1);
        route.cells.push(firstCell + index);
      }
      this.isExpecting[block] = 0;
      route.expected.shift();
      route.freePlaces.push(place);
    }
    this.expect(route);
  }

  /** Nobody here looks at segments any more: they may come anywhere. */
  open(): void {
    this.isOpen = true;
  }
}
