import { StrategyContext } from './context';
import { dragonfly } from './dragonfly';
import { fastestFirst } from './fastest-first';
import { leastLoaded } from './least-loaded';
import { locality } from './locality';
import { powerOfD } from './power-of-d';
import { randomHolder } from './random';
import { roundRobin } from './round-robin';
import { seedRule } from './seed';

export { StrategyContext } from './context';
export { busyness } from './power-of-d';

/** In place of a number: the rule is the user's, and the host is asked. */
const CUSTOM: i32 = -1;

let strategy: i32 = 0;
let choices: i32 = 0;

/** Whether the host chooses, by a rule that is not built in. */
export let isCustom: bool = false;

/** Whether segments are asked for without knowing that the holder has them. */
export let isBlind: bool = false;
/** Whether an order stands for one request only, not until the next refresh. */
export let isPerRequest: bool = false;
/** Whether the rule draws among the holders of a segment, in place of ordering all holders. */
export let isDrawn: bool = false;

/**
 * @param number index in `STRATEGIES` of `roles/strategies.ts`, or -1: the host chooses
 * @param draws holders that are drawn for each request, where the rule draws
 */
export function openStrategy(number: i32, blind: bool, perRequest: bool, draws: i32): void {
  strategy = number;
  isCustom = number == CUSTOM;
  isBlind = blind;
  isPerRequest = perRequest;
  isDrawn = draws > 0;
  choices = draws;
}

/** The strategy that is open; a class, for only a method can be marked to be inlined. */
export class Strategy {
  /** How far back `rank` stands in the order in which holders are asked: the lowest score first. */
  @inline
  static score(rank: i32, context: StrategyContext): i64 {
    switch (strategy) {
      case 0:
        return leastLoaded(rank, context);
      case 1:
        return seedRule(rank, context);
      case 2:
        return randomHolder(rank, context);
      case 3:
        return roundRobin(rank, context);
      case 5:
        return fastestFirst(rank, context);
      case 6:
        return locality(rank, context);
      default:
        return dragonfly(rank, context);
    }
  }
}

/** The holder to ask, of `count` at `candidates` that hold the segment; at least one. */
export function draw(candidates: usize, count: i32, context: StrategyContext): i32 {
  return powerOfD(candidates, count, choices, context);
}
