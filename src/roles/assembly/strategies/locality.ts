import { zoneOf } from '../swarm';
import { StrategyContext, distance } from './context';

/** Larger than any load. */
const FAR: i64 = 1 << 31;

/**
 * Holders in one's own zone first, in each zone the least loaded first. Ties: nearest after oneself
 * round the ring of ranks.
 *
 * Source: Bindal et al., "Improving traffic locality in BitTorrent via biased neighbor selection"
 * (ICDCS 2006), for requests in place of neighbours.
 */
export function locality(rank: i32, context: StrategyContext): i64 {
  const load = <i64>(context.load(rank) + context.waiting(rank));
  const value = zoneOf(rank) == zoneOf(context.self) ? load : FAR + load;
  return (value << 20) | (<i64>distance(rank, context.self));
}
