/**
 * Section "memory": what the transport takes a rank, and what a swarm of 10,000 ranks takes in all.
 *
 *      this process  --- options --->  child process: one runSwarm(), 10,000 ranks on all cores
 *                    <--- result, peak of resident memory ---
 *
 * The child keeps the peak free of what this process has measured before.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { RunOptions } from '../src/swarm/config.js';
import { reasonOf } from './peers/peer.js';
import { type Measurement, atLeast, atMost } from './report.js';
import { type BenchContext, type Section, sampled } from './section.js';
import { RANKS, verifiedSwarm } from './swarm.js';

/** What the child process prints. */
export interface ChildReport {
  readonly peakBytes: number;
  readonly segmentsPerSecond: number;
}

const MANY_RANKS = 10_000;
const SEGMENTS = 1000;
const CHILD_LIMIT_MS = 120_000;

/** Memory of the transport and of a large swarm. */
export const memorySection: Section = {
  name: 'memory',
  title: 'memory',
  run: async ({ quick, progress }: BenchContext): Promise<Measurement[]> => {
    progress.show('memory: transport');
    const transport: Measurement[] = [];
    for (const load of ['shared', 'message'] as const) transport.push(await transportBytes(load));
    progress.show('memory: 10,000 ranks');
    return [...transport, ...(await manyRanks(quick ? 1 : 3))];
  },
};

/** Rings and control words do not depend on the number of segments: a short run will do. */
function transportBytes(load: 'shared' | 'message'): Promise<Measurement> {
  const name = `transport a rank, ${RANKS} threads, load ${load}`;
  return sampled({ name, unit: 'B', target: atMost(128 * 1024) }, async () => {
    const options = { segments: 64, segmentBytes: 0, threads: RANKS, load };
    const { totals } = await verifiedSwarm(options);
    return [totals.transportBytes / RANKS];
  });
}

async function manyRanks(repetitions: number): Promise<Measurement[]> {
  const reports: ChildReport[] = [];
  let failure: string | undefined;
  try {
    for (let repetition = 0; repetition < repetitions; repetition++) reports.push(await runChild());
  } catch (error) {
    failure = reasonOf(error);
  }
  const kept = failure === undefined ? reports : [];
  const failed = failure === undefined ? {} : { failure };
  return [
    {
      name: '10,000 ranks x 1,000 segments, peak RSS',
      unit: 'B',
      samples: kept.map(({ peakBytes }) => peakBytes),
      summary: 'highest',
      target: atMost(2 ** 30),
      ...failed,
    },
    {
      name: '10,000 ranks x 1,000 segments',
      unit: 'segments/s',
      samples: kept.map(({ segmentsPerSecond }) => segmentsPerSecond),
      target: atLeast(2e6),
      ...failed,
    },
  ];
}

async function runChild(): Promise<ChildReport> {
  const options: RunOptions = {
    ranks: MANY_RANKS,
    segments: SEGMENTS,
    segmentBytes: 0,
    threads: 'auto',
  };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [path.join(__dirname, 'memory-child.js'), JSON.stringify(options)],
    { timeout: CHILD_LIMIT_MS, encoding: 'utf8' },
  );
  return JSON.parse(stdout) as ChildReport;
}
