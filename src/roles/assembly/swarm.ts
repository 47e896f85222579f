/** What all roles of a thread share: the files, the board, the tracker's logs, the settings. */
import { at } from '../../shm/assembly/memory';

export let ranks: i32 = 0;
export let seed: i32 = 0;

/** Rows of the board; see `shm/board.ts`. */
export let uploadCounts: usize = 0;
export let downloadCounts: usize = 0;
export let finishedFlags: usize = 0;
export let availability: usize = 0;
let holdings: usize = 0;
let rowBytes: usize = 0;

let holderLog: usize = 0;
let files: usize = 0;

/** Settings of the run. */
export let window: i32 = 0;
export let refresh: i32 = 0;
export let handout: i32 = 0;
export let asksLoads: bool = false;

/** Content; `hasContent` is false for control traffic only. */
export let hasContent: bool = false;
let segmentBytes: i32 = 0;
let ownCells: bool = false;
let totalSegments: i32 = 0;
let shortSegment: i32 = -1;
let shortBytes: i32 = 0;

export function openBoard(
  uploads: usize,
  downloads: usize,
  finished: usize,
  available: usize,
  holdingsRows: usize,
  wordsPerRow: i32,
): void {
  uploadCounts = uploads;
  downloadCounts = downloads;
  finishedFlags = finished;
  availability = available;
  holdings = holdingsRows;
  rowBytes = (<usize>wordsPerRow) << 2;
}

/**
 * @param fileTable address of (first segment, segments) for each file
 * @param log address of the holder logs, one row of `rankCount` words a file
 */
export function openFiles(rankCount: i32, fileTable: usize, log: usize): void {
  ranks = rankCount;
  files = fileTable;
  holderLog = log;
}

export function openSettings(
  runSeed: i32,
  windowSize: i32,
  refreshEvery: i32,
  handoutLimit: i32,
  loadByMessage: bool,
): void {
  seed = runSeed;
  window = windowSize;
  refresh = refreshEvery;
  handout = handoutLimit;
  asksLoads = loadByMessage;
}

/**
 * @param copies whether every rank has cells of its own
 * @param short a segment that is not full, or -1; at most one file has such a one
 */
export function openContent(
  fullBytes: i32,
  segments: i32,
  copies: bool,
  short: i32,
  bytesOfShort: i32,
): void {
  hasContent = fullBytes > 0;
  segmentBytes = fullBytes;
  totalSegments = segments;
  ownCells = copies;
  shortSegment = short;
  shortBytes = bytesOfShort;
}

/** Whether `rank` holds `segment`, checked. A plain load: a bit that is set stays set. */
export function holds(rank: i32, segment: i32): bool {
  const word = load<i32>(holdings + <usize>rank * rowBytes + ((<usize>(segment >>> 5)) << 2));
  return (word & (1 << (segment & 31))) != 0;
}

/** Marks `segment` as held by `rank`, a rank of this thread. */
export function hold(rank: i32, segment: i32): void {
  const address = holdings + <usize>rank * rowBytes + ((<usize>(segment >>> 5)) << 2);
  store<i32>(address, load<i32>(address) | (1 << (segment & 31)));
}

export function firstSegmentOf(file: i32): i32 {
  return at(files, file * 2);
}

export function segmentCountOf(file: i32): i32 {
  return at(files, file * 2 + 1);
}

/** Address of entry `index` of `file`'s holder log. */
export function logEntry(file: i32, index: i32): usize {
  return holderLog + ((<usize>file * <usize>ranks + <usize>index) << 2);
}

/** Cell from which `rank` serves `segment`. */
export function cellOf(rank: i32, segment: i32): i32 {
  return ownCells ? rank * totalSegments + segment : segment;
}

export function lengthOf(segment: i32): i32 {
  return segment == shortSegment ? shortBytes : segmentBytes;
}
