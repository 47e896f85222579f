/** What faults do to the roles of this thread, and what they cost: on either clock. */
import { noteDelivered } from '../../comm/assembly/simulated/windows';
import { allocate, at, put } from '../../shm/assembly/memory';
import { mixWide } from '../../shm/assembly/random';
import { ranks, seed } from './swarm';

/** Spoiled segments in a row after which their sender is asked only where nobody else can serve. */
const STRIKES: u8 = 3;

/** Flag of a count of strikes: the sender was avoided already. */
const WAS_AVOIDED: u8 = 0x80;

/** Words of a rank's costs: segments refused, clients that began to avoid it, requests reissued. */
const COST_WORDS: i32 = 3;
const REFUSED: i32 = 0;
const AVOIDED: i32 = 1;
const REISSUED: i32 = 2;

/** For each rank the part of the segments it sends that arrive spoiled, as f64; 0: of none. */
let rates: usize = 0;
/** Whether any segment is spoiled. */
export let isSpoiling: bool = false;
/** Costs by the rank that caused them; made when there is a first one. */
let costs: usize = 0;

/** Virtual time with faults: a byte a rank, 1 where its segments do not count as progress. */
let uncounted: usize = 0;

/**
 * Spoiled segments in a row from one sender as one client counts them, with `WAS_AVOIDED`: a byte.
 *
 * @returns the count after one more
 */
export function strike(count: u8, source: i32): u8 {
  if (isAvoided(count)) return count;
  const more: u8 = count + 1;
  if (!isAvoided(more) || (more & WAS_AVOIDED) != 0) return more;
  note(source, AVOIDED, 1);
  return more | WAS_AVOIDED;
}

/** Whether a sender is asked only where nobody else can serve. */
export function isAvoided(count: u8): bool {
  return (count & ~WAS_AVOIDED) == STRIKES;
}

/** A segment came as it should be. */
export function clearStrikes(count: u8): u8 {
  return count & WAS_AVOIDED;
}

/** A sender has one more chance. */
export function forgive(count: u8): u8 {
  return count - 1;
}

/** What one client holds against the others. */
@unmanaged
export class Strikes {
  /** A byte a rank; made when the first one comes. */
  private counts: usize;

  /**
   * A spoiled segment came from `source`.
   *
   * @returns whether it is avoided from now on, and was not before
   */
  add(source: i32): bool {
    if (this.counts == 0) this.counts = allocate(ranks);
    const count = this.counts + <usize>source;
    const before = load<u8>(count);
    store<u8>(count, strike(before, source));
    return isAvoided(load<u8>(count)) && !isAvoided(before);
  }

  /** A segment came from `source` as it should be. */
  @inline
  clear(source: i32): void {
    if (!isSpoiling || this.counts == 0) return;
    const count = this.counts + <usize>source;
    store<u8>(count, clearStrikes(load<u8>(count)));
  }

  @inline
  get isEmpty(): bool {
    return !isSpoiling || this.counts == 0;
  }

  @inline
  isAvoided(rank: i32): bool {
    return !this.isEmpty && isAvoided(load<u8>(this.counts + <usize>rank));
  }
}

/** Progress is counted from now on, as faults go by it. */
export function countProgress(): void {
  uncounted = allocate(ranks);
}

/** What `rank` gets is no progress: it joins late, or wants nothing. */
export function leaveUncounted(rank: i32): void {
  store<u8>(uncounted + <usize>rank, 1);
}

/** `rank` was delivered so many segments, or never will be. */
export function noteProgress(rank: i32, segments: i32): void {
  if (uncounted != 0 && load<u8>(uncounted + <usize>rank) == 0) noteDelivered(segments);
}

/** @param rateRow address of the rate of each rank, as f64 */
export function openFaults(rateRow: usize): void {
  rates = rateRow;
  isSpoiling = true;
}

/**
 * Whether the segment that came from `source` to `dest` is to be spoiled. Drawn from the seed, but
 * from no rank's generator: a fault must not change what is drawn besides.
 *
 * @param attempt a number that differs each time the same segment comes the same way
 */
export function isSpoiled(source: i32, dest: i32, segment: i32, attempt: i32): bool {
  if (!isSpoiling) return false;
  const rate = load<f64>(rates + ((<usize>source) << 3));
  if (rate <= 0) return false;
  const way = ((<u64>source) << 32) | (<u64>(<u32>dest));
  const delivery = ((<u64>segment) << 32) | (<u64>(<u32>attempt));
  const hash = mixWide(mixWide((<u64>seed) ^ way) ^ delivery);
  return <f64>(hash >> 11) * (1.0 / 9007199254740992.0) < rate;
}

/** A segment from `source` was not what its hash says. */
export function noteRefused(source: i32): void {
  note(source, REFUSED, 1);
}

/** `count` requests to `holder`, which is dead, are made anew. */
export function noteReissued(holder: i32, count: i32): void {
  note(holder, REISSUED, count);
}

function note(rank: i32, what: i32, count: i32): void {
  if (costs == 0) costs = allocate((<usize>(ranks * COST_WORDS)) << 2);
  const index = rank * COST_WORDS + what;
  put(costs, index, at(costs, index) + count);
}

/**
 * Writes what the faults of `rank` cost the clients here: the words of `COST_WORDS`.
 *
 * @returns whether any fault has cost anything
 */
export function readFaultCosts(rank: i32, into: usize): bool {
  if (costs == 0) return false;
  for (let what = 0; what < COST_WORDS; what++)
    put(into, what, at(costs, rank * COST_WORDS + what));
  return true;
}
