import { type Knowledge, NACK, type Payload, type Port, Tag } from './protocol.js';

/** The upload role: answers a segment request with the segment, or NACK where it is not held. */
export class Upload {
  /** ACKs sent. */
  uploads = 0;
  /** NACKs sent. */
  nacks = 0;

  constructor(
    private readonly rank: number,
    private readonly knowledge: Knowledge,
    private readonly payload: Payload,
    private readonly port: Port,
  ) {}

  /** `source` asks for `segment`; `ticket` is given back with the answer. */
  onSegmentRequest(source: number, segment: number, ticket: number): void {
    const { rank, port } = this;
    if (!this.knowledge.holds(rank, segment)) {
      this.nacks++;
      port.send(Tag.SegmentAnswer, rank, source, segment, ticket, NACK, 0, 0);
      return;
    }
    this.uploads++;
    this.knowledge.uploads[rank] = this.uploads;
    const cell = this.payload.cellOf(rank, segment);
    const length = this.payload.lengthOf(segment);
    port.send(Tag.SegmentAnswer, rank, source, segment, ticket, cell, length, 0);
  }
}
