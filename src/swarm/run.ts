/** Runs one swarm: reads its input, starts its threads, watches over them, builds the result. */
import { UsageError } from '../errors.js';
import { Board } from '../shm/board.js';
import { ContentStore } from '../shm/content-store.js';
import { Conductor, type Ending } from './conductor.js';
import { type RunConfig, type RunOptions, completeConfig, isVirtual } from './config.js';
import { checkStrategy } from './custom/check.js';
import {
  type ContentInput,
  type DirectoryInput,
  type Workload,
  describeContent,
  prepareOutputDirectory,
  readContentInto,
  readInputDirectory,
  removeLeftovers,
  segmentLength,
  syntheticWorkload,
} from './input/index.js';
import { HASH_LINE_BYTES, type SwarmPlan, planSwarm } from './plan.js';
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
  const { config, workload, fill } = readWorkload(options);
  if (config.out !== undefined) prepareOutputDirectory(config.out);
  const custom = await checkStrategy(config);
  const laidOut = planSwarm(config, workload, startedMs);
  const plan: SwarmPlan = { ...laidOut, ...(custom !== undefined && { custom }) };
  fill(plan);
  const ending = await conduct(plan, workload, hooks);
  return buildResult(plan, workload, new Board(plan.slab, plan.board), ending);
}

async function conduct(plan: SwarmPlan, workload: Workload, hooks: RunHooks): Promise<Ending> {
  const { out } = plan.config;
  try {
    return await new Conductor(plan, workload, hooks).run();
  } finally {
    // A thread that died while it wrote has left its temporary file behind.
    if (out !== undefined) removeLeftovers(out, plan.outputToken);
  }
}

interface Input {
  readonly config: RunConfig;
  readonly workload: Workload;
  /** Copies content that exists already to its first owner's cells. */
  readonly fill: (plan: SwarmPlan) => void;
}

function readWorkload(options: RunOptions): Input {
  if (options.input !== undefined) return directoryInput(options, options.input);
  const config = completeConfig(options);
  if (config.content !== undefined) return contentInput(config, config.content);
  return { config, workload: syntheticWorkload(config), fill: () => undefined };
}

function directoryInput(options: RunOptions, directory: string): Input {
  const workload = readInputDirectory(directory);
  const ranks = workload.owned.length;
  if (options.ranks !== undefined && options.ranks !== ranks) {
    throw new UsageError(
      `--ranks ${options.ranks}: expected ${ranks}, the inputs in ${directory} plus the tracker`,
    );
  }
  const config = completeConfig({ ...options, ranks, segmentBytes: HASH_LINE_BYTES });
  return { config, workload, fill: (plan) => fillHashLines(plan, workload) };
}

function fillHashLines(plan: SwarmPlan, workload: DirectoryInput): void {
  const store = new ContentStore(plan.content);
  workload.hashes.forEach((hashes, file) => {
    const owner = workload.owned.findIndex((files) => files.includes(file));
    for (let index = 0; index * HASH_LINE_BYTES < hashes.length; index++) {
      const line = hashes.subarray(index * HASH_LINE_BYTES, (index + 1) * HASH_LINE_BYTES);
      const cell = firstCell(plan, owner) + plan.files[file].firstSegment + index;
      store.bytes(cell, HASH_LINE_BYTES).set(line);
    }
  });
}

function contentInput(config: RunConfig, path: string): Input {
  if (config.segmentBytes === 0) {
    throw new UsageError('--segment-bytes: expected at least 1 with --content, found 0');
  }
  const workload: ContentInput = describeContent(path, config.segmentBytes, config.ranks);
  return {
    config,
    workload,
    fill: (plan) => {
      const store = new ContentStore(plan.content);
      const first = firstCell(plan, 1);
      readContentInto(workload, (segment) =>
        store.bytes(
          first + segment,
          segmentLength(workload.byteLength, config.segmentBytes, segment),
        ),
      );
    },
  };
}

function firstCell(plan: SwarmPlan, owner: number): number {
  return plan.config.transfer === 'copy' ? owner * plan.totalSegments : 0;
}
