/** The built-in strategies by name; their rules stand in `assembly/strategies/`, one a file. */

/** What a run has to know of a strategy besides its rule. */
export interface Strategy {
  readonly name: string;
  /** One line for `bt-shm list`. */
  readonly summary: string;
  /** How long an order stands: for every request until the next refresh, or for one request. */
  readonly scope: 'refresh' | 'request';
  /** Whether segments are asked for without knowing that the holder has them (NACK: the next). */
  readonly blind: boolean;
  /** Holders drawn at random for each request, where the rule draws. */
  readonly draws?: number;
  /** Most requests in flight that the rule allows, where it says; otherwise `--window` does. */
  readonly maxWindow?: number;
  /** The order of segments that the rule demands, where it does. */
  readonly picker?: string;
  /** Whether the rule goes by the zones or capacities of a simulated network. */
  readonly needsNetwork?: boolean;
  /** How loads are learned, where the rule says. */
  readonly load?: 'message' | 'shared';
}

/** In the order of the cases of `pickHolder`; the default first. */
export const STRATEGIES: readonly Strategy[] = [
  {
    name: 'least-loaded',
    summary: 'least busy holder first, many requests in flight',
    scope: 'refresh',
    blind: false,
  },
  {
    name: 'seed',
    summary: 'in order, one at a time, loads asked by message',
    scope: 'refresh',
    blind: true,
    maxWindow: 1,
    picker: 'sequential',
    load: 'message',
  },
  {
    name: 'random',
    summary: 'a random holder for each request',
    scope: 'request',
    blind: false,
  },
  {
    name: 'round-robin',
    summary: 'the holders in turn, by rank, one request each',
    scope: 'request',
    blind: false,
  },
  {
    name: 'power-of-2',
    summary: 'the less loaded of 2 random holders; any D (Azar 1994)',
    scope: 'request',
    blind: false,
    draws: 2,
  },
  {
    name: 'fastest-first',
    summary: 'the holder whose uplink would deliver first; virtual clock',
    scope: 'request',
    blind: false,
    needsNetwork: true,
  },
  {
    name: 'locality',
    summary: 'holders in the same zone first (Bindal 2006); virtual clock',
    scope: 'refresh',
    blind: false,
    needsNetwork: true,
  },
  {
    name: 'dragonfly',
    summary: "the evaluator of Dragonfly's scheduler; virtual clock",
    scope: 'refresh',
    blind: false,
    needsNetwork: true,
  },
];

/** Draws that `power-of-D` may make. */
const MOST_DRAWS = 64;

/** The strategy of that name, or `undefined`; `power-of-3` and the like are made on demand. */
export function findStrategy(name: string): Strategy | undefined {
  const found = STRATEGIES.find((strategy) => strategy.name === name);
  const draws = Number(/^power-of-(\d+)$/.exec(name)?.[1]);
  const drawing = STRATEGIES.find((strategy) => strategy.draws !== undefined);
  if (found !== undefined || drawing === undefined) return found;
  return draws >= 1 && draws <= MOST_DRAWS ? { ...drawing, name, draws } : undefined;
}

/** The number by which the kernel knows a strategy: its index in {@link STRATEGIES}. */
export function strategyNumber(strategy: Strategy): number {
  return STRATEGIES.findIndex(
    ({ name, draws }) =>
      name === strategy.name || (draws !== undefined && strategy.draws !== undefined),
  );
}

/**
 * A rule of the user's own, which the host is asked for; to the kernel its number is -1. It is asked
 * anew for each request, and only among those who are known to hold the segment.
 */
export const CUSTOM_RULE = { scope: 'request', blind: false } as const satisfies Partial<Strategy>;
