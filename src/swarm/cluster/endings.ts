/** How the processes' parts of a run ended, and what they come to together. */
import { type RankBlock, blockIndexOf } from '../../comm/placement.js';
import type { Death, Ending } from '../conductor.js';
import { type SwarmPlan, hostedBy } from '../plan.js';
import { AbortReason } from '../report-types.js';
import { type ControlTotals, type Spread, addTotals, controlTotals } from '../result-builder.js';
import type { BridgeReport } from './bridge.js';
import type { Member } from './members.js';

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
  const seats = seatsOf(plan, members, endings);
  const parts = seats.flatMap(({ member, firstThread, ending }) =>
    ending === undefined ? [] : [moved(ending, firstThread, -member.clockOffsetMs)],
  );
  noteFaultTimes(plan, seats);
  const lost = seats.flatMap(({ ending, firstThread, member }): Death[] => {
    if (ending !== undefined) return [];
    const known = own.bridge.lost.find(({ process }) => process === member.process);
    const reason = `MPI process ${member.process} on ${member.host} has died`;
    return [{ thread: firstThread, atMs: known?.atMs ?? own.ending.endedAtMs, reason }];
  });
  const { ending } = own;
  return {
    ending: {
      ...ending,
      reason: lost.length > 0 ? AbortReason.RankNeededDied : ending.reason,
      reports: parts.flatMap(({ reports }) => reports),
      deaths: [...parts.flatMap(({ deaths }) => deaths), ...lost],
      silentThreads: parts.flatMap(({ silentThreads }) => silentThreads),
    },
    spread: spreadOf(plan, seats),
  };
}

/** A process with its place in the whole. */
interface ProcessSeat {
  readonly member: Member;
  readonly ending: ProcessEnding | undefined;
  readonly hosted: RankBlock;
  readonly threads: number;
  readonly firstThread: number;
}

function seatsOf(
  plan: SwarmPlan,
  members: readonly Member[],
  endings: readonly (ProcessEnding | undefined)[],
): ProcessSeat[] {
  let firstThread = 0;
  return members.map((member) => {
    const ending = endings[member.process];
    const threads = ending?.threads ?? 1;
    const seat = { process: member.process, processes: members.length };
    const hosted = hostedBy(seat, plan.config.ranks);
    const place = { member, ending, hosted, threads, firstThread };
    firstThread += threads;
    return place;
  });
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
function noteFaultTimes(plan: SwarmPlan, seats: readonly ProcessSeat[]): void {
  const words = new Int32Array(plan.slab);
  for (const { ending, member } of seats) {
    if (ending === undefined) continue;
    const byMs = ending.startedAtMs - member.clockOffsetMs - plan.startedAtMs;
    ending.faultTimes.forEach((time, index) => {
      const at = plan.faultTimesOffset + index;
      if (time === 0 || Atomics.load(words, at) !== 0) return;
      Atomics.store(words, at, Math.max(1, time + Math.round(byMs * 10)));
    });
  }
}

function spreadOf(plan: SwarmPlan, seats: readonly ProcessSeat[]): Spread {
  const { ranks } = plan.config;
  const threadOfRanks = new Int32Array(ranks);
  const processOfRanks = new Int32Array(ranks);
  for (const { hosted, threads, firstThread, member } of seats) {
    for (let rank = hosted.first; rank < hosted.first + hosted.count; rank++) {
      threadOfRanks[rank] = firstThread + blockIndexOf(hosted, threads, rank);
      processOfRanks[rank] = member.process;
    }
  }
  const bridges = seats.flatMap(({ ending }) => ending?.bridge ?? []);
  const sum = (field: keyof Omit<BridgeReport, 'lost'>): number =>
    bridges.reduce((total, bridge) => total + bridge[field], 0);
  return {
    totals: addTotals(seats.flatMap(({ ending }) => ending?.totals ?? [])),
    threadOfRanks,
    processOfRanks,
    processes: seats.map(({ member, hosted, threads, firstThread }) => ({
      process: member.process,
      host: member.host,
      firstRank: hosted.first,
      ranks: hosted.count,
      firstThread,
      threads,
    })),
    between: {
      bytes: sum('bytesSent'),
      batches: sum('batchesSent'),
      messages: sum('messagesSent'),
      segments: sum('segmentsSent'),
      segmentsFromHostCache: sum('segmentsServedHere'),
    },
  };
}
