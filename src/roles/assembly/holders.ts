/** The holders that a client knows, and what its strategy says of each. */
import { allocate, at, put } from '../../shm/assembly/memory';
import { isBlind } from './strategies/index';
import { rowBytes, seenWord } from './swarm';

/** So many of those who come first are put in order; whoever has to look further looks at all. */
const MOST_SORTED: i32 = 4;

@unmanaged
export class Holders {
  count: i32;
  /** Whether all have scores, by which they stand in an order; whoever ends it says so here. */
  isScored: bool;
  private capacity: i32;
  private ranks: usize;
  private scores: usize;
  /**
   * The places of those who come first, in order, and the score of the last of them; `i64.MAX_VALUE`
   * while there is room for more.
   */
  private sorted: usize;
  private sortedCount: i32;
  private bound: i64;

  open(capacity: i32): void {
    this.capacity = capacity;
    this.ranks = allocate((<usize>capacity) << 2);
    this.scores = allocate((<usize>capacity) << 3);
    this.sorted = allocate((<usize>MOST_SORTED) << 2);
  }

  clear(): void {
    this.count = 0;
  }

  /** Another one; beyond the capacity nothing happens. */
  add(rank: i32): void {
    if (this.count == this.capacity) return;
    put(this.ranks, this.count, rank);
    this.count++;
  }

  remove(rank: i32): void {
    let kept = 0;
    for (let place = 0; place < this.count; place++) {
      const other = this.at(place);
      if (other == rank) continue;
      put(this.ranks, kept, other);
      kept++;
    }
    this.count = kept;
  }

  /** The holder at `place`, from 0 and below `count`. */
  @inline
  at(place: i32): i32 {
    return at(this.ranks, place);
  }

  /** No two are equal: each ends in a tie-break; see `strategies/context.ts`. */
  @inline
  scoreAt(place: i32): i64 {
    return load<i64>(this.scores + ((<usize>place) << 3));
  }

  /** All are given scores from now on, one after the other; then they are scored. */
  startScores(): void {
    this.sortedCount = 0;
    this.bound = i64.MAX_VALUE;
  }

  @inline
  setScore(place: i32, score: i64): void {
    store<i64>(this.scores + ((<usize>place) << 3), score);
    if (score < this.bound) this.sort(place, score);
  }

  /** Puts `place` among those who come first. */
  private sort(place: i32, score: i64): void {
    let index = min(this.sortedCount, MOST_SORTED - 1);
    for (; index > 0; index--) {
      const before = at(this.sorted, index - 1);
      if (this.scoreAt(before) < score) break;
      put(this.sorted, index, before);
    }
    put(this.sorted, index, place);
    if (this.sortedCount < MOST_SORTED) this.sortedCount++;
    if (this.sortedCount < MOST_SORTED) return;
    this.bound = this.scoreAt(at(this.sorted, MOST_SORTED - 1));
  }

  /**
   * The place of who comes first of those who hold `segment`; -1: there is none. Most requests find
   * somebody among the few who are in order.
   */
  firstWith(segment: i32): i32 {
    const word = seenWord(segment);
    const mask = 1 << (segment & 31);
    for (let index = 0; index < this.sortedCount; index++) {
      const place = at(this.sorted, index);
      if (isBlind || (load<i32>(word + <usize>this.at(place) * rowBytes) & mask) != 0) return place;
    }
    return this.sortedCount < MOST_SORTED ? -1 : this.nextWith(segment, this.bound);
  }

  /**
   * The place of who comes first of those who hold `segment` and have scores above `above`; -1: there
   * is none. Nothing is sorted: only the first is wanted, and a holder that comes after the best so
   * far need not be looked up.
   */
  nextWith(segment: i32, above: i64): i32 {
    const ranks = this.ranks;
    const scores = this.scores;
    const end = scores + ((<usize>this.count) << 3);
    const word = seenWord(segment);
    const rowLength = rowBytes;
    const mask = 1 << (segment & 31);
    const blind = isBlind;
    let best: usize = 0;
    let bestScore = i64.MAX_VALUE;
    for (let address = scores; address < end; address += 8) {
      const score = load<i64>(address);
      if (score >= bestScore) continue;
      if (score <= above) continue;
      const rank = load<i32>(ranks + ((address - scores) >> 1));
      if (!blind && (load<i32>(word + <usize>rank * rowLength) & mask) == 0) continue;
      best = address;
      bestScore = score;
    }
    return best == 0 ? -1 : <i32>((best - scores) >> 3);
  }
}
