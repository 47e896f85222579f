import { at } from '../../../shm/assembly/memory';
import { StrategyContext, distance } from './context';

/**
 * Least busy first: the holder with the fewest segments uploaded, counting this client's own
 * unanswered requests as uploads to come (with many in flight they would otherwise all go to
 * one). Ties: nearest after oneself round the ring of ranks.
 *
 * Source: the followed system's rule, with a window. Mitzenmacher (2000) shows what cumulative,
 * stale counts do to it: compare `random`.
 */
export function leastLoaded(holders: usize, from: i32, count: i32, context: StrategyContext): i32 {
  const self = context.self;
  let best = from;
  let rank = at(holders, from);
  let load = context.load(rank) + context.waiting(rank);
  for (let index = from + 1; index < count; index++) {
    const other = at(holders, index);
    const otherLoad = context.load(other) + context.waiting(other);
    if (otherLoad > load) continue;
    if (otherLoad == load && distance(other, self) > distance(rank, self)) continue;
    best = index;
    rank = other;
    load = otherLoad;
  }
  return best;
}
