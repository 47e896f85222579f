/** Reads the records of all threads, in an order that does not depend on who hosted whom. */
import { assert } from '../../assert.js';

/**
 * Kinds of records and their payloads, in words; see `comm/assembly/simulated/trace.ts`.
 *
 *     Transfer  start (2), end (2), to, bytes, two words of the message
 *     Request   segment, chosen, availability or -1, candidates; each: rank, score (2)
 *     Pick      segment, from, availability, whether it was asked for before
 *     Choking   round, whether it is one, candidates; each: rank, flags, score (2, a double)
 *     Unchoke   to
 */
export const RecordKind = {
  Transfer: 0,
  Request: 1,
  Pick: 2,
  Choking: 3,
  Unchoke: 4,
} as const;

/** Word offsets of a record. */
const WORDS = 0;
const KIND = 1;
const TIME = 2;
const RANK = 4;
const PAYLOAD = 5;

/** A chunk's first words: the next chunk's address, and bytes used; records come after. */
const CHUNK_HEADER_BYTES = 8;

/** Place of the number of candidates in the payloads that have some. */
const CANDIDATES: Partial<Record<number, number>> = {
  [RecordKind.Request]: PAYLOAD + 3,
  [RecordKind.Choking]: PAYLOAD + 2,
};

/** What a thread tells of its records. */
export interface TracedThread {
  /** Address of its first chunk; 0: it recorded nothing. */
  readonly traceHead: number;
  /** Whether it has dropped some. */
  readonly isTraceCut: boolean;
}

/** Where a record lies, and when what it tells of begins. */
export interface TraceRecord {
  readonly kind: number;
  /** In ns. */
  readonly beginsNs: number;
  readonly rank: number;
  /** Word offset of its payload. */
  readonly payload: number;
  /** Its number among the thread's. */
  readonly sequence: number;
}

/** The records of a run. */
export class TraceReader {
  /** The kernel's memory. */
  readonly words: Int32Array;
  private cutNs: number | undefined;

  /**
   * @param buffer - the kernel's memory, as it is when all threads have ended
   * @param limit - entries to give at most: records, and the candidates in them
   */
  constructor(
    buffer: SharedArrayBuffer,
    private readonly threads: readonly TracedThread[],
    private readonly limit: number,
  ) {
    this.words = new Int32Array(buffer);
  }

  /** Once all were read: the instant after which nothing is told, or `undefined`. */
  get cutAtNs(): number | undefined {
    return this.cutNs;
  }

  /** All records, by (time, rank, sequence). */
  *records(): Generator<TraceRecord> {
    const cursors = this.threads.map(({ traceHead }) => new Cursor(this.words, traceHead));
    const pending = new RecordHeap();
    let left = this.limit;
    let lastNs = 0;
    let isCut = this.threads.some(({ isTraceCut }) => isTraceCut);
    for (;;) {
      const now = cursors.reduce((least, { timeNs }) => Math.min(least, timeNs), Infinity);
      // What begins before the present instant can't be preceded by anything any more.
      while (pending.size > 0 && pending.first.beginsNs < now) yield pending.take();
      if (now === Infinity) break;
      if (left <= 0) {
        isCut = true;
        break;
      }
      for (const record of instant(cursors, now)) {
        if (left <= 0) break;
        left -= this.entriesOf(record);
        pending.add(record);
      }
      lastNs = now;
    }
    while (pending.size > 0) yield pending.take();
    this.cutNs = isCut ? lastNs : undefined;
  }

  private entriesOf({ kind, payload }: TraceRecord): number {
    const place = CANDIDATES[kind];
    return place === undefined ? 1 : 1 + this.words[payload - PAYLOAD + place];
  }
}

/** All records of an instant, in the order of ranks. */
function instant(cursors: readonly Cursor[], timeNs: number): TraceRecord[] {
  const records: TraceRecord[] = [];
  for (const cursor of cursors) {
    while (cursor.timeNs === timeNs) records.push(cursor.take());
  }
  return records.sort(compare);
}

/** Records of one rank come from one thread, which numbered them. */
function compare(a: TraceRecord, b: TraceRecord): number {
  return a.beginsNs - b.beginsNs || a.rank - b.rank || a.sequence - b.sequence;
}

/** Goes through the records of a thread. */
class Cursor {
  /** When the next record was made, in ns; Infinity: there is none. */
  timeNs = Infinity;
  private chunk: number;
  private next: number;
  private end: number;
  private sequence = 0;

  constructor(
    private readonly words: Int32Array,
    head: number,
  ) {
    this.chunk = this.next = this.end = 0;
    this.enter(head);
  }

  private enter(address: number): void {
    this.chunk = address >>> 2;
    if (address === 0) return;
    this.next = this.chunk + CHUNK_HEADER_BYTES / 4;
    this.end = this.chunk + this.words[this.chunk + 1] / 4;
    this.timeNs = wide(this.words, this.next + TIME);
  }

  take(): TraceRecord {
    const { words, next, timeNs } = this;
    const kind = words[next + KIND];
    const payload = next + PAYLOAD;
    const beginsNs = kind === RecordKind.Transfer ? wide(words, payload) : timeNs;
    assert(beginsNs >= timeNs, 'what a record tells of does not begin before it was made');
    this.next += words[next + WORDS];
    if (this.next < this.end) {
      this.timeNs = wide(words, this.next + TIME);
    } else {
      this.timeNs = Infinity;
      this.enter(words[this.chunk] >>> 0);
    }
    return { kind, beginsNs, rank: words[next + RANK], payload, sequence: this.sequence++ };
  }
}

/** A number of 64 bits, which stays below 2^53 here. */
export function wide(words: Int32Array, at: number): number {
  return words[at + 1] * 2 ** 32 + (words[at] >>> 0);
}

/** A binary heap: transfers begin after they were recorded where control messages take the link. */
class RecordHeap {
  private readonly items: TraceRecord[] = [];

  get size(): number {
    return this.items.length;
  }

  get first(): TraceRecord {
    return this.items[0];
  }

  add(record: TraceRecord): void {
    const { items } = this;
    let hole = items.length;
    items.push(record);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (compare(items[parent], record) <= 0) break;
      items[hole] = items[parent];
      hole = parent;
    }
    items[hole] = record;
  }

  take(): TraceRecord {
    const { items } = this;
    const taken = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.sift(last);
    return taken;
  }

  private sift(moved: TraceRecord): void {
    const { items } = this;
    let hole = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && compare(items[child + 1], items[child]) < 0) child++;
      if (compare(moved, items[child]) <= 0) break;
      items[hole] = items[child];
      hole = child;
    }
    items[hole] = moved;
  }
}
