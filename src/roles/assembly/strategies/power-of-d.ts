import { at } from '../../../shm/assembly/memory';
import { StrategyContext } from './context';

/**
 * The less loaded of d holders drawn at random, for each request anew; this client's own unanswered
 * requests count. Draws are with replacement; ties: the one drawn first.
 *
 * Source: Azar, Broder, Karlin, Upfal, "Balanced allocations" (1994); Mitzenmacher, "How useful is
 * old information?" (2000), for loads that are not up to date.
 *
 * @param candidates address of the ranks that hold the segment, at least one
 */
export function powerOfD(candidates: usize, count: i32, d: i32, context: StrategyContext): i32 {
  let best = at(candidates, context.random.below(count));
  for (let draw = 1; draw < d; draw++) {
    const other = at(candidates, context.random.below(count));
    if (busyness(other, context) < busyness(best, context)) best = other;
  }
  return best;
}

/** How busy `rank` is, as far as is known: the fewer, the better. */
export function busyness(rank: i32, context: StrategyContext): i32 {
  return context.load(rank) + context.waiting(rank);
}
