import { StrategyContext, distance, withTieBreak } from './context';

/**
 * Least busy first: the holder with the fewest segments uploaded, counting this client's own
 * unanswered requests as uploads to come (with many in flight they would otherwise all go to
 * one). Ties: nearest after oneself round the ring of ranks.
 *
 * Source: the followed system's rule, with a window. Mitzenmacher (2000) shows what cumulative,
 * stale counts do to it: compare `random`.
 */
export function leastLoaded(rank: i32, context: StrategyContext): i64 {
  return withTieBreak(context.load(rank) + context.waiting(rank), distance(rank, context.self));
}
