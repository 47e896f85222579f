/** Builds the result of a run in virtual time, and its digest. */
import { createHash } from 'node:crypto';
import { assert } from '../../assert.js';
import { WindowState } from '../../roles/kernel.js';
import type { VirtualRunConfig } from '../config.js';
import { faultResults } from '../fault-costs.js';
import { hasFault } from '../faults.js';
import { AbortReason } from '../report-types.js';
import {
  type MissingSegments,
  type Outcome,
  type RankResult,
  type RunResult,
  SCHEMA_VERSION,
  balanceOf,
  customResult,
} from '../result.js';
import type { Spread } from '../result-builder.js';
import { type Loss, lossesOf, takenAtSeconds } from './faults.js';
import { RANK_FIGURES, type VirtualReport } from './host.js';
import { type Optimum, boundOf } from './optimum.js';
import { readObservation } from './observation.js';
import { threadOfRanks } from './placement.js';
import type { VirtualPlan } from './plan.js';
import { wantsNothing } from './population.js';

const NS_PER_SECOND = 1e9;

/** A bound in whole nanoseconds: times are rounded to them. */
const ROUNDING = 1e-9;

/** When a run began and ended on this machine, and why. */
export interface VirtualEnding {
  readonly reason: AbortReason;
  readonly startedMs: number;
  /** When all clients stood ready to begin. */
  readonly readyMs: number;
  /** When the last event was handled. */
  readonly throughMs: number;
  readonly endedMs: number;
}

type Figures = Readonly<Record<(typeof RANK_FIGURES)[number], number>>;

/** What a run over several processes adds to what its own one knows. */
export type VirtualSpread = Omit<Spread, 'totals'>;

/**
 * Builds the result of a run in virtual time.
 *
 * @param spread - where several processes have simulated the swarm together
 */
export function buildVirtualResult(
  plan: VirtualPlan,
  reports: readonly VirtualReport[],
  ending: VirtualEnding,
  spread?: VirtualSpread,
): RunResult {
  const { config } = plan;
  const figures = figuresOf(reports);
  const taken = takenAtSeconds(
    config,
    reports.map(({ faultTakenNs }) => faultTakenNs),
  );
  const losses = lossesOf(config, taken);
  const threads = spread?.threadOfRanks ?? threadOfRanks(config, plan.hosted);
  const ranks = figures.map((figure, rank) => ({
    ...rankResult(plan, figure, rank, losses.get(rank)),
    thread: threads[rank],
    ...(spread !== undefined && { process: spread.processOfRanks[rank] }),
  }));
  const sum = (pick: (report: VirtualReport) => number): number =>
    reports.reduce((total, report) => total + pick(report), 0);
  const sumFigures = (name: keyof Figures): number =>
    figures.reduce((total, figure) => total + figure[name], 0);
  const delivered = sumFigures('downloads');
  const bytes = delivered * config.segmentBytes;
  const lastSeconds = Math.max(0, ...reports.map(({ presentNs }) => presentNs)) / NS_PER_SECOND;
  const completions = ranks.flatMap(({ completionSeconds }) => completionSeconds ?? []);
  const missing = missingOf(reports, figures, losses);
  const outcome = outcomeOf(config, ending.reason, reports, missing.length, losses.size);
  // Where some were never to finish, the run went on for a while after the last that was.
  const isOver = isFinished(reports) || (outcome === 'done' && config.until === 0);
  const virtualSeconds = isOver && completions.length > 0 ? lastOf(figures) : lastSeconds;
  const exchangeMs = ending.throughMs - ending.readyMs;
  const blocks = sum((report) => report.dataBlocks);
  const observed = reports.flatMap((report) => report.observed ?? []);
  const optimum = optimumOf(plan, outcome, virtualSeconds);
  return {
    schemaVersion: SCHEMA_VERSION,
    complete: outcome === 'done',
    outcome,
    config,
    ...customResult(plan.custom),
    timing: {
      startupMs: ending.readyMs - ending.startedMs,
      exchangeMs,
      teardownMs: ending.endedMs - ending.throughMs,
      wallMs: ending.endedMs - ending.startedMs,
      virtualSeconds,
      blocksPerWallSecond: exchangeMs > 0 ? (blocks * 1000) / exchangeMs : 0,
    },
    totals: {
      segmentsDelivered: delivered,
      bytesDelivered: bytes,
      segmentsPerSecond: virtualSeconds > 0 ? delivered / virtualSeconds : 0,
      bytesPerSecond: virtualSeconds > 0 ? bytes / virtualSeconds : 0,
      requests: sumFigures('requests'),
      nacks: sumFigures('nacks'),
      hashFailures: sum((report) => report.hashFailures),
      messages: sum((report) => report.controlMessages) + blocks,
      trackerRequests: sum((report) => report.trackerRequests),
      notifies: 0,
      parks: 0,
      missedWakes: 0,
      transportBytes: plan.memory.buffer.byteLength,
      controlMessages: sum((report) => report.controlMessages),
      controlBytes: sum((report) => report.controlBytes),
      blocks,
      dataBytes: sum((report) => report.dataBytes),
      duplicates: sumFigures('duplicates'),
      ...(spread !== undefined && { betweenProcesses: spread.between }),
    },
    ...(spread !== undefined && { processes: spread.processes }),
    ranks,
    balance: balanceOf(ranks),
    ...(optimum !== undefined && { optimum }),
    digest: digestOf(plan, reports, figures),
    ...(observed.length > 0 && {
      observation: readObservation(observed, config.ranks, plan.totalSegments, virtualSeconds),
    }),
    ...faultResults(config.faults, {
      costs: reports.flatMap(({ faultCosts }) => faultCosts),
      takenAt: (index) => (taken[index] === undefined ? {} : { atSeconds: taken[index] }),
      lackedBy: (rank) =>
        wantsNothing(plan.population, rank)
          ? 0
          : plan.totalSegments - ranks[rank].segmentsDownloaded,
      heldUp: () => ({}),
    }),
    missing,
    waits: [],
    fills: [],
    silentThreads: [],
  };
}

/** The figures of all ranks, index = rank. */
function figuresOf(reports: readonly VirtualReport[]): Figures[] {
  const width = RANK_FIGURES.length;
  const all: Figures[] = [];
  for (const { ranks, figures } of reports) {
    ranks.forEach((rank, index) => {
      const values = RANK_FIGURES.map((name, at) => [name, figures[index * width + at]] as const);
      all[rank] = Object.fromEntries(values) as unknown as Figures;
    });
  }
  return all;
}

/** When the last client had all it wanted, in s since the run began. */
function lastOf(figures: readonly Figures[]): number {
  return figures.reduce((last, { finishedNs }) => Math.max(last, finishedNs), 0) / NS_PER_SECOND;
}

function isFinished(reports: readonly VirtualReport[]): boolean {
  return reports.every(({ state }) => state === WindowState.AllFinished);
}

function rankResult(
  plan: VirtualPlan,
  figures: Figures,
  rank: number,
  died: Loss | undefined,
): Omit<RankResult, 'thread'> {
  const { config, population } = plan;
  const isSeed = population.isSeed[rank] === 1;
  const seconds = (ns: number): number => ns / NS_PER_SECOND;
  const part = population.part[rank];
  return {
    rank,
    role: rank === 0 ? 'tracker' : isSeed ? 'seed' : 'client',
    segmentsDownloaded: figures.downloads,
    segmentsUploaded: figures.uploads,
    ...(!isSeed &&
      figures.finishedNs >= 0 && {
        completionSeconds: seconds(figures.finishedNs - figures.joinedNs),
      }),
    ...(figures.joinedNs > 0 && { joinedSeconds: seconds(figures.joinedNs) }),
    ...(figures.departedNs >= 0 &&
      died === undefined && { departedSeconds: seconds(figures.departedNs) }),
    ...(part >= 0 && { part: config.mix[part].name }),
    bytesSent: figures.sentBytes,
    bytesReceived: figures.receivedBytes,
    ...(died !== undefined && { died }),
  };
}

/** What clients lack that have not left, nor were lost. */
function missingOf(
  reports: readonly VirtualReport[],
  figures: readonly Figures[],
  losses: ReadonlyMap<number, Loss>,
): readonly MissingSegments[] {
  return reports
    .flatMap(({ missing }) => missing)
    .filter(({ rank }) => figures[rank].departedNs < 0 && !losses.has(rank))
    .sort((a, b) => a.rank - b.rank);
}

function outcomeOf(
  config: VirtualRunConfig,
  reason: AbortReason,
  reports: readonly VirtualReport[],
  lacking: number,
  losses: number,
): Outcome {
  if (reason === AbortReason.Interrupted) return 'interrupted';
  if (reason !== AbortReason.None) return 'failed';
  if (reports.some(({ state }) => state === WindowState.TrackerLost)) return 'rank-died';
  if (lacking === 0) return 'done';
  if (losses > 0) return 'rank-died';
  // Where segments were lost, or their holders, nothing is left to wait for.
  const isLost =
    hasFault(config, 'corrupt', 'drop-holder') ||
    reports.some(({ state }) => state === WindowState.NothingLeft);
  return isLost ? 'segments-missing' : 'stalled';
}

function optimumOf(
  { config, population }: VirtualPlan,
  outcome: Outcome,
  virtualSeconds: number,
): Optimum | undefined {
  const bound = boundOf(config, population);
  if (bound === undefined || outcome !== 'done' || bound.seconds === 0) return bound;
  const gap = virtualSeconds / bound.seconds;
  assert(gap >= 1 - ROUNDING, `a run beat its lower bound: gap=${gap} bound=${bound.bound}`);
  return { ...bound, gap };
}

/** A hash over all that happened: every figure of every rank, and a chain over every block. */
function digestOf(
  { config }: VirtualPlan,
  reports: readonly VirtualReport[],
  figures: readonly Figures[],
): string {
  const hash = createHash('sha256');
  const row = new Float64Array(RANK_FIGURES.length);
  const bytes = Buffer.from(row.buffer);
  for (const figure of figures) {
    RANK_FIGURES.forEach((name, index) => (row[index] = figure[name]));
    hash.update(bytes);
  }
  for (const name of ['controlMessages', 'controlBytes', 'dataBlocks', 'dataBytes'] as const) {
    hash.update(`${name}=${reports.reduce((sum, report) => sum + report[name], 0)};`);
  }
  hash.update(`segments=${config.segments * config.files}`);
  return hash.digest('hex').slice(0, 32);
}
