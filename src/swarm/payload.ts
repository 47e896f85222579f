/** The payload: who serves a segment from which cell, and how a received one is checked. */
import { hash as digestOf } from 'node:crypto';
import type { Board } from '../shm/board.js';
import { ContentStore } from '../shm/content-store.js';
import type { SwarmPlan } from './plan.js';

/** Segments in the content store. */
export class StoredPayload {
  private readonly store: ContentStore;
  private readonly digests: Buffer;

  constructor(
    private readonly plan: SwarmPlan,
    private readonly board: Board,
  ) {
    this.store = new ContentStore(plan.content);
    this.digests = Buffer.from(plan.digests);
  }

  /** Cell in which `rank` holds `segment`; as the kernel has it. */
  private cellOf(rank: number, segment: number): number {
    return this.plan.config.transfer === 'copy'
      ? rank * this.plan.totalSegments + segment
      : segment;
  }

  private lengthOf(segment: number): number {
    const { shortSegment, segmentBytes } = this.plan;
    return segment === shortSegment?.segment ? shortSegment.bytes : segmentBytes;
  }

  /** The bytes of `segment` as `rank` holds or will hold them. */
  bytesOf(rank: number, segment: number): Uint8Array {
    return this.store.bytes(this.cellOf(rank, segment), this.lengthOf(segment));
  }

  /**
   * Takes over a received segment for `rank` and checks it against the hash list.
   *
   * @returns false when the bytes are not what the hash list says
   */
  accept(rank: number, segment: number, cell: number, length: number): boolean {
    if (length !== this.lengthOf(segment)) return false;
    let bytes = this.store.bytes(cell, length);
    if (this.plan.config.transfer === 'copy') {
      const own = this.bytesOf(rank, segment);
      own.set(bytes);
      bytes = own;
    }
    switch (this.plan.config.verify) {
      case 'each':
        return this.matches(segment, bytes);
      case 'once':
        if (this.board.isVerified(segment)) return true;
        if (!this.matches(segment, bytes)) return false;
        this.board.markVerified(segment);
        return true;
      case 'none':
        return true;
    }
  }

  /** Enters `segment`'s digest into the hash list, from its bytes. */
  enlist(segment: number, bytes: Uint8Array): void {
    this.digests.write(this.digest(bytes), segment * this.plan.digestBytes, 'latin1');
  }

  private matches(segment: number, bytes: Uint8Array): boolean {
    const { digestBytes } = this.plan;
    const start = segment * digestBytes;
    return this.digest(bytes) === this.digests.toString('latin1', start, start + digestBytes);
  }

  /** The digest, a character a byte: a short string costs a tenth of a hash less than a Buffer. */
  private digest(bytes: Uint8Array): string {
    // In an input directory a segment is its hash line: the content is its own digest.
    if (this.plan.kind === 'directory') return Buffer.from(bytes).toString('latin1');
    // Node takes every string encoding here; its types name the printable ones only.
    return digestOf(this.plan.config.hash, bytes, 'latin1' as 'hex');
  }
}
