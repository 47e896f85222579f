/** Lower bounds on the time that a swarm needs, and how far a run stayed above them. */
import type { VirtualRunConfig } from '../config.js';
import { ASKS_NOTHING, type Population } from './population.js';

/** The best that any schedule could reach for a run's configuration. */
export interface Optimum {
  /** `makespan`: Mundinger's for equal links; `fluid`: Kumar and Ross's for any. */
  readonly bound: 'makespan' | 'fluid';
  readonly seconds: number;
  /** The run's last completion over the bound; 1: optimal. Absent where not all have finished. */
  readonly gap?: number;
}

/**
 * Rounds that a server and `peers` peers of equal capacity need for `parts` parts, one part sent
 * and one received a round. Source: Mundinger, Weber, Weiss, "Optimal scheduling of peer-to-peer
 * file dissemination" (arXiv cs/0606110).
 */
export function optimalRounds(peers: number, parts: number): number {
  return peers === 0 ? 0 : parts + Math.floor(Math.log2(peers));
}

/**
 * The least time in which `leechers` can get `bytes` bytes: max{F/d_min, F/u_s, L F/(u_s + sum
 * u_i)}. Source: Kumar, Ross, "Peer-assisted file distribution: the minimum distribution time"
 * (2006).
 *
 * @param bytes - F
 * @param seedUp - u_s, of all seeds together, in bytes/s; Infinity: no limit
 * @param ups - u_i of each leecher
 * @param slowestDown - d_min
 */
export function minimumDistributionSeconds(
  bytes: number,
  seedUp: number,
  ups: readonly number[],
  slowestDown: number,
): number {
  const all = ups.reduce((sum, up) => sum + up, seedUp);
  return Math.max(bytes / slowestDown, bytes / seedUp, (ups.length * bytes) / all);
}

/**
 * The larger of the bounds that hold for a run; `undefined` where none does: where clients come or
 * go, or ask for nothing, or are to fail, there is no one time to bound.
 */
export function boundOf(
  config: VirtualRunConfig,
  population: Population,
): Omit<Optimum, 'gap'> | undefined {
  const goes =
    population.seedingNs.some((ns) => ns >= 0) || population.patienceNs.some((ns) => ns >= 0);
  const isIdle = population.behaviour.some((bits) => (bits & ASKS_NOTHING) !== 0);
  const isFaulty = config.faults.some(({ kind }) => kind !== 'slow');
  if (isFaulty || config.arrivals !== 'at-once' || goes || isIdle || config.until > 0)
    return undefined;
  const limited = (rate: number): number => (rate === 0 ? Infinity : rate);
  const ups: number[] = [];
  let seedUp = 0;
  let slowestDown = Infinity;
  for (let rank = 1; rank < config.ranks; rank++) {
    if (population.isSeed[rank] === 1) {
      seedUp += limited(population.up[rank]);
      continue;
    }
    ups.push(limited(population.up[rank]));
    slowestDown = Math.min(slowestDown, limited(population.down[rank]));
  }
  if (ups.length === 0) return undefined;
  const bytes = config.files * config.segments * config.segmentBytes;
  const fluid = minimumDistributionSeconds(bytes, seedUp, ups, slowestDown);
  const isEqual = config.seeds === 1 && ups.every((up) => up === seedUp);
  if (!isEqual || !Number.isFinite(seedUp)) return { bound: 'fluid', seconds: fluid };
  const roundSeconds = config.segmentBytes / seedUp;
  const makespan = optimalRounds(ups.length, config.files * config.segments) * roundSeconds;
  return makespan >= fluid
    ? { bound: 'makespan', seconds: makespan }
    : { bound: 'fluid', seconds: fluid };
}
