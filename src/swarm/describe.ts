/** From options to what a run is to do: its configuration, its files, its content. */
import { isIn } from '../comm/placement.js';
import { UsageError } from '../errors.js';
import { ContentStore } from '../shm/content-store.js';
import { type RunConfig, type RunOptions, completeConfig } from './config.js';
import {
  type ContentInput,
  type DirectoryInput,
  type Workload,
  describeContent,
  readContentInto,
  readInputDirectory,
  segmentLength,
  syntheticWorkload,
} from './input/index.js';
import { HASH_LINE_BYTES, type SwarmPlan } from './plan.js';

/** The rank that has a real file at the start. */
const CONTENT_OWNER = 1;

/** What a run is to do; plain data, which another process understands as well. */
export interface Description {
  readonly config: RunConfig;
  readonly workload: Workload | ContentInput | DirectoryInput;
}

/**
 * Completes the options of a run in real time and finds out what there is to exchange.
 *
 * @param isSpread whether several processes share it
 * @throws UsageError, InputError
 */
export function describeRun(options: RunOptions, isSpread = false): Description {
  if (options.input !== undefined) return describeDirectory(options, options.input);
  const config = completeConfig(options, isSpread);
  if (config.content === undefined) return { config, workload: syntheticWorkload(config) };
  if (config.segmentBytes === 0) {
    throw new UsageError('--segment-bytes: expected at least 1 with --content, found 0');
  }
  return { config, workload: describeContent(config.content, config.segmentBytes, config.ranks) };
}

function describeDirectory(options: RunOptions, directory: string): Description {
  const workload = readInputDirectory(directory);
  const ranks = workload.owned.length;
  if (options.ranks !== undefined && options.ranks !== ranks) {
    throw new UsageError(
      `--ranks ${options.ranks}: expected ${ranks}, the inputs in ${directory} plus the tracker`,
    );
  }
  const config = completeConfig({ ...options, ranks, segmentBytes: HASH_LINE_BYTES });
  return { config, workload };
}

/** Copies content that exists already to the cells of its first owner in this process. */
export function fillContent(plan: SwarmPlan, workload: Description['workload']): void {
  if ('path' in workload) fillFile(plan, workload);
  else if ('hashes' in workload) fillHashLines(plan, workload);
}

function fillFile(plan: SwarmPlan, workload: ContentInput): void {
  if (!isIn(plan.hosted, CONTENT_OWNER)) return;
  const { byteLength, segmentBytes } = workload;
  const store = new ContentStore(plan.content);
  const first = firstCell(plan, CONTENT_OWNER);
  readContentInto(workload, (segment) =>
    store.bytes(first + segment, segmentLength(byteLength, segmentBytes, segment)),
  );
}

function fillHashLines(plan: SwarmPlan, workload: DirectoryInput): void {
  const store = new ContentStore(plan.content);
  workload.hashes.forEach((hashes, file) => {
    const owner = workload.owned.findIndex(
      (files, rank) => files.includes(file) && isIn(plan.hosted, rank),
    );
    if (owner < 0) return;
    for (let index = 0; index * HASH_LINE_BYTES < hashes.length; index++) {
      const line = hashes.subarray(index * HASH_LINE_BYTES, (index + 1) * HASH_LINE_BYTES);
      const cell = firstCell(plan, owner) + plan.files[file].firstSegment + index;
      store.bytes(cell, HASH_LINE_BYTES).set(line);
    }
  });
}

function firstCell({ config, hosted, totalSegments }: SwarmPlan, owner: number): number {
  return config.transfer === 'copy' ? (owner - hosted.first) * totalSegments : 0;
}
