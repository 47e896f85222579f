/** `bt-shm run`: one swarm, its progress, its result. */
import { existsSync } from 'node:fs';
import { EXIT_CODES, type ExitCode, UsageError } from '../errors.js';
import { type Environment, describeEnvironment } from '../report/environment.js';
import { measureHashRate } from '../report/hash-rate.js';
import { paintFor } from '../report/paint.js';
import { resultJson } from '../report/result-json.js';
import { headline, summarize } from '../report/summary.js';
import { type RunOptions, THREAD_A_RANK_LIMIT } from '../swarm/config.js';
import type { Outcome, RunResult } from '../swarm/result.js';
import type { Cluster } from '../swarm/cluster/cluster.js';
import { runInCluster } from '../swarm/cluster/run.js';
import { type RunHooks, runSwarm } from '../swarm/run.js';
import { readConfigFile } from './config-file.js';
import { takeInterrupts } from './interruption.js';
import { inJob } from './job.js';
import { complain, isOutputPiped, print } from './output.js';
import { ProgressLine, barGlyphs } from './progress.js';
import { keyBlamedBy, runOptionsOf } from './run-options.js';

/** The exit code of each way in which a run can end. */
export const EXIT_CODE_OF_OUTCOME: Readonly<Record<Outcome, ExitCode>> = {
  done: EXIT_CODES.done,
  'segments-missing': EXIT_CODES.segmentsMissing,
  'rank-died': EXIT_CODES.rankDied,
  stalled: EXIT_CODES.stalled,
  interrupted: EXIT_CODES.interrupted,
  failed: EXIT_CODES.internal,
};

/** Options that only synthetic content has, by flag. */
const SYNTHETIC_ONLY = [
  ['seeds', '--seeds'],
  ['files', '--files'],
  ['segments', '--segments'],
] as const;

/** Options that only content with bytes of its own has. */
const CONTENT_ONLY = [
  ['segmentBytes', '--segment-bytes'],
  ['hash', '--hash'],
] as const;

/** What the command line said; options of the run stand under commander's attribute names. */
export interface RunArguments extends Readonly<Record<string, unknown>> {
  readonly config?: string;
  readonly json?: boolean;
  readonly mpi?: boolean;
  readonly quiet?: boolean;
}

/**
 * Runs one swarm and prints its result.
 *
 * @param directory - the input directory, where one was named
 * @param args - the options
 * @param commands - names that the user may have meant in place of a directory
 * @param argv - the whole command line, for the result
 * @returns the exit code
 * @throws UsageError, InputError, MemoryLimitError before anything runs
 */
export async function runCommand(
  directory: string | undefined,
  args: RunArguments,
  commands: readonly string[],
  argv: readonly string[],
): Promise<ExitCode> {
  const flags: RunOptions = {
    ...runOptionsOf(args),
    ...(directory !== undefined && { input: directory }),
  };
  refuseContradictions(flags);
  refuseMistypedCommand(directory, commands);
  const file = args.config === undefined ? {} : readConfigFile(args.config);
  const options = mergeOptions(file, flags);
  return inJob(args.mpi === true, async (cluster) => {
    const environment = describeEnvironment(argv);
    const result = await runWatched(options, args, cluster).catch((error: unknown) => {
      throw blameFile(error, flags, args.config);
    });
    if (result === undefined) return EXIT_CODES.done;
    return printResult(result, options, args, { ...environment, ...coresOf(cluster) });
  });
}

/** The environment of a job has the cores of all its processes. */
function coresOf(cluster: Cluster | undefined): Partial<Environment> {
  return cluster === undefined ? {} : { cores: cluster.cores };
}

function printResult(
  result: RunResult,
  options: RunOptions,
  args: RunArguments,
  environment: Environment,
): ExitCode {
  noteCutTrace(result);
  if (args.json === true) {
    print(`${JSON.stringify(resultJson(result, environment))}\n`);
  } else if (args.quiet === true) {
    print(`${headline(result)}\n`);
  } else {
    printSummary(result, options, environment.cores);
  }
  return EXIT_CODE_OF_OUTCOME[result.outcome];
}

/** The file says so, too; but who opens it must not find out there. */
function noteCutTrace({ trace, config }: RunResult): void {
  if (trace?.cutAtSeconds === undefined) return;
  complain(
    `--trace ${trace.file}: cut after ${trace.cutAtSeconds} s of virtual time, ` +
      `at --trace-limit ${config.traceLimit ?? 0} events and candidates`,
  );
}

function refuseContradictions(flags: RunOptions): void {
  const { input, content } = flags;
  if (input !== undefined && content !== undefined) {
    throw new UsageError(`--content: expected no input directory beside it, found ${input}`);
  }
  if (input === undefined && content === undefined) return;
  const real = input === undefined ? '--content' : 'an input directory';
  for (const [key, flag] of SYNTHETIC_ONLY) {
    if (flags[key] === undefined) continue;
    throw new UsageError(`${flag}: only for synthetic content, found it beside ${real}`);
  }
  if (input === undefined) return;
  for (const [key, flag] of CONTENT_ONLY) {
    if (flags[key] === undefined) continue;
    throw new UsageError(`${flag}: not with an input directory, whose hashes are its content`);
  }
}

/** `bt-shm lst` asks for an input directory `lst`, which is rarely what was meant. */
function refuseMistypedCommand(directory: string | undefined, commands: readonly string[]): void {
  if (directory === undefined || /[/\\]/.test(directory) || existsSync(directory)) return;
  const known = commands.join(', ');
  throw new UsageError(
    `${directory}: expected a command (${known}) or an input directory, found neither`,
  );
}

/** The command line overrides the file; real content of one kind replaces that of the other. */
function mergeOptions(file: RunOptions, flags: RunOptions): RunOptions {
  const { input, content, ...others } = file;
  const isRealGiven = flags.input !== undefined || flags.content !== undefined;
  if (!isRealGiven && input !== undefined && content !== undefined) {
    throw new UsageError(`content: expected no input beside it, found ${input}`);
  }
  return {
    ...others,
    ...(!isRealGiven && input !== undefined && { input }),
    ...(!isRealGiven && content !== undefined && { content }),
    ...flags,
  };
}

/** Names the configuration file in a message about a value that came from there. */
function blameFile(error: unknown, flags: RunOptions, path: string | undefined): unknown {
  const key = keyBlamedBy(error);
  if (path === undefined || key === undefined || flags[key] !== undefined) return error;
  return new UsageError(`${path}: ${(error as Error).message}`, { cause: error });
}

/** Gives nothing where another process of the job has the result. */
async function runWatched(
  options: RunOptions,
  args: RunArguments,
  cluster: Cluster | undefined,
): Promise<RunResult | undefined> {
  const isShown =
    (cluster?.process ?? 0) === 0 &&
    process.stderr.isTTY &&
    args.quiet !== true &&
    !(args.json === true && isOutputPiped());
  const line = isShown ? openLine() : undefined;
  const interruption = takeInterrupts(() => line?.stop());
  try {
    const hooks: RunHooks = {
      signal: interruption.signal,
      ...(line !== undefined && { onProgress: (progress) => line.update(progress) }),
    };
    if (cluster === undefined) return await runSwarm(options, hooks);
    return await runInCluster(options, cluster, hooks);
  } finally {
    interruption.release();
    line?.close();
  }
}

function openLine(): ProgressLine {
  const line = new ProgressLine({
    stream: process.stderr,
    paint: paintFor(process.stderr),
    glyphs: barGlyphs(),
    now: () => performance.now(),
  });
  line.open();
  return line;
}

function printSummary(result: RunResult, options: RunOptions, cores: number): void {
  const { config } = result;
  const isHashed =
    config.clock === 'real' &&
    config.verify === 'each' &&
    config.segmentBytes > 0 &&
    config.input === undefined &&
    result.totals.segmentsDelivered > 0;
  const text = summarize(result, {
    paint: paintFor(process.stdout),
    cores,
    packedByDefault:
      config.clock === 'real' &&
      options.threads === undefined &&
      config.ranks > THREAD_A_RANK_LIMIT,
    ...(isHashed && { hashRate: measureHashRate(config.hash, config.segmentBytes) }),
  });
  print(text);
}
