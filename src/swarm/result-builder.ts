import { MISSED_WAKES, NOTIFIES, PARKS, RELEASED_AT } from '../shm/control-layout.js';
import type { Board } from '../shm/board.js';
import type { Ending } from './conductor.js';
import { type FaultFindings, faultResults } from './fault-costs.js';
import type { Workload } from './input/index.js';
import { listMissing, threadsOf } from './missing.js';
import { type SwarmPlan, fabricOf, segmentsOf } from './plan.js';
import { AbortReason, type RankReport, monotonicMs } from './report-types.js';
import {
  type BetweenProcesses,
  type Outcome,
  type ProcessResult,
  type RankResult,
  type RunResult,
  SCHEMA_VERSION,
  balanceOf,
  customResult,
} from './result.js';

/** Sums over the control words of all threads. */
export interface ControlTotals {
  readonly notifies: number;
  readonly parks: number;
  readonly missedWakes: number;
  /** Memory of all rings and control words. */
  readonly transportBytes: number;
}

/** What a run over several processes adds to what its own one knows. */
export interface Spread {
  readonly totals: ControlTotals;
  /** Threads are numbered through over all processes. */
  readonly threadOfRanks: Int32Array;
  readonly processOfRanks: Int32Array;
  readonly processes: readonly ProcessResult[];
  readonly between: BetweenProcesses;
}

/** Reads the sums of one process. */
export function controlTotals(plan: SwarmPlan): ControlTotals {
  return {
    notifies: sumControl(plan, NOTIFIES),
    parks: sumControl(plan, PARKS),
    missedWakes: sumControl(plan, MISSED_WAKES),
    transportBytes: plan.transportBytes,
  };
}

/** The sums of several processes. */
export function addTotals(totals: readonly ControlTotals[]): ControlTotals {
  const sum = (field: keyof ControlTotals): number =>
    totals.reduce((total, one) => total + one[field], 0);
  return {
    notifies: sum('notifies'),
    parks: sum('parks'),
    missedWakes: sum('missedWakes'),
    transportBytes: sum('transportBytes'),
  };
}

/**
 * Builds a run's result from the threads' reports and, for the dead, from the board.
 *
 * @param spread - where several processes have run the swarm together
 */
export function buildResult(
  plan: SwarmPlan,
  workload: Workload,
  board: Board,
  ending: Ending,
  spread?: Spread,
): RunResult {
  const reports = new Map(
    ending.reports.flatMap((report) => report.ranks).map((report) => [report.rank, report]),
  );
  const startedMs = plan.startedAtMs;
  const tracker = ending.reports.find((report) => report.allFinishedAtMs !== undefined);
  const releasedMs = releasedAtMs(plan) ?? ending.abortedAtMs ?? ending.endedAtMs;
  const finishedMs = tracker?.allFinishedAtMs ?? ending.abortedAtMs ?? ending.endedAtMs;
  const ranks = rankResults(plan, workload, board, ending, reports, releasedMs, spread);
  const missing = listMissing(plan, workload, board);
  const exchangeMs = Math.max(0, finishedMs - releasedMs);
  const outcome = outcomeOf(ending, missing.length);
  const delivered = ranks.reduce((sum, rank) => sum + rank.segmentsDownloaded, 0);
  const bytes = bytesDelivered(plan, workload, board, delivered);
  const sumReports = (field: 'requests' | 'nacks' | 'hashFailures'): number =>
    [...reports.values()].reduce((sum, report) => sum + report[field], 0);
  const perSecond = (amount: number): number => (exchangeMs > 0 ? amount / (exchangeMs / 1000) : 0);
  return {
    schemaVersion: SCHEMA_VERSION,
    complete: outcome === 'done',
    outcome,
    config: plan.config,
    ...customResult(plan.custom),
    timing: {
      startupMs: releasedMs - startedMs,
      exchangeMs,
      teardownMs: Math.max(0, ending.endedAtMs - finishedMs),
      wallMs: monotonicMs() - startedMs,
    },
    totals: {
      segmentsDelivered: delivered,
      bytesDelivered: bytes,
      segmentsPerSecond: perSecond(delivered),
      bytesPerSecond: perSecond(bytes),
      requests: sumReports('requests'),
      nacks: sumReports('nacks'),
      hashFailures: sumReports('hashFailures'),
      messages: ending.reports.reduce((sum, report) => sum + report.messages, 0),
      trackerRequests: ending.reports.reduce((sum, report) => sum + report.trackerRequests, 0),
      ...(spread?.totals ?? controlTotals(plan)),
      ...(spread !== undefined && { betweenProcesses: spread.between }),
    },
    ...(spread !== undefined && { processes: spread.processes }),
    ranks,
    balance: balanceOf(ranks),
    ...faultResults(plan.config.faults, findingsOf(plan, ending, ranks, workload)),
    missing,
    waits: ending.reports.flatMap((report) => report.waits).sort((a, b) => a.rank - b.rank),
    fills: ending.reports
      .filter(
        (report) => Object.keys(report.fills).length > 0 && ending.reason !== AbortReason.None,
      )
      .map(({ thread, fills }) => ({ thread, byTag: fills })),
    silentThreads: ending.silentThreads,
  };
}

/** What the run's threads tell of its faults. */
function findingsOf(
  plan: SwarmPlan,
  { reports }: Ending,
  ranks: readonly RankResult[],
  { wanted }: Workload,
): FaultFindings {
  const words = new Int32Array(plan.slab);
  return {
    costs: reports.flatMap((report) => report.faultCosts),
    takenAt: (index) => {
      const tenths = Atomics.load(words, plan.faultTimesOffset + index) - 1;
      return tenths >= 0 ? { atMs: tenths / 10 } : {};
    },
    lackedBy: (rank) => segmentsOf(plan, wanted[rank]) - ranks[rank].segmentsDownloaded,
    heldUp: (rank) => {
      const { thread } = ranks[rank];
      const heldUpMs = reports.find((report) => report.thread === thread)?.heldUpMs ?? 0;
      return { heldUpMs };
    },
  };
}

/** When all clients were released; kept in shared memory, as the tracker may have died since. */
function releasedAtMs(plan: SwarmPlan): number | undefined {
  const us = Atomics.load(new Int32Array(plan.slab), plan.controlOffset + RELEASED_AT);
  return us === 0 ? undefined : plan.startedAtMs + us / 1000;
}

function outcomeOf(ending: Ending, missingLists: number): Outcome {
  switch (ending.reason) {
    case AbortReason.Interrupted:
      return 'interrupted';
    case AbortReason.Stalled:
      return 'stalled';
    case AbortReason.RankNeededDied:
      return 'rank-died';
    case AbortReason.Failed:
      return 'failed';
    default:
      if (missingLists === 0) return 'done';
      return ending.deaths.length > 0 ? 'rank-died' : 'segments-missing';
  }
}

function rankResults(
  plan: SwarmPlan,
  workload: Workload,
  board: Board,
  ending: Ending,
  reports: ReadonlyMap<number, RankReport>,
  releasedMs: number,
  spread: Spread | undefined,
): RankResult[] {
  const threads = spread?.threadOfRanks ?? threadsOf(plan);
  const deaths = new Map(ending.deaths.map((death) => [death.thread, death]));
  return Array.from({ length: plan.config.ranks }, (_, rank) => {
    const report = reports.get(rank);
    const death = deaths.get(threads[rank]);
    const wants = workload.wanted[rank].length > 0;
    return {
      rank,
      role: rank === 0 ? 'tracker' : wants ? 'client' : 'seed',
      thread: threads[rank],
      ...(spread !== undefined && { process: spread.processOfRanks[rank] }),
      segmentsDownloaded: report?.segmentsDownloaded ?? board.downloads[rank],
      segmentsUploaded: report?.segmentsUploaded ?? board.uploads[rank],
      ...(wants &&
        report?.finishedAtMs !== undefined && {
          completionMs: Math.max(0, report.finishedAtMs - releasedMs),
        }),
      ...(death !== undefined && {
        died: { atMs: death.atMs - plan.startedAtMs, reason: death.reason },
      }),
    };
  });
}

function bytesDelivered(
  plan: SwarmPlan,
  workload: Workload,
  board: Board,
  delivered: number,
): number {
  let bytes = delivered * plan.segmentBytes;
  // The last segment of a real file may be short.
  plan.files.forEach(({ firstSegment, segmentCount }, file) => {
    if (segmentCount === 0 || plan.fileBytes[file] === 0) return;
    const lacking = segmentCount * plan.segmentBytes - plan.fileBytes[file];
    if (lacking <= 0 || plan.segmentBytes === 0) return;
    const last = firstSegment + segmentCount - 1;
    workload.wanted.forEach((files, rank) => {
      if (files.includes(file) && board.holds(rank, last)) bytes -= lacking;
    });
  });
  return bytes;
}

function sumControl(plan: SwarmPlan, word: number): number {
  const { control } = fabricOf(plan);
  const words = new Int32Array(plan.slab);
  let sum = 0;
  for (let thread = 0; thread < control.threads; thread++) {
    sum += Atomics.load(words, control.threadOffset(thread) + word);
  }
  return sum;
}
