/** `bt-shm compare`: strategies under the same seeds, and a verdict on each pair. */
import { EXIT_CODES, type ExitCode, UsageError } from '../errors.js';
import { type CompareOptions, compareStrategies } from '../report/comparison/index.js';
import { paintFor } from '../report/paint.js';
import type { Cluster } from '../swarm/cluster/cluster.js';
import { type Spreading, hire, serve } from '../swarm/cluster/crew.js';
import type { Axis, Contender, Crew, MatrixProgress } from '../swarm/compare/index.js';
import { type CompareConfig, readCompareConfig } from './compare-config.js';
import { EXPORT_FLAGS, type ReportArguments, prepareOutputs, putOut } from './compare-output.js';
import { takeInterrupts } from './interruption.js';
import { inJob } from './job.js';
import { MatrixLine } from './matrix-line.js';
import { complain, isOutputPiped } from './output.js';
import { barGlyphs } from './progress.js';
import { runOptionsOf } from './run-options.js';

/** What the command line said; options of the runs stand under commander's attribute names. */
export interface CompareArguments extends ReportArguments {
  readonly strategies?: readonly Contender[];
  readonly runs?: number;
  readonly sweep?: readonly Axis[];
  readonly config?: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly jobs?: number;
  readonly mpi?: boolean;
  readonly spread?: Spreading;
  readonly threads?: number | 'auto';
}

/**
 * Compares strategies and prints what was found.
 *
 * @param args - the options
 * @param argv - the whole command line, for the report
 * @returns the exit code
 * @throws UsageError, InputError before anything runs
 */
export async function compareCommand(
  args: CompareArguments,
  argv: readonly string[],
): Promise<ExitCode> {
  return inJob(args.mpi === true, async (cluster) => {
    if (cluster !== undefined) return compareInJob(args, argv, cluster);
    if (args.spread !== undefined) {
      throw new UsageError(`--spread ${args.spread}: only over MPI, with several processes`);
    }
    return compareAlone(args, argv);
  });
}

/** Process 0 compares; the others run what it asks them to. */
async function compareInJob(
  args: CompareArguments,
  argv: readonly string[],
  cluster: Cluster,
): Promise<ExitCode> {
  const { spread = 'ranks', threads = 1 } = args;
  if (cluster.process !== 0) {
    const interruption = takeInterrupts(() => undefined);
    await serve(cluster, spread, interruption.signal);
    interruption.release();
    return EXIT_CODES.done;
  }
  const crew = await hire(cluster, spread, threads === 'auto' ? cluster.coresHere : threads);
  try {
    return await compareAlone(args, argv, crew);
  } finally {
    if (!cluster.isBroken) await crew.dismiss();
  }
}

async function compareAlone(
  args: CompareArguments,
  argv: readonly string[],
  crew?: Crew,
): Promise<ExitCode> {
  const file = args.config === undefined ? {} : readCompareConfig(args.config);
  const options = mergeOptions(file, args, argv);
  prepareOutputs(args);
  const line = isShown(args) ? openLine() : undefined;
  const interruption = takeInterrupts(() => line?.stop());
  let progress: MatrixProgress | undefined;
  try {
    const comparison = await compareStrategies(options, {
      signal: interruption.signal,
      ...(crew !== undefined && { crew }),
      onProgress: (latest) => {
        progress = latest;
        line?.update(latest);
      },
    });
    line?.close();
    if (!interruption.signal.aborted || comparison.runsMissing === 0) {
      return await putOut(comparison, args);
    }
  } finally {
    interruption.release();
    line?.close();
  }
  complain(describeInterruption(progress, args.out));
  return EXIT_CODES.interrupted;
}

function isShown({ quiet, json }: CompareArguments): boolean {
  return process.stderr.isTTY && quiet !== true && !(json === true && isOutputPiped());
}

function openLine(): MatrixLine {
  return new MatrixLine({
    stream: process.stderr,
    paint: paintFor(process.stderr),
    glyphs: barGlyphs(),
    now: () => performance.now(),
  });
}

function describeInterruption(progress: MatrixProgress | undefined, out?: string): string {
  const { runs = 0, runsDone = 0 } = progress ?? {};
  const kept =
    out === undefined
      ? 'nothing is kept without --out'
      : `they are in ${out}, and --resume goes on from there`;
  return `interrupted after ${runsDone} of ${runs} runs: ${kept}`;
}

/** The command line overrides the file. */
function mergeOptions(
  file: CompareConfig,
  args: CompareArguments,
  argv: readonly string[],
): CompareOptions {
  const { strategies, sweep, runs, noise, failIf, out, resume, jobs } = args;
  const { contenders = [], options, ...others } = file;
  const flags = { sweep, runs, noise, failIf, out, resume, jobs };
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  // `--out` of a comparison is no option of its runs.
  const runOptions = runOptionsOf({ ...args, out: undefined });
  return {
    ...others,
    contenders: strategies ?? contenders,
    options: { ...options, ...runOptions },
    ...Object.fromEntries(given),
    command: commandOf(argv),
    argv,
  };
}

/** Options that change nothing about the figures; those with a value take the next word, too. */
const OF_OUTPUT: readonly string[] = ['--out', '--jobs', '--spread', '--metric', ...EXPORT_FLAGS];
const FLAGS_OF_OUTPUT: readonly string[] = ['--resume', '--mpi', '--json', '--quiet'];

/** @returns the command that gives the same figures, as a shell takes it */
export function commandOf(argv: readonly string[]): string {
  const kept: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index];
    if (OF_OUTPUT.includes(word)) index++;
    else if (!FLAGS_OF_OUTPUT.includes(word) && !OF_OUTPUT.includes(word.replace(/=.*/, ''))) {
      kept.push(word);
    }
  }
  return ['bt-shm', ...kept.map(quoted)].join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
