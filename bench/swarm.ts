/**
 * Whole swarms, each a run of its own in this process:
 *
 *      rank 0 (tracker)   rank 1 (seed)   rank 2 .. rank 63 (leechers)
 *            |                 |                |
 *      [ inbox rings ]   [ inbox rings ]   [ inbox rings ]    a thread a rank, or all ranks on
 *            \_________________|________________/             as many threads as there are cores
 *                 one slab: rings, board, bitfields
 *                 content store, where segments have bytes
 *
 * The time is that of the exchange: from the release of all clients until the tracker knows that
 * all have finished. A run counts only when every segment arrived and none failed its hash.
 */
import { type RunOptions } from '../src/swarm/config.js';
import type { RunResult } from '../src/swarm/result.js';
import { runSwarm } from '../src/swarm/run.js';

/** Ranks of every swarm here: the tracker, a seed and 62 leechers. */
export const RANKS = 64;

/**
 * Runs a swarm of bt-shm's and checks its result.
 *
 * @param options - what to run, above the defaults
 * @returns its result
 * @throws Error when a segment is missing, failed its hash, or was delivered twice
 */
export async function verifiedSwarm(options: RunOptions): Promise<RunResult> {
  const result = await runSwarm({ ranks: RANKS, strategy: 'least-loaded', ...options });
  const { config, totals, complete, outcome, missing } = result;
  const expected = (config.ranks - 1 - config.seeds) * config.files * config.segments;
  const isVerified =
    complete &&
    missing.length === 0 &&
    totals.segmentsDelivered === expected &&
    totals.hashFailures === 0;
  if (!isVerified) {
    throw new Error(
      `swarm: outcome=${outcome} delivered=${totals.segmentsDelivered}: expected ${expected}; ` +
        `hashFailures=${totals.hashFailures}`,
    );
  }
  return result;
}

/** Messages/s of a run's exchange. */
export function messageRate({ totals, timing }: RunResult): number {
  return (totals.messages * 1000) / timing.exchangeMs;
}
