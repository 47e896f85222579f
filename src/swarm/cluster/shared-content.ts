/**
 * Content that processes of one machine read from each other's memory. Each of them keeps its content
 * store in a window of memory that MPI shares among them, so a segment need not be sent: whoever is to
 * have it copies it from the sender's cell. Processes without such memory in common send the bytes
 * (`freight.ts`).
 */
import { constants, accessSync, statfsSync } from 'node:fs';
import { assert } from '../../assert.js';
import {
  type ContentShape,
  SYSTEM_PAGE_BYTES,
  contentBytes,
  mapContent,
} from '../../shm/content-store.js';
import type { MatePlan, SwarmPlan } from '../plan.js';
import type { Cluster } from './cluster.js';

/** Where Linux keeps the memory that processes share. */
const SHARED_MEMORY = '/dev/shm';

/**
 * Share of it that is taken at most. Half, so that two jobs that begin at once both fit: who writes to
 * a page that there is no room for any more is killed. And where it just fits, Open MPI may find in
 * one process that it does not, while the others wait for that one for ever.
 */
const SHARE_LIMIT = 0.5;

/** Cells are numbered through over all mates. */
const CELL_LIMIT = 2 ** 31;

/** What a process says of its content before it is known where it will lie. */
export interface Offer {
  readonly shape: ContentShape;
  /** Bytes that its machine has for shared memory; 0 where none is to be used. */
  readonly freeBytes: number;
}

/**
 * Moves the content store, which is still empty, to memory that the mates can read. All processes
 * have to call it.
 *
 * @returns the plan with that store and those of the mates; or as it was, where there are no
 *   mates, or the machine has no room for it
 */
export async function shareContent(plan: SwarmPlan, cluster: Cluster): Promise<SwarmPlan> {
  const { shape } = plan.content;
  if (plan.cluster === undefined || shape.strideBytes === 0) return plan;
  // That of the last run, whose room is wanted now.
  await cluster.closeWindow();
  const offers = await cluster.all<Offer>({ shape, freeBytes: sharedMemoryBytes() });
  const sharing = [cluster.process, ...cluster.mates];
  const isOpen = canShare(sharing.map((process) => offers[process]));
  const parts = isOpen ? await cluster.openWindow(windowBytes(shape)).catch(() => []) : [];
  // Who can't see the others' content can't be shown any.
  const seen = await cluster.all(parts.length);
  if (sharing.some((process) => seen[process] !== sharing.length)) return plan;
  cluster.keepWindow();
  const contentOf = (process: number): MatePlan['content'] => {
    const part = parts.find((other) => other.process === process);
    const offer = offers[process];
    assert(part !== undefined && offer !== undefined, `no part of process ${process}`);
    return mapContent(offer.shape, nextPage(part.address));
  };
  let firstCell = shape.cells;
  const mates = cluster.mates.map((process) => {
    const mate = { process, firstCell, content: contentOf(process) };
    firstCell += mate.content.shape.cells;
    return mate;
  });
  return {
    ...plan,
    content: contentOf(cluster.process),
    cluster: { ...plan.cluster, mates },
  };
}

/** Whether processes of one machine, two or more, have room for what they offer. */
export function canShare(offers: readonly (Offer | undefined)[]): boolean {
  if (offers.length < 2) return false;
  let bytes = 0;
  let cells = 0;
  let freeBytes = Infinity;
  for (const offer of offers) {
    if (offer === undefined) return false;
    bytes += windowBytes(offer.shape);
    cells += offer.shape.cells;
    freeBytes = Math.min(freeBytes, offer.freeBytes);
  }
  return bytes <= freeBytes * SHARE_LIMIT && cells < CELL_LIMIT;
}

/** Bytes of a part of the window: whole pages, and what may be missing to the first of them. */
function windowBytes(shape: ContentShape): number {
  return (Math.ceil(contentBytes(shape) / SYSTEM_PAGE_BYTES) + 1) * SYSTEM_PAGE_BYTES;
}

/** The first page in a part: windows are mapped at whole pages, so it is the same for everybody. */
function nextPage(address: bigint): bigint {
  const page = BigInt(SYSTEM_PAGE_BYTES);
  return ((address + page - 1n) / page) * page;
}

/** Bytes that may be shared here: what is free, unless `BT_SHM_MPI_WINDOW=no` says otherwise. */
function sharedMemoryBytes(): number {
  if (process.env.BT_SHM_MPI_WINDOW === 'no') return 0;
  const directory = process.env.OMPI_MCA_osc_sm_backing_directory ?? SHARED_MEMORY;
  try {
    accessSync(directory, constants.W_OK);
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
