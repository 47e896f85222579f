/** Runs one swarm in virtual time. */
import type { VirtualRunConfig } from '../config.js';
import { checkStrategy } from '../custom/check.js';
import type { Seat } from '../plan.js';
import { monotonicMs } from '../report-types.js';
import type { RunResult } from '../result.js';
import type { RunHooks } from '../run.js';
import { type VirtualPlan, planVirtual } from './plan.js';
import { type Population, drawPopulation } from './population.js';
import { buildVirtualResult } from './result.js';
import { VirtualThreads } from './threads.js';
import { checkTraceFile, writeTrace } from './trace-file.js';

/** Runs one swarm in virtual time to its end; see `runSwarm`. */
export async function runVirtual(config: VirtualRunConfig, hooks: RunHooks): Promise<RunResult> {
  const startedMs = monotonicMs();
  const population = drawPopulation(config);
  if (config.trace !== undefined) checkTraceFile(config.trace);
  const plan = await layOutVirtual(config, population);
  const threads = new VirtualThreads(plan, hooks);
  const reports = await threads.run();
  const endedMs = monotonicMs();
  const { reason, readyMs, throughMs } = threads;
  const ending = { reason, startedMs, readyMs, throughMs, endedMs };
  const result = buildVirtualResult(plan, reports, ending);
  if (config.trace === undefined) return result;
  return { ...result, trace: writeTrace(config.trace, plan, reports) };
}

/** Lays a run in virtual time, or this process's part of one, out in memory. */
export async function layOutVirtual(
  config: VirtualRunConfig,
  population: Population,
  seat?: Seat,
): Promise<VirtualPlan> {
  const custom = await checkStrategy(config);
  return { ...planVirtual(config, population, seat), ...(custom !== undefined && { custom }) };
}
