import { linkCost } from '../swarm';
import { StrategyContext, distance, withTieBreak } from './context';

/** Requests beyond which a holder is as bad as with so many: the product must stay below 2^43. */
const MOST_WAITING: i32 = 4095;

/**
 * The holder from which the next segment would come first, were this client the only one to ask: by
 * the time of a segment on its uplink, for each of this client's requests there and one more. Ties:
 * nearest after oneself round the ring of ranks.
 *
 * Source: the server selection of "fastest mirror" downloaders; capacities are taken as announced.
 */
export function fastestFirst(rank: i32, context: StrategyContext): i64 {
  const before = min(context.waiting(rank), MOST_WAITING);
  const cost = <i64>(before + 1) * <i64>linkCost(rank);
  return (cost << 20) | (<i64>distance(rank, context.self));
}
