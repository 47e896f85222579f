import { StrategyContext } from './context';

/** A uniformly random holder for each request. No ties to break. */
export function randomHolder(
  _holders: usize,
  from: i32,
  count: i32,
  context: StrategyContext,
): i32 {
  return from + context.random.below(count - from);
}
