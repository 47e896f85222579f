import { endianness } from 'node:os';

import { UsageError } from '../../errors.js';
import { MAX_SEGMENTS } from './workload.js';
import type { Workload } from './workload.js';

const MAX_INT32 = 2 ** 31 - 1;

/** What {@link syntheticWorkload} is made of. */
export interface SyntheticOptions {
  /** The number of ranks with the tracker, from 2. */
  readonly ranks: number;
  /** The number of segments of each file, from 1. */
  readonly segments: number;
  /** The number of files, from 1. */
  readonly files: number;
  /** The number of clients that own every file at the start, from 1 to `ranks - 1`. */
  readonly seeds: number;
  /** The length of a segment in bytes; 0 for a swarm that exchanges no content. */
  readonly segmentBytes: number;
}

/**
 * Makes a workload without any input: ranks 1 to `seeds` own every file, the others want all of
 * them. With as many seeds as clients there is nothing to deliver, which is no error.
 *
 * @param options - the size of the swarm
 * @returns the workload, with files `file0.bin`, `file1.bin`, ...
 * @throws UsageError - when a number is out of range
 */
export function syntheticWorkload(options: SyntheticOptions): Workload {
  const { ranks, segments, files, seeds, segmentBytes } = options;
  requireWhole('ranks', ranks, 2, MAX_INT32);
  requireWhole('segments', segments, 1, MAX_SEGMENTS);
  // Segments are counted across all files in an Int32.
  requireWhole('files', files, 1, Math.floor(MAX_INT32 / segments));
  requireWhole('seeds', seeds, 1, ranks - 1);
  requireWhole('segmentBytes', segmentBytes, 0, Math.floor(Number.MAX_SAFE_INTEGER / segments));
  const all = Array.from({ length: files }, (_, id) => id);
  const none: number[] = [];
  return {
    kind: 'synthetic',
    files: all.map((id) => ({
      name: syntheticFileName(id),
      segmentCount: segments,
      byteLength: segments * segmentBytes,
    })),
    owned: Array.from({ length: ranks }, (_, rank) => (rank >= 1 && rank <= seeds ? all : none)),
    wanted: Array.from({ length: ranks }, (_, rank) => (rank > seeds ? all : none)),
  };
}

function requireWhole(name: string, value: number, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new UsageError(`${name}=${value}: expected a whole number from ${min} to ${max}`);
  }
}

/** 4 KiB stay in the first-level cache between being generated and being copied. */
const SCRATCH_WORDS = 1024;
const WORD_BYTES = 4;
const LITTLE_ENDIAN = endianness() === 'LE';

/** PractRand mixes a seed of three words in with this many rounds. */
const MIXING_ROUNDS = 15;

/** The state of the generator, and what it generated; both are used within one call only. */
const state = new Int32Array(4);
const scratch = new Int32Array(SCRATCH_WORDS);
const scratchBytes = Buffer.from(scratch.buffer);

/**
 * Fills a segment with its synthetic content: the output of sfc32 (Chris Doty-Humphrey, PractRand
 * 0.95), each 32-bit word in little-endian order, so the bytes are the same on every machine. Seed
 * and segment are the generator's initial state, and each round is a bijection of the state: no
 * two segments and no two seeds share one. Any thread may call it.
 *
 * @param view - the segment, of any length and alignment; it may be over shared memory
 * @param seed - the run's seed, a whole number from 0 to 2^53 - 1
 * @param segment - the segment, a whole number from 0, counted across all files of the run
 */
export function fillSynthetic(view: Uint8Array, seed: number, segment: number): void {
  state[0] = seed;
  state[1] = Math.floor(seed / 2 ** 32);
  state[2] = segment;
  state[3] = 1;
  generate(MIXING_ROUNDS);
  for (let offset = 0; offset < view.byteLength; offset += SCRATCH_WORDS * WORD_BYTES) {
    const bytes = Math.min(view.byteLength - offset, SCRATCH_WORDS * WORD_BYTES);
    generate(Math.ceil(bytes / WORD_BYTES));
    if (!LITTLE_ENDIAN) {
      scratchBytes.swap32();
    }
    view.set(scratchBytes.subarray(0, bytes), offset);
  }
}

/** Puts the next words of the generator into `scratch`. */
function generate(words: number): void {
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let counter = state[3];
  for (let index = 0; index < words; index += 1) {
    const word = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    scratch[index] = word;
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = counter;
}

/** What a file of synthetic content is called. */
export function syntheticFileName(id: number): string {
  return `file${id}.bin`;
}
