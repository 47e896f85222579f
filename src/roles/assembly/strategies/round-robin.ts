import { StrategyContext, distance } from './context';

/**
 * The holders in turn: for each request the next rank after the one asked last, round the ring of
 * ranks, beginning after oneself. No ties: ranks differ.
 */
export function roundRobin(rank: i32, context: StrategyContext): i64 {
  const after = (context.previous < 0 ? context.self : context.previous) + 1;
  return distance(rank, after);
}
