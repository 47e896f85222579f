/** Section "swarm": whole exchanges, beside a swarm over message ports and the cores' hash rate. */
import { availableParallelism } from 'node:os';
import { formatCount, formatSignificant } from '../src/report/format.js';
import type { RunOptions } from '../src/swarm/config.js';
import type { RunResult } from '../src/swarm/result.js';
import { hashRateOfAllCores, hashRateOfThreads } from './hash-cores.js';
import { type Batch, MESSAGE_PORT_SWARM, messagePortSwarm } from './peers/message-port-swarm.js';
import { NODE_VERSION, type PeerResult, reasonOf } from './peers/peer.js';
import {
  type Comparison,
  type Measurement,
  type Target,
  atLeast,
  atMost,
  middle,
} from './report.js';
import { type BenchContext, type Section, peersOrSkip } from './section.js';
import { RANKS, messageRate, verifiedSwarm } from './swarm.js';

const SEGMENTS = 10_000;
const SEGMENT_BYTES = 16 * 1024;
const HASH_MS = 300;

/** A swarm that is run several times. */
interface Case {
  readonly name: string;
  readonly options: RunOptions;
  readonly unit: 'segments/s' | 'msg/s' | 'B/s';
  readonly figureOf: (result: RunResult) => number;
  readonly target?: Target;
  /** Called before each run whose result counts. */
  readonly before?: () => Promise<void>;
}

/** What the runs of one case have shown. */
interface CaseRuns {
  readonly measurement: Measurement;
  readonly missedWakes: readonly number[];
}

/** Whole swarms. */
export const swarmSection: Section = {
  name: 'swarm',
  title: `swarm: ${RANKS} ranks, 1 seed, least-loaded`,
  run: async (context: BenchContext) => {
    const repetitions = context.quick ? 2 : 5;
    const missedWakes: number[] = [];
    const measure = async (
      swarm: Case,
      comparisonsAfter: () => readonly Comparison[],
    ): Promise<Measurement> => {
      context.progress.show(`swarm: ${swarm.name}`);
      const runs = await runCase(swarm, repetitions);
      missedWakes.push(...runs.missedWakes);
      return { ...runs.measurement, comparisons: comparisonsAfter() };
    };
    const control = await controlOnly(context, measure);
    const verified = await verifiedSegments(context, measure);
    const missed: Measurement = {
      name: 'missed wake-ups',
      unit: 'wake-ups',
      samples: missedWakes,
      summary: 'total',
      target: atMost(0),
    };
    return [...control, ...verified, missed];
  },
};

type Measure = (swarm: Case, comparisonsAfter: () => readonly Comparison[]) => Promise<Measurement>;

async function controlOnly(
  { quick, progress }: BenchContext,
  measure: Measure,
): Promise<Measurement[]> {
  progress.show('swarm: peer over message ports');
  const plain = await messagePortPeer('message', quick ? 1 : 3);
  const batched = await messagePortPeer('turn', quick ? 1 : 3);
  const control = { segments: SEGMENTS, segmentBytes: 0 };
  const shared = { ...control, load: 'shared' } as const;
  const message = { ...control, load: 'message' } as const;
  const cores = availableParallelism();
  const segmentRate = (result: RunResult): number => result.totals.segmentsPerSecond;
  const work = `${formatCount(SEGMENTS)} segments`;
  return [
    await measure(
      {
        name: `${work}, ${RANKS} threads`,
        options: { ...shared, threads: RANKS },
        unit: 'segments/s',
        figureOf: segmentRate,
        target: atLeast(1.5e6),
      },
      () => [{ peer: plain, target: atLeast(20) }, { peer: batched }],
    ),
    await measure(
      {
        name: `${work}, threads auto (${cores})`,
        options: { ...shared, threads: 'auto' },
        unit: 'segments/s',
        figureOf: segmentRate,
        target: atLeast(10e6),
      },
      () => [{ peer: plain }, { peer: batched }],
    ),
    await measure(
      {
        name: `load by message, ${RANKS} threads`,
        options: { ...message, threads: RANKS },
        unit: 'msg/s',
        figureOf: messageRate,
        target: atLeast(8e6),
      },
      () => [],
    ),
    await measure(
      {
        name: `load by message, threads auto (${cores})`,
        options: { ...message, threads: 'auto' },
        unit: 'msg/s',
        figureOf: messageRate,
        target: atLeast(25e6),
      },
      () => [],
    ),
  ];
}

async function messagePortPeer(batch: Batch, repetitions: number): Promise<PeerResult> {
  const [peer, ...others] = await peersOrSkip(MESSAGE_PORT_SWARM[batch], 'segments/s', async () => {
    const results: PeerResult[] = [];
    for (let repetition = 0; repetition < repetitions; repetition++) {
      results.push(await messagePortSwarm({ ranks: RANKS, segments: SEGMENTS, batch }));
    }
    return results;
  });
  if (peer.value === undefined) return peer;
  return { ...peer, value: middle([peer, ...others].map(({ value }) => value ?? 0)) };
}

/**
 * Every receiver hashes every segment. Each run comes after a measurement of what all cores hash,
 * so that both see the machine in the same state.
 */
async function verifiedSegments({ quick }: BenchContext, measure: Measure): Promise<Measurement[]> {
  const segments = quick ? 500 : SEGMENTS;
  const measurements: Measurement[] = [];
  for (const threads of ['auto', RANKS] as const) {
    const rates: number[] = [];
    const swarm: Case = {
      name: `16 KiB, each hashed, ${threads === 'auto' ? `threads auto (${availableParallelism()})` : `${threads} threads`}`,
      options: { segments, segmentBytes: SEGMENT_BYTES, hash: 'sha1', verify: 'each', threads },
      unit: 'B/s',
      figureOf: (result) => result.totals.bytesPerSecond,
      before: async () => {
        rates.push(await hashRateOfAllCores(SEGMENT_BYTES, HASH_MS));
      },
    };
    const bare: number[] = [];
    if (threads !== 'auto') bare.push(await hashRateOfThreads(threads, SEGMENT_BYTES, segments));
    measurements.push(
      await measure(swarm, () => [
        { peer: hashPeer('SHA-1 of 16 KiB on all cores', rates), target: atLeast(0.9) },
        ...(threads === 'auto' ? [] : [{ peer: hashPeer(`SHA-1 on ${threads} threads`, bare) }]),
      ]),
    );
  }
  return measurements;
}

function hashPeer(name: string, rates: readonly number[]): PeerResult {
  return rates.length === 0
    ? { name, unit: 'B/s', skipped: 'not measured' }
    : { name, version: NODE_VERSION, unit: 'B/s', value: middle(rates) };
}

/** The first run warms up: the process then has its code compiled and its memory mapped. */
async function runCase(swarm: Case, repetitions: number): Promise<CaseRuns> {
  const { name, unit, target, options } = swarm;
  const base = { name, unit, ...(target !== undefined && { target }) };
  const results: RunResult[] = [];
  try {
    await verifiedSwarm(options);
    for (let repetition = 0; repetition < repetitions; repetition++) {
      await swarm.before?.();
      results.push(await verifiedSwarm(options));
    }
  } catch (error) {
    return { measurement: { ...base, samples: [], failure: reasonOf(error) }, missedWakes: [] };
  }
  const wakeUps = middle(results.map(({ totals }) => totals.notifies / totals.segmentsDelivered));
  return {
    measurement: {
      ...base,
      samples: results.map(swarm.figureOf),
      notes: [`${formatSignificant(wakeUps)} wake-ups a segment`],
    },
    missedWakes: results.map(({ totals }) => totals.missedWakes),
  };
}
