/** What a thread tells the conductor when it is through. */

/** One rank's figures. */
export interface RankReport {
  readonly rank: number;
  readonly segmentsDownloaded: number;
  readonly segmentsUploaded: number;
  readonly requests: number;
  readonly nacks: number;
  readonly hashFailures: number;
  /** Monotonic time at which the rank had all it wanted. */
  readonly finishedAtMs?: number;
}

/** What an unfinished rank waits for. */
export interface RankWait {
  readonly rank: number;
  readonly waitsFor: string;
  readonly tag: string;
  readonly from: readonly number[];
}

/** What the faults of one rank cost the clients of a thread. */
export interface FaultCost {
  readonly rank: number;
  /** Segments that came from it and were not what their hash says. */
  readonly refused: number;
  /** Clients that began to avoid it. */
  readonly avoidedBy: number;
  /** Requests to it that were made anew once it was known to be dead. */
  readonly reissued: number;
}

/** A thread's last words. */
export interface ThreadReport {
  readonly kind: 'report';
  readonly thread: number;
  readonly ranks: readonly RankReport[];
  readonly messages: number;
  readonly trackerRequests: number;
  readonly faultCosts: readonly FaultCost[];
  /** How long the thread was held up because a rank of it is slow. */
  readonly heldUpMs: number;
  /** Tracker's thread only: when all clients had finished. */
  readonly allFinishedAtMs?: number;
  /** Filled where the run was given up. */
  readonly waits: readonly RankWait[];
  /** Messages in each of the thread's channels, by tag; those that are not empty. */
  readonly fills: Readonly<Record<string, number>>;
}

/** A thread that could not go on for a reason that the user can act on, such as a full disk. */
export interface ThreadFailure {
  readonly kind: 'failure';
  readonly thread: number;
  readonly error: unknown;
  /** The error's code, which a message between threads does not keep on the error itself. */
  readonly code?: unknown;
}

/** An error's code, which a message between threads does not keep on the error itself. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** The error that a thread failed with, as it was thrown there. */
export function errorOf({ error, code }: Pick<ThreadFailure, 'error' | 'code'>): unknown {
  return error instanceof Error && code !== undefined ? Object.assign(error, { code }) : error;
}

/** Why a run was given up; the value of the control word ABORT. */
export const AbortReason = {
  None: 0,
  Interrupted: 1,
  Stalled: 2,
  RankNeededDied: 3,
  SegmentsLost: 4,
  Failed: 5,
} as const;

/** A reason's number. */
export type AbortReason = (typeof AbortReason)[keyof typeof AbortReason];

/** Monotonic time in milliseconds, the same for all threads of the process. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
