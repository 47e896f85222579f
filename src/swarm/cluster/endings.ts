/** How the processes' parts of a run ended, and what they come to together. */
import type { Death, Ending } from '../conductor.js';
import type { SwarmPlan } from '../plan.js';
import { AbortReason } from '../report-types.js';
import { type ControlTotals, type Spread, addTotals, controlTotals } from '../result-builder.js';
import type { BridgeReport } from './bridge.js';
import type { Member } from './members.js';
import { placesOf, sumBetween } from './places.js';

/** How one process's part ended, as it is told to process 0. */
export interface ProcessEnding {
  readonly ending: Ending;
  readonly bridge: BridgeReport;
  readonly totals: ControlTotals;
  readonly threads: number;
  readonly startedAtMs: number;
  /** See `SwarmPlan.faultTimesOffset`. */
  readonly faultTimes: readonly number[];
}

/** What a process tells of its end. */
export function describeEnding(
  plan: SwarmPlan,
  ending: Ending,
  bridge: BridgeReport,
): ProcessEnding {
  const words = new Int32Array(plan.slab);
  const { faultTimesOffset, config } = plan;
  return {
    ending,
    bridge,
    totals: controlTotals(plan),
    threads: config.threads,
    startedAtMs: plan.startedAtMs,
    faultTimes: config.faults.map((_, index) => Atomics.load(words, faultTimesOffset + index)),
  };
}

/**
 * Joins the parts of all processes at process 0: threads are numbered through, and times are those
 * of its own clock. The ranks of a process that died count as those of one thread.
 *
 * @param endings - by process; `undefined` for those that have died
 * @param own - that of process 0
 */
export function joinEndings(
  plan: SwarmPlan,
  members: readonly Member[],
  endings: readonly (ProcessEnding | undefined)[],
  own: ProcessEnding,
): { ending: Ending; spread: Spread } {
  const threads = endings.map((other) => other?.threads ?? 1);
  const places = placesOf(plan.whole, members, threads);
  const parts = endings.flatMap((other, process) =>
    other === undefined
      ? []
      : [moved(other, places.processes[process].firstThread, -members[process].clockOffsetMs)],
  );
  noteFaultTimes(plan, members, endings);
  const lost = endings.flatMap((other, process): Death[] => {
    if (other !== undefined) return [];
    const known = own.bridge.lost.find((loss) => loss.process === process);
    const reason = `MPI process ${process} on ${members[process].host} has died`;
    const thread = places.processes[process].firstThread;
    return [{ thread, atMs: known?.atMs ?? own.ending.endedAtMs, reason }];
  });
  const living = endings.flatMap((other) => other ?? []);
  const { ending } = own;
  return {
    ending: {
      ...ending,
      reason: lost.length > 0 ? AbortReason.RankNeededDied : ending.reason,
      reports: parts.flatMap(({ reports }) => reports),
      deaths: [...parts.flatMap(({ deaths }) => deaths), ...lost],
      silentThreads: parts.flatMap(({ silentThreads }) => silentThreads),
    },
    spread: {
      ...places,
      totals: addTotals(living.map(({ totals }) => totals)),
      between: sumBetween(
        living.map(({ bridge }) => bridge),
        plan.segmentBytes,
      ),
    },
  };
}

/** A part of the whole, its threads and times as the whole has them. */
function moved({ ending }: ProcessEnding, firstThread: number, byMs: number): Ending {
  return {
    ...ending,
    reports: ending.reports.map((report) => ({
      ...report,
      thread: report.thread + firstThread,
      ranks: report.ranks.map((rank) => ({
        ...rank,
        ...(rank.finishedAtMs !== undefined && { finishedAtMs: rank.finishedAtMs + byMs }),
      })),
    })),
    deaths: ending.deaths.map((death) => ({
      ...death,
      thread: death.thread + firstThread,
      atMs: death.atMs + byMs,
    })),
    silentThreads: ending.silentThreads.map((thread) => thread + firstThread),
  };
}

/** Enters when faults took effect elsewhere where this process notes its own. */
function noteFaultTimes(
  plan: SwarmPlan,
  members: readonly Member[],
  endings: readonly (ProcessEnding | undefined)[],
): void {
  const words = new Int32Array(plan.slab);
  endings.forEach((ending, process) => {
    if (ending === undefined) return;
    const byMs = ending.startedAtMs - members[process].clockOffsetMs - plan.startedAtMs;
    ending.faultTimes.forEach((time, index) => {
      const at = plan.faultTimesOffset + index;
      if (time === 0 || Atomics.load(words, at) !== 0) return;
      Atomics.store(words, at, Math.max(1, time + Math.round(byMs * 10)));
    });
  });
}
