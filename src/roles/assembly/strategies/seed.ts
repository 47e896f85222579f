import { StrategyContext, withTieBreak } from './context';

/**
 * The followed system's rule to the letter: segments strictly in order, one request in flight,
 * each holder's upload count asked by message at every refresh, least busy first, asked without
 * knowing whether it holds the segment. Ties: the lowest rank.
 */
export function seedRule(rank: i32, context: StrategyContext): i64 {
  return withTieBreak(context.load(rank), rank);
}
