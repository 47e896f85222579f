/** The payload: who serves a segment from which cell, and how a received one is checked. */
import { hash as digestOf } from 'node:crypto';
import type { Board } from '../shm/board.js';
import {
  ContentStore,
  SYSTEM_PAGE_BYTES,
  copyBytes,
  lookUpPages,
  reservePages,
} from '../shm/content-store.js';
import { WORD_BYTES } from '../shm/layout.js';
import type { KernelHost } from '../roles/kernel.js';
import type { HashName } from './config.js';
import type { LandingPlan, SwarmPlan } from './plan.js';

/**
 * Takes over a received segment for `rank` and checks it against the hash list.
 *
 * @returns false when the bytes are not what the hash list says
 */
export type Acceptance = (rank: number, segment: number, cell: number, length: number) => boolean;

/** Hash lists up to this size are kept by each thread as a string as well, twice as long. */
const EXPECTED_LIMIT_BYTES = 2 ** 20;

/** The hash of a received segment, as hexadecimal digits: what Node gives with the fewest calls. */
export function hashReceived(name: HashName, bytes: Uint8Array): string {
  lookUpPages(bytes);
  return digestOf(name, bytes);
}

/** Segments in the content store. */
export class StoredPayload {
  private readonly store: ContentStore;
  private readonly digests: Buffer;
  /** Where segments come from other processes, too: those that are in their own cells. */
  private readonly stored: StoredSegments | undefined;
  /** Content of other processes of this machine, and what its first cell is called here. */
  private readonly mates: readonly {
    readonly firstCell: number;
    readonly store: ContentStore;
  }[];
  /** The cell to which the calling thread copies what it reads there. */
  private readonly berth: number;

  /** @param thread - the calling one */
  constructor(
    private readonly plan: SwarmPlan,
    private readonly board: Board,
    thread: number,
  ) {
    const { landing, mates = [] } = plan.cluster ?? {};
    this.store = new ContentStore(plan.content);
    this.digests = Buffer.from(plan.digests);
    this.stored = landing && new StoredSegments(plan, landing);
    this.mates = mates.map(({ firstCell, content }) => ({
      firstCell,
      store: new ContentStore(content),
    }));
    this.berth = (landing?.firstBerth ?? 0) + thread;
  }

  /** Cell in which `rank` holds `segment`; as the kernel has it. */
  private cellOf(rank: number, segment: number): number {
    const { config, hosted, totalSegments } = this.plan;
    return config.transfer === 'copy' ? (rank - hosted.first) * totalSegments + segment : segment;
  }

  private lengthOf(segment: number): number {
    const { shortSegment, segmentBytes } = this.plan;
    return segment === shortSegment?.segment ? shortSegment.bytes : segmentBytes;
  }

  /** The bytes of a segment that was received: in this process's store, or in a mate's. */
  private receivedBytes(cell: number, length: number): Uint8Array {
    const { mates } = this;
    for (let index = mates.length - 1; index >= 0; index--) {
      const { firstCell, store } = mates[index];
      if (cell >= firstCell) return store.bytes(cell - firstCell, length);
    }
    return this.store.bytes(cell, length);
  }

  /** The bytes of `segment` as `rank` holds or will hold them. */
  bytesOf(rank: number, segment: number): Uint8Array {
    return this.store.bytes(this.cellOf(rank, segment), this.lengthOf(segment));
  }

  /**
   * How this run accepts segments. To be called when the hash list is complete.
   *
   * With a thread a rank a segment is accepted by code that has just begun to run in its isolate,
   * so what there is to decide is decided here, once, and little is left to call for each segment.
   */
  acceptance(): Acceptance {
    const accept = this.acceptanceInPlace(true) ?? this.acceptanceAnyway();
    return this.stored === undefined ? accept : this.acceptanceAshore(accept, this.stored);
  }

  /**
   * How a thread accepts segments that hashes for others. It knows what comes next, and looks for the
   * pages of that while it still hashes (16 KiB from all over the content: 1.01 times as fast).
   */
  hashing(): Pick<KernelHost, 'accept' | 'lookAhead'> {
    const accept = this.acceptanceInPlace(false);
    if (accept === undefined) {
      return { accept: this.acceptanceAnyway(), lookAhead: () => undefined };
    }
    const bytes = new Uint8Array(this.store.slabs[0]);
    const { strideBytes } = this.plan.content.shape;
    let seen = 0;
    const lookAhead = (cell: number, length: number): void => {
      const start = cell * strideBytes;
      let sum = 0;
      for (let offset = 0; offset < length; offset += SYSTEM_PAGE_BYTES) {
        sum += bytes[start + offset];
      }
      // Kept, or the compiler would leave the look out.
      seen = (seen + sum) | 0;
    };
    return { accept, lookAhead };
  }

  /**
   * The usual case: every receiver hashes the bytes where they lie. All in one function, for whatever
   * else is called for each segment would be compiled by every thread for itself: with 64 threads that
   * takes some 7 % of the exchange.
   *
   * @param looks whether to find the bytes' pages first
   */
  private acceptanceInPlace(looks: boolean): Acceptance | undefined {
    const { config, content, segmentBytes, digestBytes, kind } = this.plan;
    const { verify, transfer, hash } = config;
    const { slabs } = this.store;
    const isInPlace = transfer === 'zero-copy' && slabs.length === 1;
    if (verify !== 'each' || !isInPlace || kind === 'directory') return undefined;
    const expected = this.expected();
    if (expected === undefined) return undefined;
    const [slab] = slabs;
    const { strideBytes } = content.shape;
    const shortSegment = this.plan.shortSegment?.segment ?? -1;
    const digits = 2 * digestBytes;
    return (_rank, segment, cell, length) => {
      if (length !== segmentBytes && segment !== shortSegment) return false;
      const bytes = new Uint8Array(slab, cell * strideBytes, length);
      if (looks) {
        // As lookUpPages() does.
        for (let offset = 0; offset < length; offset += SYSTEM_PAGE_BYTES)
          Atomics.load(bytes, offset);
      }
      return expected.startsWith(digestOf(hash, bytes), segment * digits);
    };
  }

  private acceptanceAnyway(): Acceptance {
    const { board, plan } = this;
    const { verify, transfer } = plan.config;
    const matches = this.matcher();
    const shortSegment = plan.shortSegment?.segment ?? -1;
    const { segmentBytes } = plan;
    return (rank, segment, cell, length) => {
      if (length !== segmentBytes && segment !== shortSegment) return false;
      let bytes = this.receivedBytes(cell, length);
      if (transfer === 'copy') {
        const own = this.bytesOf(rank, segment);
        copyBytes(own, bytes);
        bytes = own;
      }
      if (verify === 'each') return matches(segment, bytes);
      if (verify === 'none' || board.isVerified(segment)) return true;
      if (!matches(segment, bytes)) return false;
      board.markVerified(segment);
      return true;
    };
  }

  /** Also takes segments that come from other processes to where this one keeps them. */
  private acceptanceAshore(accept: Acceptance, stored: StoredSegments): Acceptance {
    const { store, plan, berth } = this;
    const { verify, transfer } = plan.config;
    const firstFar = this.mates[0]?.firstCell ?? Infinity;
    if (transfer === 'copy') return accept;
    return (rank, segment, cell, length) => {
      if (cell === segment) return accept(rank, segment, cell, length);
      // What is here, and was checked here, need not be looked at again where once is enough.
      if (verify === 'once' && stored.has(segment)) return true;
      let landed = cell;
      if (cell >= firstFar) {
        landed = berth;
        const bytes = this.receivedBytes(cell, length);
        lookUpPages(bytes);
        copyBytes(store.bytes(berth, length), bytes);
      }
      if (!accept(rank, segment, landed, length)) return false;
      if (stored.has(segment)) return true;
      // Two ranks that come here at once copy the same bytes: both have checked them.
      copyBytes(store.bytes(segment, length), store.bytes(landed, length));
      stored.add(segment);
      return true;
    };
  }

  /** How this run accepts segments whose bytes are wrong where they arrive: one bit is. */
  spoiledAcceptance(): Acceptance {
    const matches = this.matcher();
    return (_rank, segment, cell, length) => {
      const bytes = Uint8Array.from(this.receivedBytes(cell, length));
      bytes[0] ^= 1;
      return matches(segment, bytes);
    };
  }

  /** Enters `segment`'s digest into the hash list, from its bytes. */
  enlist(segment: number, bytes: Uint8Array): void {
    const { config, digestBytes, kind } = this.plan;
    const start = segment * digestBytes;
    if (kind === 'directory') this.digests.set(bytes, start);
    else this.digests.write(digestOf(config.hash, bytes), start, 'hex');
  }

  /** Takes the memory of `segment`'s cell from the system, which is not to do so when it comes. */
  reserve(segment: number): void {
    if (this.plan.config.transfer === 'copy') return;
    reservePages(this.store.bytes(segment, this.lengthOf(segment)));
  }

  /** Notes that `segment`, which a rank of this process owns, is in its cell from the start. */
  noteOwned(segment: number): void {
    this.stored?.add(segment);
  }

  /** The hash list as hexadecimal digits, unless it is too long. */
  private expected(): string | undefined {
    const { digests } = this;
    return digests.length > EXPECTED_LIMIT_BYTES ? undefined : digests.toString('hex');
  }

  private matcher(): (segment: number, bytes: Uint8Array) => boolean {
    const { digests, plan } = this;
    const { hash } = plan.config;
    const { digestBytes } = plan;
    // In an input directory a segment is its hash line: the content is its own digest.
    if (plan.kind === 'directory') {
      return (segment, bytes) =>
        digests.compare(
          bytes,
          0,
          digestBytes,
          segment * digestBytes,
          (segment + 1) * digestBytes,
        ) === 0;
    }
    const expected = this.expected();
    if (expected === undefined) {
      return (segment, bytes) => {
        const start = segment * digestBytes;
        return digests.toString('hex', start, start + digestBytes) === hashReceived(hash, bytes);
      };
    }
    const digits = 2 * digestBytes;
    return (segment, bytes) => expected.startsWith(hashReceived(hash, bytes), segment * digits);
  }
}

/** The segments whose own cells hold them, checked: a bit each. */
class StoredSegments {
  private readonly bits: Int32Array<SharedArrayBuffer>;

  constructor({ slab, totalSegments }: SwarmPlan, { storedOffset }: LandingPlan) {
    this.bits = new Int32Array(slab, storedOffset * WORD_BYTES, Math.ceil(totalSegments / 32));
  }

  /** Pairs with {@link add}: the bytes are there where the bit is. */
  has(segment: number): boolean {
    return (Atomics.load(this.bits, segment >>> 5) & (1 << (segment & 31))) !== 0;
  }

  add(segment: number): void {
    Atomics.or(this.bits, segment >>> 5, 1 << (segment & 31));
  }
}
