/** Runs one swarm: reads its input, starts its threads, watches over them, builds the result. */
import { UsageError } from '../errors.js';
import { Board } from '../shm/board.js';
import { Conductor, type Ending } from './conductor.js';
import { type RunConfig, type RunOptions, completeConfig, isVirtual } from './config.js';
import { checkStrategy } from './custom/check.js';
import { describeRun, fillContent } from './describe.js';
import { type Workload, prepareOutputDirectory, removeLeftovers } from './input/index.js';
import { type Seat, type SwarmPlan, planSwarm } from './plan.js';
import { monotonicMs } from './report-types.js';
import { buildResult } from './result-builder.js';
import type { RunResult } from './result.js';
import { runVirtual } from './virtual/run.js';

/** What a watcher of a run is told now and then. */
export interface RunProgress {
  readonly phase: 'starting' | 'exchanging';
  readonly threadsReady: number;
  readonly threads: number;
  readonly segmentsDelivered: number;
  readonly segmentsWanted: number;
}

/** What a caller may hang on a run. */
export interface RunHooks {
  /** Ends the run early with a partial result. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: RunProgress) => void;
}

/**
 * Runs one swarm to its end.
 *
 * @param options what to run; see {@link RunConfig} for the meaning and the defaults
 * @returns the result, also when the run was interrupted, stalled or lost segments
 * @throws UsageError, InputError, MemoryLimitError before any rank is started; StrategyError where a
 *   strategy of the user's own threw, chose what was not offered, or never came to an end
 */
export async function runSwarm(options: RunOptions, hooks: RunHooks = {}): Promise<RunResult> {
  const startedMs = monotonicMs();
  if (options.clock === 'virtual') {
    const completed = completeConfig(options);
    if (isVirtual(completed)) return runVirtual(completed, hooks);
  }
  const { config, workload } = describeRun(options);
  if (config.hostCache === true) {
    throw new UsageError('--host-cache: only over MPI: one process fetches nothing from another');
  }
  const plan = await layOut(config, workload, startedMs);
  fillContent(plan, workload);
  const ending = await conduct(plan, new Conductor(plan, workload, hooks));
  return buildResult(plan, workload, new Board(plan.slab, plan.board), ending);
}

/** Lays a run, or this process's part of one, out in memory. */
export async function layOut(
  config: RunConfig,
  workload: Workload,
  startedMs: number,
  seat?: Seat,
): Promise<SwarmPlan> {
  if (config.out !== undefined) prepareOutputDirectory(config.out);
  const custom = await checkStrategy(config);
  const plan = planSwarm(config, workload, startedMs, seat);
  return { ...plan, ...(custom !== undefined && { custom }) };
}

/** Runs the swarm, or this process's part of it, and cleans up behind it. */
export async function conduct(plan: SwarmPlan, conductor: Conductor): Promise<Ending> {
  const { out } = plan.config;
  try {
    return await conductor.run();
  } finally {
    // A thread that died while it wrote has left its temporary file behind.
    if (out !== undefined) removeLeftovers(out, plan.outputToken);
  }
}
