/** What the launching thread and the ranks of a program hand each other. */
import type { ChannelLayout } from '../ringbuf/channels.js';
import { ControlLayout } from '../shm/control-layout.js';
import type { Fabric } from './endpoint.js';
import { Placement } from './placement.js';

/** The shared memory of a launched program; the same for all ranks. */
export interface LaunchPlan {
  readonly ranks: number;
  /** Tags that the program may use; the channel after them carries the collectives. */
  readonly userTags: number;
  /** Messages that a channel holds. */
  readonly capacity: number;
  readonly inboxBytes: number;
  readonly heapBytes: number;
  readonly slab: SharedArrayBuffer;
  /** Offset of the control words. */
  readonly control: number;
  /** Offset of the wait board. */
  readonly waits: number;
  readonly channels: ChannelLayout;
  /** By rank. */
  readonly heaps: readonly SharedArrayBuffer[];
}

/** What one rank's thread is started with. */
export interface RankTask {
  readonly plan: LaunchPlan;
  readonly rank: number;
  /** URL of the program's module. */
  readonly program: string;
  readonly args: unknown;
}

/** What a rank's thread answers, once. */
export type RankReply =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown; readonly code: unknown }
  | { readonly kind: 'no-program'; readonly found: string };

/** ABORT word: 1 + the rank that failed, or one of these. */
export const ABORT_INTERRUPTED = -1;
export const ABORT_DEADLOCK = -2;

/** Opens the transport: one thread a rank, and a control block more for the launching thread. */
export function fabricOf(plan: LaunchPlan): Fabric {
  return {
    slab: plan.slab,
    control: new ControlLayout(plan.control, plan.ranks + 1),
    channels: plan.channels,
    placement: new Placement(plan.ranks, plan.ranks),
  };
}
