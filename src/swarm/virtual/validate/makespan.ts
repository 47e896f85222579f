import type { RunOptions } from '../../config.js';
import { AT_LEAST, type Check, EXACT, type Findings, type ValidationCase, check } from './check.js';
import { type Played, playSchedule } from './oracle.js';
import { optimalSchedule } from './schedule.js';
import { simulate } from './simulate.js';

/** The published table: rounds for each number of peers and parts. */
const PUBLISHED = [
  { peers: 15, rounds: { 1: 4, 10: 13, 100: 103, 400: 403 } },
  { peers: 63, rounds: { 1: 6, 10: 15, 100: 105, 400: 405 } },
  { peers: 1000, rounds: { 1: 10, 10: 19, 100: 109, 400: 409 } },
] as const;

/** Strategies that the bound must hold for, too, among few peers with equal links. */
const STRATEGIES = [
  { protocol: 'bep3', strategy: 'tit-for-tat', picker: 'rarest', graph: 'full' },
  { protocol: 'bep3', strategy: 'kraken', picker: 'rarest', graph: 'full' },
  { protocol: 'ack', strategy: 'least-loaded', picker: 'rarest' },
  { protocol: 'ack', strategy: 'random', picker: 'random' },
] as const satisfies readonly RunOptions[];

const STRATEGY_PEERS = 63;
const STRATEGY_PARTS = 100;

/** What a run's times may be off by: they are whole nanoseconds. */
const ROUNDING = 1e-9;

/** V1: the fewest rounds, reached by a schedule and by no strategy undercut. */
export const MAKESPAN: ValidationCase = {
  id: 'V1',
  title: 'optimal makespan: M + floor(log2 N) rounds',
  source:
    'Mundinger, Weber, Weiss, Optimal scheduling of peer-to-peer file dissemination, cs/0606110',
  run,
};

function run(): Findings {
  const played: Played[] = [];
  const checks = PUBLISHED.flatMap(({ peers, rounds }) =>
    Object.entries(rounds).map(([parts, expected]) => {
      const both = playBoth(peers, Number(parts));
      played.push(...both);
      // Both must agree: the one that is further off is judged.
      const [equal, unlimited] = both.map((each) => each.rounds);
      const got = equal === expected ? unlimited : equal;
      return check(`N = ${peers}, M = ${parts}`, 'rounds', expected, got, EXACT);
    }),
  );
  const strategies = STRATEGIES.map((options) => gapOf(options));
  const gaps = [...played.map(({ gap }) => gap), ...strategies.map(({ got }) => got)];
  const best = check('no run below the bound', 'ratio', 1 - ROUNDING, Math.min(...gaps), AT_LEAST);
  return {
    checks: [...checks, best],
    notes: [
      'each pair with downlinks as fast as uplinks, and without limit; latency 0',
      `distance from the bound at N = ${STRATEGY_PEERS}, M = ${STRATEGY_PARTS}: ` +
        strategies.map(({ name, got }) => `${name} ${got.toFixed(2)}`).join(', '),
    ],
  };
}

function playBoth(peers: number, parts: number): [Played, Played] {
  const schedule = optimalSchedule(peers, parts);
  return [
    playSchedule(schedule, peers, parts, 'equal'),
    playSchedule(schedule, peers, parts, 'unlimited'),
  ];
}

function gapOf(options: RunOptions & { readonly strategy: string }): Pick<Check, 'name' | 'got'> {
  const { result } = simulate({
    ...options,
    ranks: STRATEGY_PEERS + 2,
    segments: STRATEGY_PARTS,
    // 1 s a part, so that a round of choking is not as long as the run.
    up: 16_384,
    down: 16_384,
    latencyMs: [[1]],
  });
  return { name: options.strategy, got: result.optimum?.gap ?? NaN };
}
