/** The result of a run, as it stands in the JSON; fields may be added, never renamed. */
import type { RunConfig } from './config.js';
import type { CustomPlan } from './custom/check.js';
import type { RankWait } from './report-types.js';
import type { Observation } from './virtual/observation.js';
import type { Optimum } from './virtual/optimum.js';
import type { TraceResult } from './virtual/trace-file.js';

/** Version of {@link RunResult}'s shape. */
export const SCHEMA_VERSION = 1;

/** Why a run ended as it did. */
export type Outcome =
  'done' | 'segments-missing' | 'rank-died' | 'stalled' | 'interrupted' | 'failed';

/** One rank of a result. */
export interface RankResult {
  readonly rank: number;
  readonly role: 'tracker' | 'seed' | 'client';
  /** Numbered through where several processes run the swarm. */
  readonly thread: number;
  /** Over MPI: the process that hosted the rank. */
  readonly process?: number;
  readonly segmentsDownloaded: number;
  readonly segmentsUploaded: number;
  /** From the release of all clients to the rank's last segment. */
  readonly completionMs?: number;
  /** Virtual time: from when the rank joined to its last segment. */
  readonly completionSeconds?: number;
  /** Virtual time: when the rank joined, where not at the start, and when it left. */
  readonly joinedSeconds?: number;
  readonly departedSeconds?: number;
  /** Virtual time: which part of `--mix` the rank is. */
  readonly part?: string;
  /** Virtual time: bytes of data on the rank's links. */
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  /** The rank's thread ended before its time, or in virtual time the rank was lost. */
  readonly died?: {
    readonly atMs?: number;
    /** Virtual time. */
    readonly atSeconds?: number;
    readonly reason: string;
  };
}

/** Segments that a rank wanted and did not get. */
export interface MissingSegments {
  readonly rank: number;
  readonly file: string;
  /** Numbers within the file, from 0; ranges as [first, last]. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly count: number;
}

/** A fault that a run injected, and what it cost. */
export interface FaultResult {
  /** As `--fault` has it. */
  readonly fault: string;
  /** When it took effect, since the start of the run; absent: it never came due. */
  readonly atMs?: number;
  /** The same in virtual time. */
  readonly atSeconds?: number;
  /** `corrupt`: segments that were refused, and clients that avoided their sender. */
  readonly segmentsRefused?: number;
  readonly avoidedBy?: number;
  /** `crash`, `hang`: requests to the rank that others made anew, and what it lacked itself. */
  readonly requestsReissued?: number;
  readonly segmentsLacked?: number;
  /** `slow`: how long the rank's thread was held up. */
  readonly heldUpMs?: number;
}

/** Over MPI: one process of a run, with the block of ranks and of threads that it hosted. */
export interface ProcessResult {
  readonly process: number;
  readonly host: string;
  readonly firstRank: number;
  readonly ranks: number;
  readonly firstThread: number;
  readonly threads: number;
}

/** Over MPI: what went from any process to any other. */
export interface BetweenProcesses {
  /** Of batches and of segments. */
  readonly bytes: number;
  readonly batches: number;
  /** Messages and words of the board, as they stood in the batches. */
  readonly messages: number;
  readonly segments: number;
  /** Those of them that the receiver read in the sender's memory, both being on one machine. */
  readonly segmentsFromSharedMemory: number;
  /** Segments that `--host-cache` took from the process that asked, and their bytes. */
  readonly segmentsFromHostCache: number;
  readonly bytesSaved: number;
}

/** The result of one run. */
export interface RunResult {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** Whether every surviving client has everything that it wanted, each segment checked. */
  readonly complete: boolean;
  readonly outcome: Outcome;
  readonly config: RunConfig;
  /** The strategy of the user's own, as its module describes it. */
  readonly customStrategy?: {
    readonly name: string;
    readonly summary?: string;
    readonly kind: 'routing' | 'choking';
  };
  readonly timing: {
    /**
     * From the call to the release of all clients: threads, content, registration. In virtual time
     * until all clients stand ready to register, which is part of what is simulated.
     */
    readonly startupMs: number;
    /**
     * From there until the tracker knows that all have finished; in virtual time until the last event
     * was handled.
     */
    readonly exchangeMs: number;
    /** From there until every thread has ended. */
    readonly teardownMs: number;
    readonly wallMs: number;
    /** Virtual time: when the last client had all it wanted, or the run ended. */
    readonly virtualSeconds?: number;
    /** Virtual time: how fast the simulation went on this machine. */
    readonly blocksPerWallSecond?: number;
  };
  readonly totals: {
    readonly segmentsDelivered: number;
    readonly bytesDelivered: number;
    /** Of the clock that drives the run. */
    readonly segmentsPerSecond: number;
    readonly bytesPerSecond: number;
    readonly requests: number;
    readonly nacks: number;
    readonly hashFailures: number;
    readonly messages: number;
    readonly trackerRequests: number;
    /** Wake-ups sent, and times that a thread went to sleep. */
    readonly notifies: number;
    readonly parks: number;
    readonly missedWakes: number;
    /** Memory of all rings and control words. */
    readonly transportBytes: number;
    /** Virtual time: messages but data, and their bytes on the links. */
    readonly controlMessages?: number;
    readonly controlBytes?: number;
    /** Virtual time: blocks of data, and their bytes on the links. */
    readonly blocks?: number;
    readonly dataBytes?: number;
    /** Virtual time: segments that came although they were held already (endgame). */
    readonly duplicates?: number;
    /** Over MPI. */
    readonly betweenProcesses?: BetweenProcesses;
  };
  /** Over MPI: the processes, in order. */
  readonly processes?: readonly ProcessResult[];
  readonly ranks: readonly RankResult[];
  /** Over the clients' uploads. */
  readonly balance: {
    readonly uploadMax: number;
    readonly uploadMean: number;
    readonly uploadJain: number;
    readonly uploadGini: number;
  };
  /** Virtual time: how far the run stayed above the best that any schedule could reach. */
  readonly optimum?: Optimum;
  /** Virtual time: a hash over all that happened; equal where nothing differs. */
  readonly digest?: string;
  /** Virtual time: what was written with `--trace`. */
  readonly trace?: TraceResult;
  /** Virtual time, with `observe`: who sent to whom, and how rare the rarest segment was. */
  readonly observation?: Observation;
  /** What was injected; absent where nothing was. */
  readonly faults?: readonly FaultResult[];
  readonly missing: readonly MissingSegments[];
  /** Where the run was given up: what each unfinished rank waited for, and the tracker. */
  readonly waits: readonly RankWait[];
  /** Where the run was given up: messages left in each thread's channels. */
  readonly fills: readonly {
    readonly thread: number;
    readonly byTag: Readonly<Record<string, number>>;
  }[];
  /** Threads that did not answer when the run was given up. */
  readonly silentThreads: readonly number[];
}

/** How evenly `values` are spread: Jain's index (1: all equal, 1/n: one has all). */
export function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

/** How unevenly `values` are spread: the Gini coefficient (0: all equal). */
export function giniCoefficient(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const sum = sorted.reduce((total, value) => total + value, 0);
  if (sum === 0) return 0;
  const weighted = sorted.reduce((total, value, index) => total + value * (index + 1), 0);
  return (2 * weighted) / (sorted.length * sum) - (sorted.length + 1) / sorted.length;
}

/** What a result says of a strategy of the user's own; nothing of a built-in one. */
export function customResult(custom: CustomPlan | undefined): Pick<RunResult, 'customStrategy'> {
  if (custom === undefined) return {};
  const { name, summary, kind } = custom;
  return { customStrategy: { name, kind, ...(summary !== undefined && { summary }) } };
}

/** How evenly the clients uploaded. */
export function balanceOf(ranks: readonly RankResult[]): RunResult['balance'] {
  const uploads = ranks.filter((rank) => rank.rank > 0).map((rank) => rank.segmentsUploaded);
  return {
    uploadMax: uploads.reduce((most, count) => Math.max(most, count), 0),
    uploadMean: uploads.reduce((sum, count) => sum + count, 0) / uploads.length,
    uploadJain: jainIndex(uploads),
    uploadGini: giniCoefficient(uploads),
  };
}
