import { StrategyContext, withTieBreak } from './context';

/** A uniformly random holder for each request. Ties (1 in 2^31): the lowest rank. */
export function randomHolder(rank: i32, context: StrategyContext): i64 {
  return withTieBreak(context.random.below(i32.MAX_VALUE), rank);
}
