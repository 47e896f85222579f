/**
 * Turns a configuration and its workload into memory: what is laid out where, how much it takes,
 * and what each thread is told.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import { channelCapacity, type Fabric } from '../comm/endpoint.js';
import { Placement, type RankBlock, blockIndexOf, blockOf, haveCores } from '../comm/placement.js';
import { MemoryLimitError } from '../errors.js';
import { carveChannels } from '../ringbuf/channels.js';
import { MAX_PAGES, PAGE_BYTES, STATIC_BYTES, allocateMemory } from '../roles/kernel.js';
import { TAG_COUNT, TRACKER, Tag } from '../roles/tags.js';
import { type BoardLayout, carveBoard } from '../shm/board.js';
import {
  type ContentMemory,
  type ContentShape,
  allocateContent,
  contentBytes,
  contentShape,
} from '../shm/content-store.js';
import { ControlLayout, HEAP_END } from '../shm/control-layout.js';
import { Carver, WORD_BYTES, isolated } from '../shm/layout.js';
import { STATUS_WORDS } from './cluster/status.js';
import type { RunConfig } from './config.js';
import type { CustomPlan } from './custom/check.js';
import { hasFault } from './faults.js';
import { monotonicMs } from './report-types.js';
import { createOutputToken, type Workload } from './input/index.js';

/** The kernel, compiled from `roles/assembly`. */
export const KERNEL_FILE = join(__dirname, '../roles/kernel.wasm');

/** Bytes that a worker thread takes before it runs a line of ours (measured on Node 20). */
const WORKER_BYTES = 8 * 2 ** 20;

/** Bytes that a thread takes from the kernel's heap at a time; see `shm/assembly/memory.ts`. */
const HEAP_CHUNK_BYTES = 2 ** 18;

/** What one message brings of other processes' segments: at most so many, of so many bytes. */
const LANDING_BLOCK_CELLS = 64;
const LANDING_BLOCK_BYTES = 2 ** 18;

/**
 * Segments may lie here unchecked up to so many bytes, or of so few messages. What waits longer is
 * out of the caches by the time that it is hashed (2 processes, 16 KiB: 96 k/s with 16 MiB, 101 k/s
 * with 4 MiB).
 */
const LANDING_BYTES = 2 ** 22;
const LEAST_BLOCKS = 4;

/** Messages that each process may send ahead. */
const LANDING_BLOCKS_A_PROCESS = 2;

/** Bytes of one client's objects, without what grows with segments, ranks and window. */
const CLIENT_BYTES = 4096;

/** A file as the roles know it. */
export interface FileInfo {
  /** Number of its first segment: segments are numbered through over all files. */
  readonly firstSegment: number;
  readonly segmentCount: number;
}

/** Tables that the kernel reads, as word offsets in the slab. */
export interface KernelTables {
  /** Word offset and slots of each ring, index = thread * tags + tag. */
  readonly channelBases: number;
  readonly channelCapacities: number;
  readonly threadOfRanks: number;
  /** First segment and segments of each file. */
  readonly files: number;
}

/** Which of the processes that run a swarm together this one is. */
export interface Seat {
  readonly process: number;
  readonly processes: number;
  /** Cores for its threads, where others share the machine's with it. */
  readonly cores?: number;
  /** Whether some of them can share memory with it. */
  readonly hasMates?: boolean;
}

/** What a process of several knows besides. */
export interface ClusterPlan extends Seat {
  /** Word offset of the table of the process of each rank. */
  readonly processOfRanks: number;
  /** Word offset of what the processes tell of themselves; see `cluster/status.ts`. */
  readonly statusOffset: number;
  /** Where segments of other processes arrive; absent where there is no content. */
  readonly landing?: LandingPlan;
  /** The processes whose content can be read from here; none until they have shared it. */
  readonly mates?: readonly MatePlan[];
}

/** Content of another process of this machine. */
export interface MatePlan {
  readonly process: number;
  /** What its first cell is called here. */
  readonly firstCell: number;
  readonly content: ContentMemory;
}

/** Cells after those of the segments, for what comes from other processes. */
export interface LandingPlan {
  /** First of a cell a thread, to which it copies what it reads from mates; where it has any. */
  readonly firstBerth: number;
  readonly firstCell: number;
  /** Whole blocks of `blockCells`: what one message brings. */
  readonly cells: number;
  readonly blockCells: number;
  /** Word offset of a word a cell: 1 while a segment lies in it. */
  readonly takenOffset: number;
  /** Word offset of a bit a segment: 1 once its own cell holds it, checked. */
  readonly storedOffset: number;
}

/** What every thread needs to know; plain data and shared memory, so that it can be posted. */
export interface SwarmPlan {
  readonly config: RunConfig;
  /** The ranks of this process: all, unless several run the swarm together. */
  readonly hosted: RankBlock;
  /** All ranks, of all processes. */
  readonly whole: RankBlock;
  readonly cluster?: ClusterPlan;
  /** The strategy, where it is not a built-in one. */
  readonly custom?: CustomPlan;
  /** Monotonic time at which the run began. */
  readonly startedAtMs: number;
  readonly kind: Workload['kind'];
  readonly files: readonly FileInfo[];
  readonly fileNames: readonly string[];
  /** Bytes of each file; 0 where there is no content. */
  readonly fileBytes: readonly number[];
  /** Files that somebody wants and nobody owns. */
  readonly unownedFiles: readonly number[];
  readonly totalSegments: number;
  /** Bytes of a full segment; 0 for control traffic only. */
  readonly segmentBytes: number;
  /** The one segment that is not full, if there is any. */
  readonly shortSegment?: { readonly segment: number; readonly bytes: number };
  readonly kernel: WebAssembly.Module;
  /** All transport memory; grows when threads need more for themselves. */
  readonly memory: WebAssembly.Memory;
  /** The memory as laid out here, without what it grows by. */
  readonly slab: SharedArrayBuffer;
  readonly tables: KernelTables;
  readonly board: BoardLayout;
  readonly holderLogOffset: number;
  /** When each fault took effect: a word each, in tenths of a ms since the start plus 1; 0: not yet. */
  readonly faultTimesOffset: number;
  readonly content: ContentMemory;
  readonly digests: SharedArrayBuffer;
  readonly digestBytes: number;
  /** Index = thread * tags + tag; see `ringbuf/channels.ts`. */
  readonly channelBases: Int32Array;
  readonly channelCapacities: Int32Array;
  readonly controlOffset: number;
  /** Whether each thread that sends to others, the bridge included, has a core of its own. */
  readonly hasCores: boolean;
  /** Threads that are woken at a time; 0: all. See `shm/assembly/permits.ts`. */
  readonly permits: number;
  /** Threads after those with ranks that hash for them; 0: none. */
  readonly hashThreads: number;
  /** Whether threads look at copies of the board; see `roles/assembly/copy.ts`. */
  readonly copiesBoard: boolean;
  /** Bytes of all rings and control words. */
  readonly transportBytes: number;
  /** Part of the temporary names of outputs, so that leftovers are known as this run's. */
  readonly outputToken: string;
}

/** What one thread is told besides the plan. */
export interface ThreadTask {
  readonly plan: SwarmPlan;
  readonly thread: number;
  /** Index = rank - first rank of the thread. */
  readonly owned: readonly (readonly number[])[];
  readonly wanted: readonly (readonly number[])[];
  /** Owners of each file, for the content that they start with. */
  readonly owners: readonly (readonly number[])[];
  /** Segments that each rank wants. */
  readonly wantedOfRanks: readonly number[];
}

/** Segments that the files with these numbers have together. */
export function segmentsOf(plan: Pick<SwarmPlan, 'files'>, numbers: readonly number[]): number {
  return numbers.reduce((sum, file) => sum + plan.files[file].segmentCount, 0);
}

const DIGEST_BYTES = { sha1: 20, sha256: 32, md5: 16 } as const;

/** Bytes of a line of an input directory's hash list, which is content and digest in one. */
export const HASH_LINE_BYTES = 32;

/** Lays everything out; throws {@link MemoryLimitError} before anything large is allocated. */
export function planSwarm(
  config: RunConfig,
  workload: Workload,
  startedAtMs = monotonicMs(),
  seat?: Seat,
): SwarmPlan {
  const { ranks, threads, hashThreads = 0 } = config;
  const whole = allRanks(config, workload);
  const hosted = hostedBy(seat, whole);
  const files = numberSegments(workload);
  const totalSegments = files.reduce((sum, file) => sum + file.segmentCount, 0);
  const segmentBytes = workload.kind === 'directory' ? HASH_LINE_BYTES : config.segmentBytes;
  const digestBytes =
    segmentBytes === 0
      ? 0
      : workload.kind === 'directory'
        ? HASH_LINE_BYTES
        : DIGEST_BYTES[config.hash];
  const placement = new Placement(ranks, threads, hosted);
  const carver = new Carver();
  carver.reserve(STATIC_BYTES / WORD_BYTES);
  const ends = threads + hashThreads + (seat === undefined ? 0 : 1);
  // One control block more than ends: the conductor sends and counts, too.
  const control = ControlLayout.carve(carver, ends + 1);
  const slots = Array.from({ length: ends }, (_, thread) =>
    hashThreads > 0 && thread >= threads
      ? hasherSlots(config, hashThreads)
      : channelSlots(config, placement, thread),
  );
  const channels = carveChannels(carver, ends, TAG_COUNT, (thread, tag) => slots[thread][tag]);
  const transportBytes = carver.totalWords * WORD_BYTES;
  const board = carveBoard(carver, ranks, totalSegments);
  const holderLogOffset = carver.reserve(isolated(Math.max(1, files.length * ranks)));
  const faultTimesOffset = carver.reserve(config.faults.length);
  const tables: KernelTables = {
    channelBases: carver.reserve(ends * TAG_COUNT),
    channelCapacities: carver.reserve(ends * TAG_COUNT),
    threadOfRanks: carver.reserve(ranks),
    files: carver.reserve(files.length * 2),
  };
  const stores = config.transfer === 'copy' ? hosted.count : 1;
  const ownCells = totalSegments * stores;
  const plain = contentShape(ownCells, segmentBytes);
  const landing = seat && segmentBytes > 0 ? landingShape(seat, config, plain) : undefined;
  const cluster = seat && carveCluster(carver, seat, config, totalSegments, landing);
  const shape = landing === undefined ? plain : contentShape(landing.endCell, segmentBytes);
  const hasCores = haveCores(ends, seat?.cores);
  const copiesBoard = hasCores && threads > 1;
  const copiesBytes = copiesBoard ? threads * ranks * board.bitWords * WORD_BYTES : 0;
  refuseTooMuch(
    config,
    hosted,
    carver.totalWords * WORD_BYTES,
    shape,
    totalSegments * digestBytes,
    copiesBytes,
  );
  const memory = allocateMemory(carver.totalWords * WORD_BYTES, ranks * totalSegments);
  const words = new Int32Array(memory.buffer);
  words[control.offset + HEAP_END] = carver.totalWords * WORD_BYTES;
  words.set(channels.bases, tables.channelBases);
  words.set(channels.capacities, tables.channelCapacities);
  words.set(placement.threadOfRanks(), tables.threadOfRanks);
  words.set(
    files.flatMap((file) => [file.firstSegment, file.segmentCount]),
    tables.files,
  );
  if (cluster !== undefined) words.set(processOfRanks(cluster, whole), cluster.processOfRanks);
  const shortSegment = findShortSegment(workload, files, segmentBytes);
  return {
    config,
    whole,
    hosted,
    ...(cluster !== undefined && { cluster }),
    startedAtMs,
    kind: workload.kind,
    files,
    fileNames: workload.files.map((file) => file.name),
    fileBytes: workload.files.map((file) => file.byteLength),
    unownedFiles: workload.files
      .map((_, file) => file)
      .filter((file) => !workload.owned.some((files) => files.includes(file))),
    totalSegments,
    segmentBytes,
    ...(shortSegment !== undefined && { shortSegment }),
    kernel: new WebAssembly.Module(readFileSync(KERNEL_FILE)),
    memory,
    slab: memory.buffer,
    tables,
    board,
    holderLogOffset,
    faultTimesOffset,
    content: allocateContent(shape),
    digests: new SharedArrayBuffer(totalSegments * digestBytes),
    digestBytes,
    channelBases: channels.bases,
    channelCapacities: channels.capacities,
    controlOffset: control.offset,
    hasCores,
    permits: permitsFor(config),
    hashThreads,
    copiesBoard,
    transportBytes,
    outputToken: createOutputToken(),
  };
}

/**
 * All ranks of a run. Where segments have bytes, a thread does little else than hash what comes, and
 * the tracker and seeds, to whom nothing comes, are idle beside the clients.
 */
export function allRanks({ ranks, segmentBytes }: RunConfig, { wanted }: Workload): RankBlock {
  const firstClient = wanted.findIndex((files) => files.length > 0);
  return { first: 0, count: ranks, idle: segmentBytes > 0 ? Math.max(0, firstClient) : 0 };
}

/** The ranks that the process at `seat` hosts, of all. */
export function hostedBy(seat: Seat | undefined, whole: RankBlock): RankBlock {
  return seat === undefined ? whole : blockOf(whole, seat.processes, seat.process);
}

/** The process of each rank. */
export function processOfRanks({ processes }: Seat, whole: RankBlock): Int32Array {
  const length = whole.count;
  return Int32Array.from({ length }, (_, rank) => blockIndexOf(whole, processes, rank));
}

/** Cells for what comes from other processes, after the store's own ones. */
interface LandingShape {
  readonly firstBerth: number;
  readonly firstCell: number;
  readonly endCell: number;
  readonly blockCells: number;
}

function landingShape(
  { processes, hasMates }: Seat,
  { threads, transfer }: RunConfig,
  own: ContentShape,
): LandingShape {
  const { strideBytes, cellsPerSlab } = own;
  const fitting = Math.floor(LANDING_BLOCK_BYTES / strideBytes);
  const blockCells = Math.max(1, Math.min(fitting, LANDING_BLOCK_CELLS, cellsPerSlab));
  const affordable = Math.floor(LANDING_BYTES / (blockCells * strideBytes));
  const blocks = Math.max(LEAST_BLOCKS, affordable) + (processes - 1) * LANDING_BLOCKS_A_PROCESS;
  const firstBerth = own.cells;
  const start = firstBerth + (hasMates === true && transfer === 'zero-copy' ? threads : 0);
  // A block lies in one slab: they begin where one begins, or where none ends among them.
  const rest = cellsPerSlab - (start % cellsPerSlab);
  const fits = blocks * blockCells <= rest;
  const firstCell = fits ? start : start + rest;
  return { firstBerth, firstCell, endCell: firstCell + blocks * blockCells, blockCells };
}

function carveCluster(
  carver: Carver,
  seat: Seat,
  { ranks }: RunConfig,
  segments: number,
  landing: LandingShape | undefined,
): ClusterPlan {
  const shared = {
    ...seat,
    processOfRanks: carver.reserve(ranks),
    statusOffset: carver.reserve(seat.processes * STATUS_WORDS),
  };
  if (landing === undefined) return shared;
  const { firstBerth, firstCell, endCell, blockCells } = landing;
  const cells = endCell - firstCell;
  return {
    ...shared,
    landing: {
      firstBerth,
      firstCell,
      cells,
      blockCells,
      takenOffset: carver.reserve(cells),
      storedOffset: carver.reserve(Math.ceil(segments / 32)),
    },
  };
}

function findShortSegment(
  workload: Workload,
  files: readonly FileInfo[],
  segmentBytes: number,
): { segment: number; bytes: number } | undefined {
  if (workload.kind !== 'content') return undefined;
  const [{ byteLength, segmentCount }] = workload.files;
  const bytes = byteLength - (segmentCount - 1) * segmentBytes;
  if (segmentCount === 0 || bytes === segmentBytes) return undefined;
  return { segment: files[0].firstSegment + segmentCount - 1, bytes };
}

function numberSegments(workload: Workload): FileInfo[] {
  let firstSegment = 0;
  return workload.files.map(({ segmentCount }) => {
    const file = { firstSegment, segmentCount };
    firstSegment += segmentCount;
    return file;
  });
}

/** Threads awake for each core: with fewer, cores are idle between two of them. */
const AWAKE_A_CORE = 8;

/** Of each process, whoever shares the machine; who is held up on purpose must not hold up others. */
function permitsFor({ threads, hashThreads = 0, faults }: RunConfig): number {
  // Permits for all: they wait for the gate alone.
  if (hashThreads > 0) return threads;
  const permits = AWAKE_A_CORE * availableParallelism();
  return threads > permits && faults.length === 0 ? permits : 0;
}

/**
 * Slots of a thread's channels by tag: what the protocol can have under way at once, within limits
 * that keep 64 ranks at 128 KiB a rank. A sender that finds a channel full keeps its messages and
 * goes on.
 */
function channelSlots(config: RunConfig, placement: Placement, thread: number): number[] {
  const { ranks, window, refresh, load } = config;
  const isBridge = thread === placement.threads;
  const local = isBridge ? ranks - placement.hosted.count : placement.rankCount(thread);
  const looks = Math.ceil(window / refresh) + 1;
  const toTracker = placement.threadOf(TRACKER) === thread ? ranks : 1;
  const loads = load === 'message' ? local * 512 : 1;
  const slots = new Array<number>(TAG_COUNT).fill(channelCapacity(local, 8, 2 ** 14));
  slots[Tag.SegmentRequest] = channelCapacity(local * 2048, 256, 2 ** 17);
  slots[Tag.SegmentAnswer] = channelCapacity(local * window * 2, 64, 2 ** 17);
  slots[Tag.LoadRequest] = channelCapacity(loads, 8, 2 ** 17);
  slots[Tag.LoadAnswer] = slots[Tag.LoadRequest];
  slots[Tag.HoldersRequest] = channelCapacity(toTracker * Math.min(looks, 16), 8, 2 ** 16);
  slots[Tag.HoldersAnswer] = channelCapacity(local * looks, 8, 2 ** 14);
  const once = [
    Tag.Offer,
    Tag.HashList,
    Tag.Ready,
    Tag.HashListRequest,
    Tag.NewHolder,
    Tag.Finished,
  ];
  for (const tag of once) slots[tag] = channelCapacity(toTracker, 8, 2 ** 16);
  return slots;
}

/** Slots of the channels of a thread that hashes: segments come to it, and deaths. */
function hasherSlots({ ranks, window }: RunConfig, hashThreads: number): number[] {
  const slots = new Array<number>(TAG_COUNT).fill(channelCapacity(1, 8, 8));
  slots[Tag.SegmentAnswer] = channelCapacity(
    Math.ceil((ranks * window) / hashThreads),
    64,
    2 ** 17,
  );
  return slots;
}

function refuseTooMuch(
  config: RunConfig,
  hosted: RankBlock,
  slabBytes: number,
  content: ContentShape,
  digestBytes: number,
  copiesBytes: number,
): void {
  const { ranks, threads, hashThreads = 0, segments, files, window } = config;
  const clients = hosted.count;
  const client =
    CLIENT_BYTES + segments * WORD_BYTES + window * 24 + ranks * bytesOfAcquaintance(config);
  const addressed =
    slabBytes + clients * client + (threads + hashThreads) * HEAP_CHUNK_BYTES + copiesBytes;
  const addressable = MAX_PAGES * PAGE_BYTES;
  if (addressed > addressable) {
    const what = `rings, bitfields and clients of ${ranks} ranks with ${segments} segments`;
    throw new MemoryLimitError(what, addressed, addressable);
  }
  const required =
    slabBytes +
    contentBytes(content) +
    digestBytes +
    (threads + hashThreads) * WORKER_BYTES +
    clients * (client + files * WORD_BYTES) +
    copiesBytes;
  const available = availableBytes();
  if (required > available) {
    throw new MemoryLimitError(
      `${ranks} ranks on ${threads} threads, ${content.cells} cells of ${content.strideBytes} bytes`,
      required,
      available,
    );
  }
}

/** What a client keeps of each other rank: its requests there, its load, its spoiled segments. */
export function bytesOfAcquaintance(config: RunConfig): number {
  return (config.load === 'message' ? 6 : 2) + (hasFault(config, 'corrupt') ? 1 : 0);
}

/** Memory that this process may still take. */
export function availableBytes(): number {
  const constrained = process.constrainedMemory();
  const free = freemem();
  return constrained > 0 && constrained < Number.MAX_SAFE_INTEGER
    ? Math.min(free, constrained)
    : free;
}

/** The part of a plan that `comm` works with. */
export function fabricOf(plan: SwarmPlan): Fabric {
  const { ranks, threads } = plan.config;
  const ends = threads + plan.hashThreads + (plan.cluster === undefined ? 0 : 1);
  return {
    slab: plan.slab,
    control: new ControlLayout(plan.controlOffset, ends + 1),
    channels: {
      threads: ends,
      tags: TAG_COUNT,
      bases: plan.channelBases,
      capacities: plan.channelCapacities,
      totalWords: 0,
    },
    placement: new Placement(ranks, threads, plan.hosted),
  };
}
