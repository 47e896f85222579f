/** The strategies apart from any swarm: who would be asked, given how busy each looks? */
import { allocate, at } from '../../shm/assembly/memory';
import { Random } from '../../shm/assembly/random';
import { Strategy, StrategyContext, draw, isDrawn } from './strategies/index';
import { ranks } from './swarm';

let context: StrategyContext = changetype<StrategyContext>(0);

/**
 * Prepares choices by the strategy that is open, among the ranks that the files were opened for.
 *
 * @param loads address of how busy each rank looks, a word a rank
 */
export function openChoice(loads: usize, seed: i32): void {
  context = changetype<StrategyContext>(allocate(offsetof<StrategyContext>()));
  context.previous = -1;
  context.loads = loads;
  context.outstanding = allocate((<usize>ranks) << 1);
  context.random = changetype<Random>(allocate(offsetof<Random>()));
  context.random.seed(seed, 0);
}

/** Whom of the `count` ranks at `candidates` the rank `self` would ask. */
export function chooseHolder(self: i32, candidates: usize, count: i32): i32 {
  context.self = self;
  if (isDrawn) return draw(candidates, count, context);
  let best = -1;
  let bestScore = i64.MAX_VALUE;
  for (let index = 0; index < count; index++) {
    const rank = at(candidates, index);
    const rankScore = Strategy.score(rank, context);
    if (rankScore >= bestScore) continue;
    best = rank;
    bestScore = rankScore;
  }
  context.previous = best;
  return best;
}
