/** Content and hash lists are made ready by all threads together, chunk by chunk. */
import { isIn } from '../comm/placement.js';
import { copyBytes } from '../shm/content-store.js';
import { PREPARE_DONE, PREPARE_NEXT } from '../shm/control-layout.js';
import type { Words } from '../shm/layout.js';
import { fillSynthetic } from './input/index.js';
import type { StoredPayload } from './payload.js';
import type { FileInfo, SwarmPlan, ThreadTask } from './plan.js';

/** What a thread prepares at a time, a few milliseconds of work: so many bytes, or one segment. */
const CHUNK_BYTES = 2 ** 20;

/** How long to wait for the other threads before looking again. */
const WAIT_MS = 50;

/** Chunks that a plan's content takes; where processes share hash lists, the sharing is one more. */
export function prepareChunks(plan: SwarmPlan): number {
  if (plan.segmentBytes === 0) return 0;
  return contentChunks(plan) + (plan.cluster === undefined ? 0 : 1);
}

/** Those of {@link prepareChunks} that this process prepares by itself. */
export function contentChunks(plan: SwarmPlan): number {
  return Math.ceil(plan.totalSegments / chunkSegments(plan));
}

function chunkSegments({ segmentBytes }: SwarmPlan): number {
  return Math.max(1, Math.floor(CHUNK_BYTES / segmentBytes));
}

/**
 * Prepares chunks until none is left, then waits for those that other threads have in hand.
 *
 * @param control word offset of the control region
 * @param aborted whether the run was given up meanwhile
 */
export function prepareContent(
  task: ThreadTask,
  payload: StoredPayload,
  words: Words,
  control: number,
  aborted: () => boolean,
): void {
  const own = contentChunks(task.plan);
  const chunks = prepareChunks(task.plan);
  const { hosted } = task.plan;
  const here = task.owners.map((owners) => owners.filter((rank) => isIn(hosted, rank)));
  const finder = new FileFinder(task.plan.files);
  while (!aborted()) {
    const chunk = Atomics.add(words, control + PREPARE_NEXT, 1);
    if (chunk >= own) break;
    const start = chunk * chunkSegments(task.plan);
    const end = Math.min(start + chunkSegments(task.plan), task.plan.totalSegments);
    for (let segment = start; segment < end; segment++) {
      prepareSegment(task, here, payload, finder.fileOf(segment), segment);
    }
    // Publishes the chunk's bytes and digests; pairs with the load below.
    Atomics.add(words, control + PREPARE_DONE, 1);
    Atomics.notify(words, control + PREPARE_DONE);
  }
  for (;;) {
    const done = Atomics.load(words, control + PREPARE_DONE);
    if (done >= chunks || aborted()) return;
    Atomics.wait(words, control + PREPARE_DONE, done, WAIT_MS);
  }
}

/** @param here - the owners of each file that are ranks of this process */
function prepareSegment(
  task: ThreadTask,
  here: readonly (readonly number[])[],
  payload: StoredPayload,
  file: number,
  segment: number,
): void {
  const { config, kind } = task.plan;
  const owners = here[file];
  if (owners.length === 0) {
    if (task.plan.cluster !== undefined) payload.reserve(segment);
    return;
  }
  const bytes = payload.bytesOf(owners[0], segment);
  // Real content is in its first owner's cells already: the conductor has read it.
  if (kind === 'synthetic') fillSynthetic(bytes, config.seed, segment);
  // Of several processes that own a file, the first owner's makes the hash list.
  if (owners[0] === task.owners[file][0]) payload.enlist(segment, bytes);
  payload.noteOwned(segment);
  if (config.transfer !== 'copy') return;
  for (const owner of owners.slice(1)) copyBytes(payload.bytesOf(owner, segment), bytes);
}

/** Finds the file that a segment belongs to; cheapest for ascending segments. */
class FileFinder {
  private file = 0;

  constructor(private readonly files: readonly FileInfo[]) {}

  fileOf(segment: number): number {
    if (segment < this.files[this.file].firstSegment) this.file = 0;
    while (segment >= this.endOf(this.file)) this.file++;
    return this.file;
  }

  private endOf(file: number): number {
    return this.files[file].firstSegment + this.files[file].segmentCount;
  }
}
