/** Turns a configuration into memory for a run in virtual time, and tells each thread what is where. */
import { readFileSync } from 'node:fs';
import type { RankBlock } from '../../comm/placement.js';
import { BARRIER_BYTES, LINK_BYTES, MAIL_BYTES, TOLD_BYTES } from '../../comm/simulated-layout.js';
import { STATIC_BYTES, allocateMemory } from '../../roles/kernel.js';
import { wireTable } from '../../roles/wire.js';
import { type BoardLayout, carveBoard } from '../../shm/board.js';
import { ControlLayout, HEAP_END } from '../../shm/control-layout.js';
import { Carver, ISOLATION_WORDS, WORD_BYTES, isolated } from '../../shm/layout.js';
import type { VirtualRunConfig } from '../config.js';
import type { CustomPlan } from '../custom/check.js';
import { type Workload, syntheticWorkload } from '../input/index.js';
import { KERNEL_FILE, type Seat, hostedBy, processOfRanks } from '../plan.js';
import { logVersions } from './faults.js';
import { refuseTooMuch } from './memory.js';
import { threadOfRanks } from './placement.js';
import type { Population } from './population.js';

/** Words that a thread tells its progress in: delivered blocks and virtual milliseconds. */
export const PROGRESS_WORDS = ISOLATION_WORDS;

const MIB = 2 ** 20;
const US_PER_SECOND = 1e6;
const NS_PER_SECOND = 1e9;

/** Words that threads meet at the end of a window with; see `assembly/simulated/windows.ts`. */
function windowWords(threads: number): number {
  const told = threads * TOLD_BYTES + threads * threads * MAIL_BYTES;
  return BARRIER_BYTES / WORD_BYTES + 2 * isolated(told / WORD_BYTES);
}

/** Where things lie, as word offsets. */
export interface VirtualLayout {
  readonly control: number;
  readonly windows: number;
  readonly progress: number;
  readonly threadOfRanks: number;
  /** The process of each rank, where there are several. */
  readonly processOfRanks: number;
  readonly zoneOfRanks: number;
  /** us a MiB on each rank's uplink. */
  readonly linkCosts: number;
  /** Doubles: ns from zone to zone. */
  readonly latencies: number;
  /** Doubles: ns that a byte takes on each rank's downlink. */
  readonly downlinks: number;
  /** Each rank's two links; see `links.ts`. */
  readonly links: number;
  readonly wire: number;
  /** Byte addresses of both sets of rows; see `assembly/seen.ts`. */
  readonly seenRows: number;
  readonly files: number;
  readonly holderLog: number;
  readonly board: BoardLayout;
}

/** What every thread needs to know; plain data and shared memory, so that it can be posted. */
export interface VirtualPlan {
  readonly config: VirtualRunConfig;
  /** The ranks of this process: all, unless several simulate the swarm together. */
  readonly hosted: RankBlock;
  /** All ranks, of all processes. */
  readonly whole: RankBlock;
  /** Which of the processes this one is, where there are several. */
  readonly seat?: Seat;
  readonly population: Population;
  /** The strategy, where it is not a built-in one. */
  readonly custom?: CustomPlan;
  readonly kernel: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly slab: SharedArrayBuffer;
  readonly layout: VirtualLayout;
  readonly workload: Pick<Workload, 'files' | 'owned' | 'wanted'>;
  /** Segments of all files. */
  readonly totalSegments: number;
}

/** What one thread is told. */
export interface VirtualTask {
  readonly plan: VirtualPlan;
  readonly thread: number;
}

/** What a byte takes at `rate` bytes/s, in ns; 0: no limit. */
export function nsPerByte(rate: number): number {
  return rate === 0 ? 0 : NS_PER_SECOND / rate;
}

/** Lays a run in virtual time out. */
export function planVirtual(
  config: VirtualRunConfig,
  population: Population,
  seat?: Seat,
): VirtualPlan {
  const { ranks, threads } = config;
  const whole = { first: 0, count: ranks };
  const hosted = hostedBy(seat, whole);
  const ends = threads + (seat === undefined ? 0 : 1);
  const isAck = config.protocol === 'ack';
  const workload = isAck ? syntheticWorkload(config) : { files: [], owned: [], wanted: [] };
  const totalSegments = config.files * config.segments;
  const boardSegments = isAck ? totalSegments : 1;
  const boardRanks = isAck ? ranks : 1;
  const carver = new Carver();
  carver.reserve(STATIC_BYTES / WORD_BYTES);
  const control = ControlLayout.carve(carver, 1);
  const zones = config.latencyMs.length;
  const board = carveBoard(carver, boardRanks, boardSegments);
  const seen = [
    carveBoard(carver, boardRanks, boardSegments),
    carveBoard(carver, boardRanks, boardSegments),
  ];
  const layout: VirtualLayout = {
    control: control.offset,
    windows: carver.reserve(windowWords(ends)),
    progress: carver.reserve(threads * PROGRESS_WORDS),
    threadOfRanks: carver.reserve(ranks),
    processOfRanks: carver.reserve(seat === undefined ? 0 : ranks),
    zoneOfRanks: carver.reserve(ranks),
    linkCosts: carver.reserve(ranks),
    latencies: carver.reserve(zones * zones * 2),
    downlinks: carver.reserve(ranks * 2),
    links: carver.reserve((ranks * LINK_BYTES) / WORD_BYTES),
    wire: carver.reserve(wireTable().length),
    seenRows: carver.reserve(6),
    files: carver.reserve(Math.max(1, workload.files.length * 2)),
    holderLog: carver.reserve(Math.max(1, logVersions(config) * workload.files.length * ranks)),
    board,
  };
  const bytes = carver.totalWords * WORD_BYTES;
  refuseTooMuch(config, population, bytes);
  const memory = allocateMemory(bytes, ranks * totalSegments);
  const words = new Int32Array(memory.buffer);
  words[layout.control + HEAP_END] = bytes;
  words.set(threadOfRanks(config, hosted), layout.threadOfRanks);
  if (seat !== undefined) words.set(processOfRanks(seat, whole), layout.processOfRanks);
  words.set(population.zone, layout.zoneOfRanks);
  population.up.forEach((rate, rank) => {
    words[layout.linkCosts + rank] = rate === 0 ? 0 : Math.round((MIB * US_PER_SECOND) / rate);
  });
  words.set(wireTable(), layout.wire);
  words.set(
    seen.flatMap(({ uploads, available, holdings }) =>
      [uploads, available, holdings].map((offset) => offset * WORD_BYTES),
    ),
    layout.seenRows,
  );
  const latencies = config.latencyMs.flat().map((ms) => Math.round(ms * 1e6));
  new Float64Array(memory.buffer, layout.latencies * WORD_BYTES, latencies.length).set(latencies);
  const downlinks = population.down.map(nsPerByte);
  new Float64Array(memory.buffer, layout.downlinks * WORD_BYTES, ranks).set(downlinks);
  workload.files.forEach(({ segmentCount }, file) => {
    words.set([file * config.segments, segmentCount], layout.files + file * 2);
  });
  return {
    config,
    whole,
    hosted,
    ...(seat !== undefined && { seat }),
    population,
    kernel: new WebAssembly.Module(readFileSync(KERNEL_FILE)),
    memory,
    slab: memory.buffer,
    layout,
    workload,
    totalSegments,
  };
}
