import { send, sendData } from '../../comm/assembly/transport';
import { NACK, Tag } from '../tags';
import { cellOf, countUploads, holds, lengthOf } from './swarm';

/** The upload role: answers a segment request with the segment, or NACK where it is not held. */
@unmanaged
export class Upload {
  private rank: i32;
  /** ACKs sent. */
  uploads: i32;

  open(rank: i32): void {
    this.rank = rank;
  }

  /** `source` asks for `segment`; `ticket` is given back with the answer. */
  onSegmentRequest(source: i32, segment: i32, ticket: i32): void {
    const rank = this.rank;
    if (!holds(rank, segment)) {
      send(Tag.SegmentAnswer, rank, source, segment, ticket, NACK);
      return;
    }
    this.uploads++;
    countUploads(rank, this.uploads);
    const cell = cellOf(rank, segment);
    const bytes = lengthOf(segment);
    sendData(Tag.SegmentAnswer, rank, source, bytes, segment, ticket, cell, bytes);
  }
}
