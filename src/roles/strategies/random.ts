import type { Strategy, StrategyContext } from './strategy.js';

/** A uniformly random holder for each request. No ties to break. */
export const random: Strategy = {
  name: 'random',
  summary: 'a random holder for each request',
  scope: 'request',
  blind: false,
  pick(_holders: Int32Array, from: number, count: number, context: StrategyContext): number {
    return from + context.random.below(count - from);
  },
};
