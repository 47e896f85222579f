/**
 * Section "simulation": swarms in virtual time, by the blocks of data that a second of this machine
 * delivers, HAVEs and all other messages included.
 *
 *      peers behind simulated links, one event queue a thread, windows of the smallest latency
 */
import { availableParallelism } from 'node:os';
import type { RunOptions } from '../src/swarm/config.js';
import type { RunResult } from '../src/swarm/result.js';
import { type Measurement, atLeast, atMost, middle } from './report.js';
import { type BenchContext, type Section, sampled } from './section.js';
import { verifiedSwarm } from './swarm.js';

const PEERS = 1001;
const MANY_PEERS = 10_001;

/** 1,000 peers with 50 neighbours each, tit-for-tat, rarest first. */
const BEP3: RunOptions = {
  clock: 'virtual',
  protocol: 'bep3',
  strategy: 'tit-for-tat',
  picker: 'rarest',
  ranks: PEERS,
  neighbours: 50,
};

const ACK: RunOptions = { clock: 'virtual', strategy: 'least-loaded', ranks: PEERS };

/** Swarms in virtual time. */
export const simulationSection: Section = {
  name: 'simulation',
  title: 'simulation: virtual time',
  run: async ({ quick, progress }: BenchContext): Promise<Measurement[]> => {
    progress.show('simulation');
    const segments = quick ? 200 : 1000;
    const repetitions = quick ? 1 : 3;
    const cores = availableParallelism();
    const rate = (name: string, options: RunOptions, least?: number): Promise<Measurement> =>
      sampled(
        { name, unit: 'blocks/s', ...(least !== undefined && { target: atLeast(least) }) },
        async () => (await runs({ ...options, segments }, repetitions)).map(blockRate),
      );
    const title = `${PEERS - 1} peers x ${segments} segments`;
    return [
      await rate(`bep3, ${title}, ${cores} threads`, { ...BEP3, threads: cores }, 1e6),
      await rate(`bep3, ${title}, 1 thread`, { ...BEP3, threads: 1 }),
      await rate(`ack, ${title}, ${cores} threads`, { ...ACK, threads: cores }, 2e6),
      await costOfMany(quick ? 50 : 200),
    ];
  },
};

async function runs(options: RunOptions, repetitions: number): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    results.push(await verifiedSwarm(options));
  }
  return results;
}

function blockRate({ timing }: RunResult): number {
  return timing.blocksPerWallSecond ?? 0;
}

/** What a block costs among ten times as many peers. */
function costOfMany(segments: number): Promise<Measurement> {
  const name = `bep3, ${MANY_PEERS - 1} over ${PEERS - 1} peers, cost a block`;
  return sampled({ name, unit: 'ratio', target: atMost(2) }, async () => {
    const few = await runs({ ...BEP3, segments, threads: 1 }, 2);
    const many = await runs({ ...BEP3, segments, threads: 1, ranks: MANY_PEERS }, 1);
    return [middle(few.map(blockRate)) / middle(many.map(blockRate))];
  });
}
