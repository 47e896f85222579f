import { send } from '../../comm/assembly/transport';
import { at } from '../../shm/assembly/memory';
import { TRACKER, Tag } from '../tags';
import { firstSegmentOf, hold, segmentCountOf } from './swarm';

/**
 * A client's start: offers each file that it owns, sends the hash list of those that the tracker
 * does not know yet, and says when it is through. The tracker then releases all clients at once.
 */
@unmanaged
export class Registration {
  private rank: i32;
  private owned: usize;
  private unanswered: i32;

  /** @param owned address of `ownedCount` file numbers */
  open(rank: i32, owned: usize, ownedCount: i32): void {
    this.rank = rank;
    this.owned = owned;
    this.unanswered = ownedCount;
  }

  start(): void {
    const rank = this.rank;
    const ownedCount = this.unanswered;
    for (let index = 0; index < ownedCount; index++) {
      const file = at(this.owned, index);
      const first = firstSegmentOf(file);
      const end = first + segmentCountOf(file);
      for (let segment = first; segment < end; segment++) hold(rank, segment);
      send(Tag.Offer, rank, TRACKER, file);
    }
    this.readyWhenAnswered();
  }

  onOfferAnswer(file: i32, wanted: i32): void {
    if (wanted != 0) send(Tag.HashList, this.rank, TRACKER, file, segmentCountOf(file));
    this.unanswered--;
    this.readyWhenAnswered();
  }

  private readyWhenAnswered(): void {
    if (this.unanswered == 0) send(Tag.Ready, this.rank, TRACKER);
  }
}
