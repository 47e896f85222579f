import { at } from '../../../shm/assembly/memory';
import { StrategyContext } from './context';

/**
 * The followed system's rule to the letter: segments strictly in order, one request in flight,
 * each holder's upload count asked by message at every refresh, least busy first, asked without
 * knowing whether it holds the segment. Ties: the lowest rank.
 */
export function seedRule(holders: usize, from: i32, count: i32, context: StrategyContext): i32 {
  let best = from;
  for (let index = from + 1; index < count; index++) {
    const other = at(holders, index);
    const rank = at(holders, best);
    const difference = context.load(other) - context.load(rank);
    if (difference < 0 || (difference == 0 && other < rank)) best = index;
  }
  return best;
}
