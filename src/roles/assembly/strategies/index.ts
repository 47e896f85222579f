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

/**
 * Chooses who is asked next.
 *
 * @param holders address of ranks; those before `from` are in the order already
 * @returns index in [`from`, `count`) of the holder that comes next
 */
export function pickHolder(holders: usize, from: i32, count: i32, context: StrategyContext): i32 {
  switch (strategy) {
    case 0:
      return leastLoaded(holders, from, count, context);
    case 1:
      return seedRule(holders, from, count, context);
    case 2:
      return randomHolder(holders, from, count, context);
    default:
      return roundRobin(holders, from, count, context);
  }
}
