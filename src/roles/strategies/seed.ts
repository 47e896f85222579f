import type { Strategy, StrategyContext } from './strategy.js';

/**
 * The followed system's rule to the letter: segments strictly in order, one request in flight,
 * each holder's upload count asked by message at every refresh, least busy first, asked without
 * knowing whether it holds the segment. Ties: the lowest rank.
 */
export const seed: Strategy = {
  name: 'seed',
  summary: "the followed system's rule: in order, one request in flight, load by message",
  scope: 'refresh',
  blind: true,
  maxWindow: 1,
  picker: 'sequential',
  load: 'message',
  pick(holders: Int32Array, from: number, count: number, context: StrategyContext): number {
    const { load } = context;
    let best = from;
    for (let index = from + 1; index < count; index++) {
      const other = holders[index];
      const rank = holders[best];
      if (load[other] < load[rank] || (load[other] === load[rank] && other < rank)) best = index;
    }
    return best;
  },
};
