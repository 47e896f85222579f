/** Runs one swarm over the processes of a job: each hosts a block of the ranks. */
import { assert } from '../../assert.js';
import { Board } from '../../shm/board.js';
import { Conductor, type Ending } from '../conductor.js';
import {
  type RunConfig,
  type RunOptions,
  THREAD_A_RANK_LIMIT,
  completeConfig,
  isVirtual,
} from '../config.js';
import { type Description, describeRun, fillContent } from '../describe.js';
import { ownersOf } from '../input/index.js';
import { type SwarmPlan, allRanks, hostedBy } from '../plan.js';
import { monotonicMs } from '../report-types.js';
import { buildResult } from '../result-builder.js';
import type { RunResult } from '../result.js';
import { type RunHooks, conduct, layOut } from '../run.js';
import type { BridgeReport } from './bridge.js';
import { type Cluster, type Failure, errorFrom, failureOf } from './cluster.js';
import { type ProcessEnding, describeEnding, joinEndings } from './endings.js';
import { shareContent } from './shared-content.js';
import { runVirtualInCluster } from './virtual-run.js';

/** What became of a process's part: its end, or why there is none. */
type PartOutcome = { readonly ending: ProcessEnding } | Failure;

/**
 * Runs one swarm over all processes of a job; each of them has to call it, with the
 * same options.
 *
 * @returns at process 0 the result, at the others nothing
 * @throws UsageError, InputError, MemoryLimitError before any rank is started
 */
export async function runInCluster(
  options: RunOptions,
  cluster: Cluster,
  hooks: RunHooks = {},
): Promise<RunResult | undefined> {
  if (options.clock === 'virtual') {
    const completed = completeConfig(options);
    const isGiven = typeof options.threads === 'number';
    if (isVirtual(completed)) return runVirtualInCluster(completed, isGiven, cluster, hooks);
  }
  const startedMs = monotonicMs();
  const { seat } = cluster;
  const description = await describeTogether(options, cluster);
  const { workload } = description;
  const laidOut = await cluster.together(() =>
    layOut(description.config, workload, startedMs, seat),
  );
  const plan = await shareContent(laidOut, cluster);
  await cluster.together(() => makeReady(plan, workload));
  const board = new Board(plan.slab, plan.board);
  const part = await runPart(plan, workload, cluster, hooks);
  const parts = await cluster.gather(part);
  if (cluster.process !== 0) return undefined;
  return joinParts(plan, workload, board, cluster, parts);
}

/** Fills in what ranks here have at the start; the board says what all ranks own. */
function makeReady(plan: SwarmPlan, workload: Description['workload']): void {
  fillContent(plan, workload);
  // Who owns what is known everywhere; what is held later on is told.
  const board = new Board(plan.slab, plan.board);
  workload.owned.forEach((files, rank) => {
    for (const file of files) {
      const { firstSegment, segmentCount } = plan.files[file];
      board.holdRange(rank, firstSegment, segmentCount);
    }
  });
}

/** Process 0 reads the input; all check what only the number of processes decides. */
async function describeTogether(options: RunOptions, cluster: Cluster): Promise<Description> {
  const { config, workload } = await cluster.from(0, () => describeRun(options, true));
  cluster.refuseTooFewRanks(config.ranks);
  const hosted = hostedBy(cluster.seat, allRanks(config, workload));
  const threads = threadsHere(options, config, cluster, hosted.count);
  return { config: { ...config, threads }, workload };
}

/** Threads of this process: `--threads` is a process's, and processes of one machine share its cores. */
function threadsHere(
  { threads }: RunOptions,
  { ranks }: RunConfig,
  cluster: Cluster,
  hosted: number,
): number {
  if (typeof threads === 'number') return Math.min(threads, hosted);
  if (threads === undefined && ranks <= THREAD_A_RANK_LIMIT) return hosted;
  return Math.min(cluster.coresHere, hosted);
}

async function runPart(
  plan: SwarmPlan,
  workload: Description['workload'],
  cluster: Cluster,
  hooks: RunHooks,
): Promise<PartOutcome> {
  const conductor = new Conductor(plan, workload, hooks);
  const bridging = cluster.bridge(plan, ownersOf(workload)).catch((error: unknown) => {
    conductor.fail(error);
    throw error;
  });
  const [ending, bridge] = await Promise.allSettled([conduct(plan, conductor), bridging]);
  const failed = [ending, bridge].find((settled) => settled.status === 'rejected');
  if (failed !== undefined) return failureOf(failed.reason);
  return {
    ending: describeEnding(
      plan,
      (ending as PromiseFulfilledResult<Ending>).value,
      (bridge as PromiseFulfilledResult<BridgeReport>).value,
    ),
  };
}

function joinParts(
  plan: SwarmPlan,
  workload: Description['workload'],
  board: Board,
  cluster: Cluster,
  parts: readonly (PartOutcome | undefined)[],
): RunResult {
  const endings = parts.map((part) => {
    if (part === undefined || 'ending' in part) return part?.ending;
    throw errorFrom(part);
  });
  const [own] = endings;
  assert(own !== undefined, 'process 0 has an end of its own');
  const { ending, spread } = joinEndings(plan, cluster.members, endings, own);
  return buildResult(plan, workload, board, ending, spread);
}
