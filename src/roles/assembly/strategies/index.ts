import { StrategyContext } from './context';
import { leastLoaded } from './least-loaded';
import { randomHolder } from './random';
import { roundRobin } from './round-robin';
import { seedRule } from './seed';

export { StrategyContext } from './context';

let strategy: i32 = 0;

/** Whether segments are asked for without knowing that the holder has them. */
export let isBlind: bool = false;
/** Whether an order stands for one request only, not until the next refresh. */
export let isPerRequest: bool = false;

/** @param number index in `STRATEGIES` of `roles/strategies.ts` */
export function openStrategy(number: i32, blind: bool, perRequest: bool): void {
  strategy = number;
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
