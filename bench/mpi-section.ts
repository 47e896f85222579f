/** Section "mpi": one process to another, beside a plain C program on the same MPI. */
import path from 'node:path';
import type { RunResult } from '../src/swarm/result.js';
import { mpiLaunchers, mpiPeers, run } from './peers/mpi.js';
import { type PeerResult, SMALL_MESSAGE_BYTES, packageRoot } from './peers/peer.js';
import { type Measurement, atLeast, pickPeer } from './report.js';
import { type BenchContext, type Section, peersOrSkip, sampled } from './section.js';

const MAIN = path.join(packageRoot(), 'dist', 'src', 'cli', 'main.js');
const FLOOD = path.join(packageRoot(), 'dist', 'bench', 'mpi-flood.js');
const LIMIT_MS = 120_000;
const SEGMENT_BYTES = 16 * 1024;

/** Has processes of one machine send each other segments. */
const BY_MESSAGE = { BT_SHM_MPI_WINDOW: 'no' };

/** What the followed system reaches with 63 clients on Open MPI; see the README. */
const FOLLOWED: PeerResult = {
  name: 'the followed system, 63 clients (C++ on Open MPI, not run here)',
  unit: 'segments/s',
  value: 1_500,
};

/** Two processes of one machine and the bridges between them. */
export const mpiSection: Section = {
  name: 'mpi',
  title: 'mpi: one process to another',
  run: async (context: BenchContext) => {
    const launchers = mpiLaunchers();
    if (launchers.length === 0) {
      const failure = 'neither openmpi-bin nor mpich is installed';
      return [{ name: 'bridge', unit: 'msg/s', samples: [], failure }];
    }
    context.progress.show('mpi: the C program');
    const peers = await peersOrSkip('MPI', 'msg/s', mpiPeers);
    const measured: Measurement[] = [];
    for (const launcher of launchers) measured.push(...(await measure(launcher, peers, context)));
    return measured;
  },
};

async function measure(
  { name, launcher }: { readonly name: string; readonly launcher: string },
  peers: readonly PeerResult[],
  { quick, progress }: BenchContext,
): Promise<Measurement[]> {
  const repetitions = quick ? 5 : 9;
  const flood = async (
    kind: string,
    count: number,
    env: NodeJS.ProcessEnv = {},
  ): Promise<number[]> => {
    progress.show(`mpi: ${kind} over ${name}`);
    const args = [kind, String(count), String(repetitions + 1)];
    const command = ['-np', '2', process.execPath, FLOOD, ...args];
    return JSON.parse(await run(launcher, command, LIMIT_MS, env)) as number[];
  };
  const segments = async (name: string, env?: NodeJS.ProcessEnv): Promise<Measurement> => ({
    ...(await sampled({ name, unit: 'B/s' }, async () =>
      (await flood('segments', 20_480, env)).map((rate) => rate * SEGMENT_BYTES),
    )),
    comparisons: [{ peer: large }],
  });
  const small = pickPeer(peers, name, `one way, ${SMALL_MESSAGE_BYTES} B`);
  const large = pickPeer(peers, name, 'one way, 16 KiB');
  const swarms = async (processes: number, options: string): Promise<number[]> => {
    progress.show(`mpi: swarms over ${name}`);
    const command = [MAIN, '--json', ...options.split(' ')];
    // Not even one process by the launcher, which would bind it to a core.
    const [program, args] =
      processes === 1
        ? [process.execPath, command]
        : [launcher, ['-np', String(processes), process.execPath, ...command]];
    const rates: number[] = [];
    for (let repetition = 0; repetition < (quick ? 1 : 5); repetition++) {
      rates.push(rateOf(JSON.parse(await run(program, args, LIMIT_MS)) as RunResult));
    }
    return rates;
  };
  const [hashed, alone] = [
    await sampled(
      { name: `${name}: 64 ranks, 16 KiB hashed, 2 processes x 1 thread`, unit: 'segments/s' },
      () => swarms(2, '--segments 4000 --threads 1'),
    ),
    await peersOrSkip('2 threads of one process', 'segments/s', async () => [
      {
        name: '2 threads of one process',
        unit: 'segments/s',
        value: middleOf(await swarms(1, '--segments 4000 --threads 2')),
      },
    ]),
  ];
  return [
    {
      ...(await sampled({ name: `${name}: ${SMALL_MESSAGE_BYTES} B, batched`, unit: 'msg/s' }, () =>
        flood('messages', 2_000_000),
      )),
      comparisons: [{ peer: small, target: atLeast(0.5) }],
    },
    await segments(`${name}: 16 KiB to the content store`),
    await segments(`${name}: the same by message, as between machines`, BY_MESSAGE),
    { ...hashed, comparisons: alone.map((peer) => ({ peer, target: atLeast(0.7) })) },
    {
      ...(await sampled(
        { name: `${name}: 64 ranks x 10,000, control, 2 processes`, unit: 'segments/s' },
        () => swarms(2, '--segments 10000 --segment-bytes 0'),
      )),
      comparisons: [{ peer: FOLLOWED, target: atLeast(100) }],
    },
  ];
}

function rateOf({ complete, totals, outcome }: RunResult): number {
  if (!complete || totals.hashFailures > 0) throw new Error(`swarm: outcome=${outcome}`);
  return totals.segmentsPerSecond;
}

function middleOf(rates: readonly number[]): number {
  return [...rates].sort((a, b) => a - b)[rates.length >> 1];
}
