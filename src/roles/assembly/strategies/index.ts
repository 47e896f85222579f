import { StrategyContext } from './context';
import { leastLoaded } from './least-loaded';
import { randomHolder } from './random';
import { roundRobin } from './round-robin';
import { seedRule } from './seed';

export { StrategyContext } from './context';

/** In place of a number: the rule is the user's, and the host is asked. */
const CUSTOM: i32 = -1;

let strategy: i32 = 0;

/** Whether the host chooses, by a rule that is not built in. */
export let isCustom: bool = false;

/** Whether segments are asked for without knowing that the holder has them. */
export let isBlind: bool = false;
/** Whether an order stands for one request only, not until the next refresh. */
export let isPerRequest: bool = false;

/** @param number index in `STRATEGIES` of `roles/strategies.ts`, or -1: the host chooses */
export function openStrategy(number: i32, blind: bool, perRequest: bool): void {
  strategy = number;
  isCustom = number == CUSTOM;
  isBlind = blind;
  isPerRequest = perRequest;
}

/** How far back `rank` stands in the order in which holders are asked: the lowest score first. */
export function score(rank: i32, context: StrategyContext): i64 {
  switch (strategy) {
    case 0:
      return leastLoaded(rank, context);
    case 1:
      return seedRule(rank, context);
    case 2:
      return randomHolder(rank, context);
    default:
      return roundRobin(rank, context);
  }
}
