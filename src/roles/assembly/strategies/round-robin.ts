import { at } from '../../../shm/assembly/memory';
import { StrategyContext, distance } from './context';

/**
 * The holders in turn: for each request the next rank after the one asked last, round the ring of
 * ranks, beginning after oneself. No ties: ranks differ.
 */
export function roundRobin(holders: usize, from: i32, count: i32, context: StrategyContext): i32 {
  const after = (context.previous < 0 ? context.self : context.previous) + 1;
  let best = from;
  let nearest = distance(at(holders, from), after);
  for (let index = from + 1; index < count; index++) {
    const away = distance(at(holders, index), after);
    if (away >= nearest) continue;
    nearest = away;
    best = index;
  }
  return best;
}
