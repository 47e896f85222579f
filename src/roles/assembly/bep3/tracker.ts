import { post, setTimer } from '../../../comm/assembly/simulated/links';
import { allocate, at, exchange, put } from '../../../shm/assembly/memory';
import { Random } from '../../../shm/assembly/random';
import { PeerTag } from '../../bep3-tags';
import { TRACKER } from '../../tags';
import { handout, ranks, seed } from './settings';

const ANSWER_BYTES: i32 = 20;
const ENTRY_BYTES: i32 = 6;

/**
 * The tracker of the protocol `bep3`: names random peers to whoever announces itself. It answers
 * an instant after an announcement, so that those who come at the same instant know each other.
 */
@unmanaged
export class PeerTracker {
  requests: i32;
  /** Peers in the swarm, and for each rank its place among them plus 1, or 0. */
  private known: usize;
  private knownCount: i32;
  private places: usize;
  /** Ranks that wait for an answer. */
  private unanswered: usize;
  private unansweredCount: i32;
  private isWaiting: usize;
  private random: Random;

  open(): void {
    const bytes = (<usize>ranks) << 2;
    this.known = allocate(bytes);
    this.places = allocate(bytes);
    this.unanswered = allocate(bytes);
    this.isWaiting = allocate(ranks);
    this.random = changetype<Random>(allocate(offsetof<Random>()));
    this.random.seed(seed, TRACKER);
  }

  onAnnounce(source: i32): void {
    this.requests++;
    if (at(this.places, source) == 0) {
      put(this.known, this.knownCount, source);
      this.knownCount++;
      put(this.places, source, this.knownCount);
    }
    if (this.unansweredCount == 0) setTimer(PeerTag.Answer, TRACKER, 1);
    // Who announces itself again before it was answered has one answer coming.
    if (load<u8>(this.isWaiting + source) != 0) return;
    store<u8>(this.isWaiting + source, 1);
    put(this.unanswered, this.unansweredCount, source);
    this.unansweredCount++;
  }

  onLeave(source: i32): void {
    this.requests++;
    this.forget(source);
  }

  /** Names `source` no more. */
  forget(source: i32): void {
    const place = at(this.places, source) - 1;
    if (place < 0) return;
    this.knownCount--;
    const last = at(this.known, this.knownCount);
    put(this.known, place, last);
    put(this.places, last, place + 1);
    put(this.places, source, 0);
  }

  onAnswer(): void {
    for (let index = 0; index < this.unansweredCount; index++) {
      const rank = at(this.unanswered, index);
      store<u8>(this.isWaiting + rank, 0);
      this.answer(rank);
    }
    this.unansweredCount = 0;
  }

  /**
   * Draws without repetition by Floyd's method: each subset is equally likely. Its order is not: the
   * first places would go to those known the longest, and peers open connections in that order.
   */
  private answer(rank: i32): void {
    const total = this.knownCount;
    const wanted = min(handout + 1, total);
    const list = allocate((<usize>wanted) << 2);
    let count = 0;
    for (let last = total - wanted; last < total; last++) {
      let drawn = at(this.known, this.random.below(last + 1));
      for (let index = 0; index < count; index++) {
        if (at(list, index) != drawn) continue;
        drawn = at(this.known, last);
        break;
      }
      put(list, count, drawn);
      count++;
    }
    this.shuffle(list, count);
    const bytes = ANSWER_BYTES + ENTRY_BYTES * count;
    post(PeerTag.Peers, TRACKER, rank, bytes, <i32>list, count);
  }

  private shuffle(list: usize, count: i32): void {
    for (let index = count - 1; index > 0; index--) {
      exchange(list, index, this.random.below(index + 1));
    }
  }
}
