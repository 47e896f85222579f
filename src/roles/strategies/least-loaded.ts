import { distance, type Strategy, type StrategyContext } from './strategy.js';

/**
 * Least busy first: the holder with the fewest segments uploaded, counting this client's own
 * unanswered requests as uploads to come (with many in flight they would otherwise all go to
 * one). Ties: nearest after oneself round the ring of ranks.
 *
 * Source: the followed system's rule, with a window; see also V7 in the published results on what
 * cumulative and stale counts do to it.
 */
export const leastLoaded: Strategy = {
  name: 'least-loaded',
  summary: 'least busy holder first, by uploads so far; many requests in flight (default)',
  scope: 'refresh',
  blind: false,
  pick(holders: Int32Array, from: number, count: number, context: StrategyContext): number {
    const { load, outstanding, self, ranks } = context;
    let best = from;
    let rank = holders[from];
    let bestLoad = load[rank] + outstanding[rank];
    for (let index = from + 1; index < count; index++) {
      const other = holders[index];
      const otherLoad = load[other] + outstanding[other];
      if (otherLoad > bestLoad) continue;
      if (otherLoad === bestLoad && distance(other, self, ranks) > distance(rank, self, ranks)) {
        continue;
      }
      best = index;
      rank = other;
      bestLoad = otherLoad;
    }
    return best;
  },
};
