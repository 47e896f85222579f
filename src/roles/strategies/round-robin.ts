import { distance, type Strategy, type StrategyContext } from './strategy.js';

/**
 * The holders in turn: for each request the next rank after the one asked last, round the ring of
 * ranks, beginning after oneself. No ties: ranks differ.
 */
export const roundRobin: Strategy = {
  name: 'round-robin',
  summary: 'the holders in turn, by rank, one request each',
  scope: 'request',
  blind: false,
  pick(holders: Int32Array, from: number, count: number, context: StrategyContext): number {
    const after = (context.previous < 0 ? context.self : context.previous) + 1;
    let best = from;
    let nearest = distance(holders[from], after, context.ranks);
    for (let index = from + 1; index < count; index++) {
      const away = distance(holders[index], after, context.ranks);
      if (away >= nearest) continue;
      nearest = away;
      best = index;
    }
    return best;
  },
};
