/** The benchmarks: what `bt-shm bench` runs. */
import { EXIT_CODES, type ExitCode, UsageError } from '../src/errors.js';
import { plural } from '../src/report/format.js';
import { paintFor } from '../src/report/paint.js';
import { channelSection } from './channel-section.js';
import { contentionWarning, readCpuTimes, shareOfOthers } from './contention.js';
import { costsSection } from './costs-section.js';
import { busyWarning, describeMachine, machineLines, peerVersions } from './machine.js';
import { memorySection } from './memory-section.js';
import { mpiSection } from './mpi-section.js';
import { Progress } from './progress.js';
import { type JudgedMeasurement, type Tally, judge, tally } from './report.js';
import type { BenchContext, Section } from './section.js';
import { simulationSection } from './simulation-section.js';
import { startupSection } from './startup-section.js';
import { swarmSection } from './swarm-section.js';
import { renderTable } from './table.js';

/** How to run the benchmarks. */
export interface BenchOptions {
  /** Print one JSON object, with every sample, in place of tables. */
  readonly json?: boolean;
  /** Measure for a shorter time, with less certain figures. */
  readonly quick?: boolean;
  /** Run this section only: channel, swarm, simulation, startup, memory, costs or mpi. */
  readonly only?: string;
  /** Where the report goes; standard output by default. */
  readonly stdout?: NodeJS.WriteStream;
}

/** Version of the JSON report's shape; fields may be added, never renamed. */
const SCHEMA_VERSION = 1;

/** Run only where it is asked for: it needs an MPI, and what it measures is not one process. */
const ON_DEMAND: readonly Section[] = [mpiSection];

const SECTIONS: readonly Section[] = [
  channelSection,
  swarmSection,
  simulationSection,
  startupSection,
  memorySection,
  costsSection,
];

/**
 * Runs the benchmarks and prints their report: each figure beside its peers' of the same run, the
 * ratio, and whether the target was met.
 *
 * A missed target is a finding and no failure; a benchmark whose result was wrong is one.
 *
 * @param options - what to run and how to print it
 * @returns the exit code: internal error where a benchmark failed
 * @throws UsageError for a section that does not exist
 */
export default async function runBench(options: BenchOptions = {}): Promise<ExitCode> {
  const { json = false, quick = false, only, stdout = process.stdout } = options;
  const sections = chooseSections(only);
  const paint = paintFor(stdout);
  const progress = new Progress(process.stderr);
  const write = (text: string): void => {
    progress.clear();
    if (!json) stdout.write(text);
  };
  const machine = describeMachine();
  const warning = busyWarning(machine);
  write(`${machineLines(machine).join('\n')}\n`);
  if (warning !== undefined) write(`${paint('warn', `warning  ${warning}`)}\n`);
  const startedMs = performance.now();
  const done: SectionReport[] = [];
  for (const section of sections) {
    const report = await runSection(section, { quick, progress });
    done.push(report);
    const contention = contentionWarning(report.shareOfOthers);
    const isDoubtful = contention !== undefined;
    write(`\n${renderTable(report.title, report.measurements, paint, isDoubtful)}`);
    if (isDoubtful) write(`${paint('warn', `  ${contention}`)}\n`);
  }
  const all = done.flatMap(({ measurements }) => measurements);
  const counts = tally(all);
  const versions = peerVersions(
    all.flatMap(({ comparisons }) => comparisons.map(({ peer }) => peer)),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  write(`\n${closingLines(counts, versions, seconds).join('\n')}\n`);
  if (json) {
    progress.clear();
    const report = {
      schemaVersion: SCHEMA_VERSION,
      environment: { ...machine, peerVersions: versions },
      quick,
      seconds,
      sections: done,
      targets: counts,
    };
    stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  }
  return all.some(({ failure }) => failure !== undefined) ? EXIT_CODES.internal : EXIT_CODES.done;
}

/** What became of a section. */
interface SectionReport {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  /** Processor time that other processes took meanwhile; absent where that is not known. */
  readonly shareOfOthers?: number;
  readonly measurements: readonly JudgedMeasurement[];
}

async function runSection(section: Section, context: BenchContext): Promise<SectionReport> {
  const { name, title } = section;
  const startedMs = performance.now();
  const before = readCpuTimes();
  const measurements = (await section.run(context)).map(judge);
  const after = readCpuTimes();
  return {
    name,
    title,
    seconds: (performance.now() - startedMs) / 1000,
    ...(before !== undefined &&
      after !== undefined && { shareOfOthers: shareOfOthers(before, after) }),
    measurements,
  };
}

function chooseSections(only: string | undefined): readonly Section[] {
  if (only === undefined) return SECTIONS;
  const all = [...SECTIONS, ...ON_DEMAND];
  const chosen = all.filter(({ name }) => name === only);
  if (chosen.length > 0) return chosen;
  const known = all.map(({ name }) => name).join(', ');
  throw new UsageError(`--only: expected one of ${known}, found ${only}`);
}

function closingLines(
  counts: Tally,
  versions: Readonly<Record<string, string>>,
  seconds: number,
): string[] {
  const verdicts = (Object.keys(counts) as (keyof Tally)[])
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${verdict}`);
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    ...(verdicts.length === 0 ? [] : [`targets  ${verdicts.join(', ')}`]),
    ...(peers.length === 0 ? [] : [`peers    ${peers.join(', ')}`]),
    `took     ${plural(Math.round(seconds), 'second')}`,
  ];
}
