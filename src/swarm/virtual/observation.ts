/** What a run with `observe` was seen to do: who sent to whom, and how rare the rarest segment was. */
import type { VirtualKernel } from '../../roles/kernel.js';
import type { VirtualRunConfig } from '../config.js';

/** What was seen of a run. */
export interface Observation {
  /** Blocks by the group of ranks that sent and the one that received them. */
  readonly flows: {
    /** Group `g` is the ranks from `g * ranksPerGroup` on; rank 0, the tracker, is in the first. */
    readonly ranksPerGroup: number;
    readonly blocks: readonly (readonly number[])[];
  };
  /** Peers that hold a segment, at the end of each step of time from the start on. */
  readonly availability: {
    readonly stepSeconds: number;
    /** Of the rarest segment. */
    readonly least: readonly number[];
    /** Over all segments. */
    readonly mean: readonly number[];
  };
}

/** What a thread has seen; see `assembly/simulated/observation.ts`. */
export interface Observed {
  readonly flows: Int32Array;
  readonly changes: Int32Array;
  readonly stepNs: number;
}

/** Steps of time; as in `assembly/simulated/observation.ts`. */
const STEPS = 128;

/** How long a step lasts in a short run: about a millisecond. */
const FIRST_STEP_NS = 2 ** 20;

/** Few enough for a picture that shows each one. */
const MOST_GROUPS = 100;

const NS_PER_SECOND = 1e9;

/** Bytes that a thread needs to observe a run. */
export function bytesOfObservation({ ranks, files, segments }: VirtualRunConfig): number {
  const { groups } = groupsOf(ranks);
  return (groups * groups + files * segments * STEPS) * Int32Array.BYTES_PER_ELEMENT;
}

function groupsOf(ranks: number): { groups: number; ranksPerGroup: number } {
  const ranksPerGroup = Math.ceil(ranks / MOST_GROUPS);
  return { groups: Math.ceil(ranks / ranksPerGroup), ranksPerGroup };
}

/** Has a thread observe what its ranks do. */
export function openObservation(kernel: VirtualKernel, ranks: number, totalSegments: number): void {
  const { groups, ranksPerGroup } = groupsOf(ranks);
  kernel.openObservation(groups, ranksPerGroup, totalSegments, FIRST_STEP_NS);
}

/** @returns a copy of a thread's observations, once the run is over */
export function readObserved(
  kernel: VirtualKernel,
  buffer: ArrayBufferLike,
  ranks: number,
  totalSegments: number,
): Observed {
  const { groups } = groupsOf(ranks);
  const copy = (address: number, words: number): Int32Array =>
    Int32Array.from(new Int32Array(buffer, address >>> 0, words));
  return {
    flows: copy(kernel.observedFlows(), groups * groups),
    changes: copy(kernel.observedChanges(), totalSegments * STEPS),
    stepNs: kernel.observedStepNs(),
  };
}

/**
 * Puts together what the threads of a run have seen.
 *
 * @param endSeconds - when the run was over; nothing is told of the time after that
 */
export function readObservation(
  threads: readonly Observed[],
  ranks: number,
  totalSegments: number,
  endSeconds: number,
): Observation {
  const { groups, ranksPerGroup } = groupsOf(ranks);
  const blocks = Array.from({ length: groups }, () => new Array<number>(groups).fill(0));
  const stepNs = Math.max(...threads.map((thread) => thread.stepNs));
  const changes = new Int32Array(totalSegments * STEPS);
  for (const thread of threads) {
    thread.flows.forEach((count, index) => {
      blocks[Math.floor(index / groups)][index % groups] += count;
    });
    // Steps only ever double: a longer one takes in whole shorter ones.
    const merged = stepNs / thread.stepNs;
    thread.changes.forEach((more, index) => {
      const step = index % STEPS;
      changes[index - step + Math.floor(step / merged)] += more;
    });
  }
  const steps = Math.min(STEPS, Math.floor((endSeconds * NS_PER_SECOND) / stepNs) + 1);
  return {
    flows: { ranksPerGroup, blocks },
    availability: {
      stepSeconds: stepNs / NS_PER_SECOND,
      ...holdersOverTime(changes, totalSegments, steps),
    },
  };
}

function holdersOverTime(
  changes: Int32Array,
  totalSegments: number,
  steps: number,
): Pick<Observation['availability'], 'least' | 'mean'> {
  const holders = new Int32Array(totalSegments);
  const least: number[] = [];
  const mean: number[] = [];
  for (let step = 0; step < steps; step++) {
    let fewest = Infinity;
    let all = 0;
    for (let segment = 0; segment < totalSegments; segment++) {
      holders[segment] += changes[segment * STEPS + step];
      fewest = Math.min(fewest, holders[segment]);
      all += holders[segment];
    }
    least.push(fewest);
    mean.push(all / totalSegments);
  }
  return { least, mean };
}
