import type { Random } from '../protocol.js';

/** What a strategy may look at. */
export interface StrategyContext {
  /** The rank that chooses. */
  readonly self: number;
  /** Ranks in the swarm. */
  readonly ranks: number;
  /** Rank that was asked last, or -1. */
  readonly previous: number;
  /** Segments that `rank` has uploaded, as far as is known. */
  readonly load: Int32Array;
  /** This client's requests to each rank that are not answered yet. */
  readonly outstanding: Uint16Array;
  readonly random: Random;
}

/**
 * A peer-selection strategy: in which order a client asks the holders that it knows. A pure
 * function of what it is given.
 */
export interface Strategy {
  readonly name: string;
  /** One line for `bt-shm list`. */
  readonly summary: string;
  /** How long an order stands: for every request until the next refresh, or for one request. */
  readonly scope: 'refresh' | 'request';
  /** Whether segments are asked for without knowing that the holder has them (NACK: the next). */
  readonly blind: boolean;
  /** Most requests in flight that the rule allows, where it says; otherwise `--window` does. */
  readonly maxWindow?: number;
  /** The order of segments that the rule demands, where it does. */
  readonly picker?: string;
  /** How loads are learned, where the rule says. */
  readonly load?: 'message' | 'shared';
  /**
   * Chooses who is asked next.
   *
   * @param holders ranks; those before `from` are in the order already
   * @param from first index to choose from
   * @param count end of the list; `from < count`
   * @returns index in [`from`, `count`) of the holder that comes next
   */
  pick(holders: Int32Array, from: number, count: number, context: StrategyContext): number;
}

/**
 * Distance from `self` round the ring of ranks: the tie-break of the rules that look at load, so
 * that equally busy holders are not asked by all clients in the same order.
 */
export function distance(rank: number, self: number, ranks: number): number {
  return rank >= self ? rank - self : rank - self + ranks;
}
