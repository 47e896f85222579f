import { type FileInfo, type Port, TRACKER, Tag } from './protocol.js';

/**
 * A client's start: offers each file that it owns, sends the hash list of those that the tracker
 * does not know yet, and says when it is through. The tracker then releases all clients at once.
 */
export class Registration {
  private unanswered: number;

  constructor(
    private readonly rank: number,
    private readonly owned: readonly number[],
    private readonly files: readonly FileInfo[],
    private readonly port: Port,
  ) {
    this.unanswered = owned.length;
  }

  start(): void {
    for (const file of this.owned) {
      this.port.send(Tag.Offer, this.rank, TRACKER, file, 0, 0, 0, 0);
    }
    this.readyWhenAnswered();
  }

  onOfferAnswer(file: number, wanted: number): void {
    if (wanted !== 0) {
      const segments = this.files[file].segmentCount;
      this.port.send(Tag.HashList, this.rank, TRACKER, file, segments, 0, 0, 0);
    }
    this.unanswered--;
    this.readyWhenAnswered();
  }

  private readyWhenAnswered(): void {
    if (this.unanswered === 0) this.port.send(Tag.Ready, this.rank, TRACKER, 0, 0, 0, 0, 0);
  }
}
