/** What is explored, and how far. */
import type { Bounds, Run } from './explore.js';
import { type EndpointProgram, type RingProgram, endpointRun, ringRun } from './programs.js';
import type { Alterations } from './sources.js';

/** A program and its bounds. */
export interface Case {
  readonly name: string;
  readonly build: (alterations?: Alterations) => Run;
  readonly bounds: Bounds;
}

const RINGS: Readonly<Record<string, RingProgram & Bounds>> = {
  'one producer, an empty ring and a sleeping consumer': {
    ...{ capacity: 4, batches: [[1, 1]] },
    ...{ preemptions: 3, random: 500, inSlots: true },
  },
  'one producer, batches that wrap in a ring that is full': {
    ...{ capacity: 4, batches: [[2, 3, 3]] },
    ...{ preemptions: 2, random: 500, inSlots: true },
  },
  'two producers, one consumer': {
    ...{ capacity: 4, batches: [[1, 2], [2]] },
    ...{ preemptions: 2, random: 500 },
  },
  'two producers, a ring that is always full': {
    ...{ capacity: 2, batches: [[1, 1], [2]] },
    ...{ preemptions: 2, random: 500 },
  },
};

const send = (from: number, to: number, count: number, tag = 0) => ({ from, to, tag, count });

const ENDPOINTS: Readonly<Record<string, EndpointProgram & Bounds>> = {
  'one way, and the receiver sleeps': {
    ...{ capacity: 4, threads: 2, tags: 1, sends: [send(0, 1, 2)] },
    ...{ preemptions: 3, random: 500, inSlots: true },
  },
  'a full ring makes the sender sleep until there is room': {
    ...{ capacity: 2, threads: 2, tags: 1, sends: [send(0, 1, 4)] },
    ...{ preemptions: 2, random: 500 },
  },
  'both ways over rings that are full': {
    ...{ capacity: 2, threads: 2, tags: 1, sends: [send(0, 1, 3), send(1, 0, 3)] },
    ...{ preemptions: 2, random: 500 },
  },
  'a full channel of one tag, and another tag': {
    ...{ capacity: 2, threads: 2, tags: 2, sends: [send(0, 1, 3, 0), send(0, 1, 1, 1)] },
    ...{ preemptions: 2, random: 500 },
  },
  'two senders to one that is full': {
    ...{ capacity: 2, threads: 3, tags: 1, sends: [send(0, 2, 2), send(1, 2, 2)] },
    ...{ preemptions: 2, random: 1000 },
  },
  'one may be awake, and two call a third': {
    ...{ capacity: 4, permits: 1, threads: 3, tags: 1, sends: [send(0, 2, 1), send(1, 2, 1)] },
    ...{ preemptions: 2, random: 1000 },
  },
  'two may be awake, and two call a third': {
    ...{ capacity: 4, permits: 2, threads: 3, tags: 1, sends: [send(0, 2, 1), send(1, 2, 1)] },
    ...{ preemptions: 2, random: 1000 },
  },
  'one may be awake, and each waits for the one before': {
    ...{ capacity: 4, permits: 1, threads: 3, tags: 1 },
    ...{ sends: [send(0, 1, 1), send(1, 2, 1), send(2, 0, 1)] },
    ...{ preemptions: 2, random: 1000 },
  },
  'one may be awake, both ways over rings that are full': {
    ...{ capacity: 2, permits: 1, threads: 2, tags: 1, sends: [send(0, 1, 3), send(1, 0, 3)] },
    ...{ preemptions: 2, random: 500 },
  },
};

/** All programs in which nobody dies. */
export const CASES: readonly Case[] = [
  ...Object.entries(RINGS).map(
    ([name, { preemptions, random = 0, inSlots = false, ...program }]) => ({
      name: `ring: ${name}`,
      build: (alterations?: Alterations) => ringRun(program, alterations),
      bounds: { preemptions, random, inSlots },
    }),
  ),
  ...Object.entries(ENDPOINTS).map(
    ([name, { preemptions, random = 0, inSlots = false, ...program }]) => ({
      name: `endpoint: ${name}`,
      build: (alterations?: Alterations) => endpointRun(program, alterations),
      bounds: { preemptions, random, inSlots },
    }),
  ),
];

/** A producer stops for good after `stopAfter` of its accesses. */
export function stopCase(stopAfter: number): Case {
  const program = {
    capacity: 4,
    batches: [
      [2, 1],
      [1, 1],
    ],
    stopAfter,
  };
  return {
    name: `ring: a producer that stops after ${stopAfter} accesses`,
    build: (alterations?: Alterations) => ringRun(program, alterations),
    bounds: { preemptions: 1, random: 20 },
  };
}
