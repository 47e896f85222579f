/** The payload: who serves a segment from which cell, and how a received one is checked. */
import { hash as digestOf } from 'node:crypto';
import type { Payload } from '../roles/protocol.js';
import type { Board } from '../shm/board.js';
import { ContentStore } from '../shm/content-store.js';
import type { SwarmPlan } from './plan.js';

/** Control traffic only: segments have a number and nothing else. */
export class NoPayload implements Payload {
  cellOf(_rank: number, segment: number): number {
    return segment;
  }

  lengthOf(): number {
    return 0;
  }

  accept(): boolean {
    return true;
  }

  complete(): void {
    // There is nothing to write.
  }
}

/** Segments in the content store. */
export class StoredPayload implements Payload {
  private readonly store: ContentStore;
  private readonly digests: Buffer;
  private readonly lengths: SegmentLengths;

  /**
   * @param onComplete called when a rank has every segment of a file
   */
  constructor(
    private readonly plan: SwarmPlan,
    private readonly board: Board,
    private readonly onComplete: (rank: number, file: number) => void,
  ) {
    this.store = new ContentStore(plan.content);
    this.digests = Buffer.from(plan.digests);
    this.lengths = new SegmentLengths(plan);
  }

  cellOf(rank: number, segment: number): number {
    return this.plan.config.transfer === 'copy'
      ? rank * this.plan.totalSegments + segment
      : segment;
  }

  lengthOf(segment: number): number {
    return this.lengths.of(segment);
  }

  /** The bytes of `segment` as `rank` holds or will hold them. */
  bytesOf(rank: number, segment: number): Uint8Array {
    return this.store.bytes(this.cellOf(rank, segment), this.lengths.of(segment));
  }

  accept(rank: number, segment: number, cell: number, length: number): boolean {
    if (length !== this.lengths.of(segment)) return false;
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
    this.digest(bytes).copy(this.digests, segment * this.plan.digestBytes);
  }

  private matches(segment: number, bytes: Uint8Array): boolean {
    const { digestBytes } = this.plan;
    const start = segment * digestBytes;
    return this.digest(bytes).compare(this.digests, start, start + digestBytes) === 0;
  }

  private digest(bytes: Uint8Array): Buffer {
    // In an input directory a segment is its hash line: the content is its own digest.
    if (this.plan.kind === 'directory') return Buffer.from(bytes);
    return digestOf(this.plan.config.hash, bytes, 'buffer');
  }

  complete(rank: number, file: number): void {
    this.onComplete(rank, file);
  }
}

/** Lengths of segments: full ones, but for the last of a real file. */
class SegmentLengths {
  private readonly lastSegments = new Map<number, number>();
  private readonly full: number;

  constructor(plan: SwarmPlan) {
    this.full = plan.segmentBytes;
    plan.files.forEach(({ firstSegment, segmentCount }, file) => {
      const bytes = plan.fileBytes[file];
      const short = bytes - (segmentCount - 1) * this.full;
      if (segmentCount > 0 && bytes > 0 && short !== this.full) {
        this.lastSegments.set(firstSegment + segmentCount - 1, short);
      }
    });
  }

  of(segment: number): number {
    return this.lastSegments.get(segment) ?? this.full;
  }
}
