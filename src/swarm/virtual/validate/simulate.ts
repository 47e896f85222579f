/** Runs a swarm in virtual time on the calling thread, whose peers can be looked at afterwards. */
import { assert } from '../../../assert.js';
import { type RunOptions, completeConfig, isVirtual } from '../../config.js';
import { AbortReason, monotonicMs } from '../../report-types.js';
import type { RunResult } from '../../result.js';
import { VirtualHost } from '../host.js';
import { type VirtualPlan, planVirtual } from '../plan.js';
import { drawPopulation } from '../population.js';
import { buildVirtualResult } from '../result.js';

/** A run that has ended. */
export interface Simulated {
  readonly result: RunResult;
  readonly host: VirtualHost;
  readonly plan: VirtualPlan;
}

/** Lays a run out for one thread. */
export function planOnOneThread(options: RunOptions): VirtualPlan {
  const config = completeConfig({ ...options, clock: 'virtual', threads: 1 });
  assert(isVirtual(config), 'a run in virtual time');
  return planVirtual(config, drawPopulation(config));
}

/** Runs a swarm to its end. */
export function simulate(options: RunOptions): Simulated {
  const startedMs = monotonicMs();
  const plan = planOnOneThread(options);
  const host = new VirtualHost({ plan, thread: 0 });
  const report = host.run();
  const ending = {
    reason: AbortReason.None,
    startedMs,
    readyMs: report.readyAtMs,
    throughMs: report.throughAtMs,
    endedMs: monotonicMs(),
  };
  return { result: buildVirtualResult(plan, [report], ending), host, plan };
}
