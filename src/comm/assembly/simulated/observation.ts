/**
 * What a run looks like from outside, for whoever asked for it with `--observe`: blocks from each
 * group of ranks to each other one, and how many hold each segment over time. In memory of the
 * thread's own, read when the run is over.
 *
 *     flows    a word for each (group that sends, group that receives): blocks
 *     changes  a word for each (segment, step of time): holders more than at the step before
 *
 * The run's length is not known before: where it goes beyond the last step, steps are merged by
 * twos. So the counts are the same whatever the steps were when they were made, and those of
 * several threads can be added up.
 */
import { allocate, at, put } from '../../../shm/assembly/memory';
import { now } from './windows';

/** Steps of time; as in `swarm/virtual/observation.ts`. */
const STEPS: i32 = 128;

export let isObserving: bool = false;

let groups: i32 = 0;
let ranksPerGroup: i32 = 1;
let segments: i32 = 0;
let stepNs: i64 = 0;
let flows: usize = 0;
let changes: usize = 0;

/** @param firstStepNs how long a step lasts, until the run turns out to be longer */
export function openObservation(
  groupCount: i32,
  groupRanks: i32,
  segmentCount: i32,
  firstStepNs: f64,
): void {
  isObserving = true;
  groups = groupCount;
  ranksPerGroup = groupRanks;
  segments = segmentCount;
  stepNs = <i64>firstStepNs;
  flows = allocate((<usize>groups * groups) << 2);
  changes = allocate((<usize>segments * STEPS) << 2);
}

/** A block goes from `source` to `dest`. */
export function noteFlow(source: i32, dest: i32): void {
  increase(flows, (source / ranksPerGroup) * groups + dest / ranksPerGroup, 1);
}

/** From now on `segment` has so many holders more. */
export function noteHolders(segment: i32, more: i32): void {
  while (now >= stepNs * STEPS) mergeSteps();
  increase(changes, segment * STEPS + <i32>(now / stepNs), more);
}

function increase(words: usize, index: i32, by: i32): void {
  put(words, index, at(words, index) + by);
}

function mergeSteps(): void {
  stepNs *= 2;
  for (let row = 0; row < segments * STEPS; row += STEPS) {
    for (let step = 0; step < STEPS / 2; step++) {
      const from = row + 2 * step;
      put(changes, row + step, at(changes, from) + at(changes, from + 1));
    }
    for (let step = STEPS / 2; step < STEPS; step++) put(changes, row + step, 0);
  }
}

/** Addresses of what was seen, and how long its steps are by now. */
export function observedFlows(): usize {
  return flows;
}

export function observedChanges(): usize {
  return changes;
}

export function observedStepNs(): f64 {
  return <f64>stepNs;
}
