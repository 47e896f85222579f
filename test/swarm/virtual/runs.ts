/** Small swarms in virtual time. Threads run from compiled code: `npm test` builds it first. */
import { createRequire } from 'node:module';
import * as path from 'node:path';
import type * as Bundle from '../../../src/index.js';
import type { VirtualKernel } from '../../../src/roles/kernel.js';
import type { RunOptions, VirtualRunConfig } from '../../../src/swarm/config.js';
import type * as Config from '../../../src/swarm/config.js';
import type { RankResult, RunResult } from '../../../src/swarm/result.js';
import type * as HostModule from '../../../src/swarm/virtual/host.js';
import type * as Plan from '../../../src/swarm/virtual/plan.js';
import type * as PopulationModule from '../../../src/swarm/virtual/population.js';

const load = createRequire(__filename);
const compiled = path.join(__dirname, '../../../dist/src');
const { runSwarm } = load(path.join(compiled, 'index.js')) as typeof Bundle;
const { completeConfig } = load(path.join(compiled, 'swarm/config.js')) as typeof Config;
const virtual = path.join(compiled, 'swarm/virtual');
const { RANK_FIGURES, VirtualHost } = load(path.join(virtual, 'host.js')) as typeof HostModule;
const { planVirtual } = load(path.join(virtual, 'plan.js')) as typeof Plan;
const { drawPopulation } = load(path.join(virtual, 'population.js')) as typeof PopulationModule;

/** A swarm that is over after some hundred windows. */
export const SMALL = {
  clock: 'virtual',
  ranks: 12,
  segments: 20,
  segmentBytes: 16_384,
  up: 125_000,
  down: 500_000,
  latencyMs: [[100]],
} as const satisfies RunOptions;

/** The same with BitTorrent's protocol. */
export const SMALL_BEP3 = { ...SMALL, protocol: 'bep3' } as const satisfies RunOptions;

/** Runs a swarm on one thread unless told otherwise. */
export function run(options: RunOptions, signal?: AbortSignal): Promise<RunResult> {
  return runSwarm({ threads: 1, ...options }, signal === undefined ? {} : { signal });
}

/** All of a result that does not depend on the machine, nor on which thread hosts whom. */
export function withoutMachine(result: RunResult): unknown {
  const { timing, totals, ranks, config, ...rest } = result;
  return {
    ...rest,
    config: { ...config, threads: 0 },
    totals: { ...totals, transportBytes: 0 },
    ranks: ranks.map((rank) => ({ ...rank, thread: 0 })),
    virtualSeconds: timing.virtualSeconds,
  };
}

/** Clients that are no seeds. */
export function clientsOf({ ranks }: RunResult): RankResult[] {
  return ranks.filter(({ role }) => role === 'client');
}

/** Sums a figure up. */
export function sumOf(ranks: readonly RankResult[], figure: (rank: RankResult) => number): number {
  return ranks.reduce((sum, rank) => sum + figure(rank), 0);
}

/** The mean of what is there. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Figures of each rank, by name. */
export type Figures = Readonly<Record<(typeof RANK_FIGURES)[number], number>>;

/** Runs a swarm on this thread and gives the figures that a result has not. */
export function figuresOf(options: RunOptions): Figures[] {
  const config = completeConfig({ ...options, threads: 1 }) as VirtualRunConfig;
  const plan = planVirtual(config, drawPopulation(config));
  const { figures } = new VirtualHost({ plan, thread: 0 }).run();
  const width = RANK_FIGURES.length;
  return Array.from({ length: config.ranks }, (_, rank) => {
    const entries = RANK_FIGURES.map((name, at) => [name, figures[rank * width + at]]);
    return Object.fromEntries(entries) as Figures;
  });
}

/** The kernel of a swarm that this thread hosts, to be advanced by the caller. */
export function kernelOf(options: RunOptions): VirtualKernel {
  const config = completeConfig({ ...options, threads: 1 }) as VirtualRunConfig;
  const plan = planVirtual(config, drawPopulation(config));
  return (new VirtualHost({ plan, thread: 0 }) as unknown as { kernel: VirtualKernel }).kernel;
}
