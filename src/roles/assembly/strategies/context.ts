import { at } from '../../../shm/assembly/memory';
import { Random } from '../../../shm/assembly/random';
import { ranks, seenUploads } from '../swarm';

/** What a strategy may look at. */
@unmanaged
export class StrategyContext {
  /** The rank that chooses. */
  self: i32;
  /** Rank that was asked last, or -1. */
  previous: i32;
  /** Address of each rank's answer when it was asked for its load; 0: loads are read, not asked. */
  loads: usize;
  /** Address of this client's unanswered requests to each rank. */
  outstanding: usize;
  random: Random;

  /** Segments that `rank` has uploaded, as far as is known. */
  @inline
  load(rank: i32): i32 {
    return at(this.loads == 0 ? seenUploads : this.loads, rank);
  }

  /** This client's requests to `rank` that are not answered yet. */
  @inline
  waiting(rank: i32): i32 {
    return <i32>load<u16>(this.outstanding + ((<usize>rank) << 1));
  }
}

/**
 * Distance from `self` round the ring of ranks: the tie-break of the rules that look at load, so
 * that equally busy holders are not asked by all clients in the same order.
 */
export function distance(rank: i32, self: i32): i32 {
  return rank >= self ? rank - self : rank - self + ranks;
}

/** A score that orders by `value`, and equal values by `tieBreak`, which is less than 2^20. */
export function withTieBreak(value: i32, tieBreak: i32): i64 {
  return ((<i64>value) << 20) | tieBreak;
}
