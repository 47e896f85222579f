/**
 * What each rank of a launched program waits for, where the launching thread can read it: the
 * evidence for a deadlock. One isolated row a rank.
 *
 * ```
 *  word  name       writer  reader    meaning
 *  ----  ---------  ------  --------  ----------------------------------------------------------
 *  +0    IDLE       owner   launcher  0, or the number of a sleep in which the rank, its sleep
 *                                     already announced, has found nothing to do
 *  +1    ACTIVITY   owner   launcher  an Activity
 *  +2    PEER       owner   launcher  the rank that is waited for, or ANY_SOURCE
 *  +3    TAG        owner   launcher  the tag that is waited for, or ANY_TAG
 *  +4    IS_TIMED   owner   launcher  1: the rank stops waiting by itself
 * ```
 *
 * A rank whose state word says PARKED and whose IDLE is not 0 sleeps with nothing to do, and only
 * another rank can change that, which would first have to set its state word to RUNNING. Sleeps
 * are numbered, so two looks that find the same number found the rank asleep in between as well.
 */
import type { ControlLayout } from '../shm/control-layout.js';
import { STATE } from '../shm/control-words.js';
import { type Carver, ISOLATION_WORDS, type Words } from '../shm/layout.js';
import { PARKED } from '../shm/parking.js';
import { ANY_SOURCE, ANY_TAG } from './message.js';

const IDLE = 0;
const ACTIVITY = IDLE + 1;
const PEER = ACTIVITY + 1;
const TAG = PEER + 1;
const IS_TIMED = TAG + 1;

/** What a rank is doing while it waits; the collectives are named as a whole. */
export const Activity = {
  Recv: 0,
  Probe: 1,
  Send: 2,
  Alloc: 3,
  Barrier: 4,
  Bcast: 5,
  Reduce: 6,
  Allreduce: 7,
  Gather: 8,
  /** The rank's program has returned. */
  Finished: 9,
} as const;

/** One of {@link Activity}. */
export type Activity = (typeof Activity)[keyof typeof Activity];

/** By {@link Activity}. */
export const ACTIVITY_NAMES = [
  'recv',
  'probe',
  'send',
  'alloc',
  'barrier',
  'bcast',
  'reduce',
  'allreduce',
  'gather',
  'finished',
];

/** Ranks that a description of a deadlock lists one by one. */
const LISTED_RANKS = 16;

/** Reserves the rows of `ranks` ranks and returns the offset of the first. */
export function carveWaits(carver: Carver, ranks: number): number {
  return carver.reserve(ranks * ISOLATION_WORDS);
}

/** A rank's own row. */
export class WaitRow {
  private sleep = 0;

  constructor(
    private readonly words: Words,
    private readonly row: number,
  ) {}

  /** Rank `rank`'s row among those at `waits`. */
  static of(words: Words, waits: number, rank: number): WaitRow {
    return new WaitRow(words, waits + rank * ISOLATION_WORDS);
  }

  /** Says what the coming sleep is for. */
  describe(activity: Activity, peer: number, tag: number, isTimed: boolean): void {
    const { words, row } = this;
    // Plain: published by the store of IDLE.
    words[row + ACTIVITY] = activity;
    words[row + PEER] = peer;
    words[row + TAG] = tag;
    words[row + IS_TIMED] = isTimed ? 1 : 0;
    this.sleep = this.sleep === 0x7fffffff ? 1 : this.sleep + 1;
  }

  /** Notes, the sleep being announced, whether there was something to do. */
  setIdle(isIdle: boolean): void {
    Atomics.store(this.words, this.row + IDLE, isIdle ? this.sleep : 0);
  }

  /** Notes that the rank's program has returned. */
  finish(): void {
    this.describe(Activity.Finished, ANY_SOURCE, ANY_TAG, false);
    this.setIdle(true);
  }
}

/** The launcher's look at all rows. */
export class DeadlockWatch {
  private readonly sleeps: Int32Array;

  constructor(
    private readonly words: Words,
    private readonly control: ControlLayout,
    private readonly waits: number,
    private readonly ranks: number,
    private readonly userTags: number,
  ) {
    this.sleeps = new Int32Array(ranks);
  }

  /** What every rank waits for, when none of those that still run can ever go on. */
  find(): string | undefined {
    // The second look finds the same sleeps: between the two, all ranks were asleep at once.
    for (const isSecond of [false, true]) {
      let waiting = 0;
      for (let rank = 0; rank < this.ranks; rank++) {
        const row = this.rowOf(rank);
        // Before IDLE: a rank that was in the same sleep then and still is was PARKED in it.
        const state = Atomics.load(this.words, this.control.threadOffset(rank) + STATE);
        const sleep = Atomics.load(this.words, row + IDLE);
        if (sleep === 0 || (isSecond && sleep !== this.sleeps[rank])) return undefined;
        this.sleeps[rank] = sleep;
        if (this.words[row + ACTIVITY] === Activity.Finished) continue;
        if (state !== PARKED || this.words[row + IS_TIMED] !== 0) return undefined;
        waiting++;
      }
      if (waiting === 0) return undefined;
    }
    return this.describe();
  }

  private rowOf(rank: number): number {
    return this.waits + rank * ISOLATION_WORDS;
  }

  private describe(): string {
    const count = Math.min(this.ranks, LISTED_RANKS);
    const lines = Array.from({ length: count }, (_, rank) => this.describeRank(rank));
    if (count < this.ranks) lines.push(`and ${this.ranks - count} more`);
    return lines.join(', ');
  }

  private describeRank(rank: number): string {
    const row = this.rowOf(rank);
    const activity = this.words[row + ACTIVITY];
    const peer = this.words[row + PEER];
    const tag = this.words[row + TAG];
    if (activity === Activity.Finished) return `rank ${rank} has returned`;
    const role = activity === Activity.Recv || activity === Activity.Probe ? 'source' : 'dest';
    const details = [
      `${tag < this.userTags ? role : 'rank'}=${peer === ANY_SOURCE ? 'any' : peer}`,
    ];
    if (activity === Activity.Alloc) details[0] = `held by rank ${peer}`;
    else if (tag < this.userTags) details.push(`tag=${tag === ANY_TAG ? 'any' : tag}`);
    return `rank ${rank} in ${ACTIVITY_NAMES[activity]}(${details.join(', ')})`;
  }
}
