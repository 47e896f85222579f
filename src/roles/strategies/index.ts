import { leastLoaded } from './least-loaded.js';
import { random } from './random.js';
import { roundRobin } from './round-robin.js';
import { seed } from './seed.js';
import type { Strategy } from './strategy.js';

export type { Strategy, StrategyContext } from './strategy.js';

/** The built-in strategies; the default first. */
export const STRATEGIES: readonly Strategy[] = [leastLoaded, seed, random, roundRobin];
