/** Simulates one swarm over the processes of a job: each hosts a block of the ranks. */
import { UsageError } from '../../errors.js';
import { type VirtualRunConfig } from '../config.js';
import { hostedBy } from '../plan.js';
import { monotonicMs } from '../report-types.js';
import type { RunResult } from '../result.js';
import type { RunHooks } from '../run.js';
import type { VirtualReport } from '../virtual/host.js';
import { smallestLatencyMs } from '../virtual/options.js';
import { threadOf } from '../virtual/placement.js';
import type { VirtualPlan } from '../virtual/plan.js';
import { drawPopulation } from '../virtual/population.js';
import { buildVirtualResult } from '../virtual/result.js';
import { layOutVirtual } from '../virtual/run.js';
import { VirtualThreads } from '../virtual/threads.js';
import type { BridgeReport } from './bridge.js';
import { type Cluster, type Failure, errorFrom, failureOf } from './cluster.js';
import { ProcessLostError } from './errors.js';
import { placesOf, sumBetween } from './places.js';

/** What a process tells of its part. */
interface Part {
  readonly reports: readonly VirtualReport[];
  readonly bridge: BridgeReport;
}

/** As `runInCluster`, in virtual time: the result has the digest that one process comes to. */
export async function runVirtualInCluster(
  completed: VirtualRunConfig,
  isThreadsGiven: boolean,
  cluster: Cluster,
  hooks: RunHooks,
): Promise<RunResult | undefined> {
  const startedMs = monotonicMs();
  const { seat } = cluster;
  refuseUnfit(completed, cluster);
  const hosted = hostedBy(seat, { first: 0, count: completed.ranks });
  const most = isThreadsGiven ? completed.threads : Math.min(completed.threads, cluster.coresHere);
  const config = { ...completed, threads: Math.min(most, hosted.count) };
  const plan = await cluster.together(async () =>
    layOutVirtual(config, drawPopulation(config), seat),
  );
  const threads = new VirtualThreads(plan, hooks);
  const part = await runPart(plan, threads, cluster);
  const gathered = await cluster.gather(part);
  if (cluster.process !== 0) return undefined;
  const parts = gathered.map((other, process) => {
    if (other === undefined) throw new ProcessLostError(process);
    if ('message' in other) throw errorFrom(other);
    return other;
  });
  const { reason, readyMs, throughMs } = threads;
  const ending = { reason, startedMs, readyMs, throughMs, endedMs: monotonicMs() };
  const reports = parts.map((other) => other.reports);
  const places = placesOf(
    plan.whole,
    cluster.members,
    reports.map(({ length }) => length),
    (block, threads, rank) => threadOf(config, block, threads, rank),
  );
  const between = sumBetween(
    parts.map(({ bridge }) => bridge),
    config.segmentBytes,
  );
  return buildVirtualResult(plan, reports.flat(), ending, { ...places, between });
}

function refuseUnfit(config: VirtualRunConfig, cluster: Cluster): void {
  cluster.refuseTooFewRanks(config.ranks);
  if (smallestLatencyMs(config) === 0) {
    throw new UsageError(
      '--latency 0: expected more with several processes, which may run apart by the smallest latency',
    );
  }
  if (config.trace !== undefined) {
    // The file is made of the memory of all threads.
    throw new UsageError(`--trace: expected one process, found ${cluster.processes}`);
  }
}

async function runPart(
  plan: VirtualPlan,
  threads: VirtualThreads,
  cluster: Cluster,
): Promise<Part | Failure> {
  const bridging = cluster.simulate(plan).catch((error: unknown) => {
    threads.giveUp(error);
    throw error;
  });
  const [reports, bridge] = await Promise.allSettled([threads.run(), bridging]);
  // What the bridge failed for is what the threads were given up for.
  if (bridge.status === 'rejected') {
    if (bridge.reason instanceof ProcessLostError || cluster.isBroken) throw bridge.reason;
    return failureOf(bridge.reason);
  }
  if (reports.status === 'rejected') return failureOf(reports.reason);
  return { reports: reports.value, bridge: bridge.value };
}
