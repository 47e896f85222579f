/** What all roles of a thread share: the files, the board, the tracker's logs, the settings. */
import { isObserving, noteHolders } from '../../comm/assembly/simulated/observation';
import { isSimulated } from '../../comm/assembly/transport';
import { at, put } from '../../shm/assembly/memory';
import { noteHeld, noteUploads } from './seen';

export let ranks: i32 = 0;
export let seed: i32 = 0;

/** The board, and its rows; see `shm/board.ts`. */
export let boardBase: usize = 0;
export let uploadCounts: usize = 0;
export let downloadCounts: usize = 0;
export let finishedFlags: usize = 0;
export let availability: usize = 0;
export let boardRows: usize = 0;
/** Where it is read what this thread's own ranks hold: the board, or a copy that `hold` writes, too. */
let ownRows: usize = 0;
/**
 * The rows that ranks see of each other: the board's, a copy of what they hold (`./copy.ts`), or in
 * virtual time those of `./seen.ts`.
 */
export let seenUploads: usize = 0;
export let seenAvailability: usize = 0;
let seenHoldings: usize = 0;
export let rowBytes: usize = 0;

let holderLog: usize = 0;
let logVersionBytes: usize = 0;
let files: usize = 0;

/** The zone of each rank, and what its uplink costs: us a MiB; 0 where there is no network. */
let zones: usize = 0;
let linkCosts: usize = 0;

/** Settings of the run. */
export let window: i32 = 0;
export let refresh: i32 = 0;
export let handout: i32 = 0;
export let asksLoads: bool = false;

/** Content; `hasContent` is false for control traffic only. */
export let hasContent: bool = false;
let segmentBytes: i32 = 0;
/** First rank with cells of its own; -1: the segments' cells are everybody's. */
let firstCopy: i32 = -1;
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
  // The first of the board's arrays.
  boardBase = uploads;
  uploadCounts = uploads;
  downloadCounts = downloads;
  finishedFlags = finished;
  availability = available;
  boardRows = holdingsRows;
  ownRows = holdingsRows;
  rowBytes = (<usize>wordsPerRow) << 2;
  showRows(uploads, available, holdingsRows);
}

/** What ranks see of each other from now on. */
export function showRows(uploads: usize, available: usize, holdingsRows: usize): void {
  seenUploads = uploads;
  seenAvailability = available;
  seenHoldings = holdingsRows;
}

/**
 * From now on ranks here see each other's holdings in `rows`, and those of their own stand in `own` as
 * well as on the board.
 */
export function showHoldings(rows: usize, own: usize): void {
  seenHoldings = rows;
  ownRows = own;
}

/** For ranks that need no more of this. */
export function openIdentity(rankCount: i32, runSeed: i32): void {
  ranks = rankCount;
  seed = runSeed;
}

/**
 * @param fileTable address of (first segment, segments) for each file
 * @param log address of the holder logs, one row of `rankCount` words a file
 * @param versionWords words from a version of all logs to the next; 0: there is one alone, in which
 *   entries move while others read it
 */
export function openFiles(rankCount: i32, fileTable: usize, log: usize, versionWords: i32): void {
  ranks = rankCount;
  files = fileTable;
  holderLog = log;
  logVersionBytes = (<usize>versionWords) << 2;
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
 * @param isStored whether there are bytes to check, and not just their number
 * @param copiesFrom first of the ranks that each have cells of their own; -1: all share them
 * @param short a segment that is not full, or -1; at most one file has such a one
 */
export function openContent(
  isStored: bool,
  fullBytes: i32,
  segments: i32,
  copiesFrom: i32,
  short: i32,
  bytesOfShort: i32,
): void {
  hasContent = isStored;
  segmentBytes = fullBytes;
  totalSegments = segments;
  firstCopy = copiesFrom;
  shortSegment = short;
  shortBytes = bytesOfShort;
}

function bitWord(rows: usize, rank: i32, segment: i32): usize {
  return rows + <usize>rank * rowBytes + ((<usize>(segment >>> 5)) << 2);
}

/** Address of the row of bits that say what `rank` holds. */
export function holdingsRow(rank: i32): usize {
  return boardRows + <usize>rank * rowBytes;
}

/** Whether `rank`, a rank of this thread, holds `segment`, checked. */
export function holds(rank: i32, segment: i32): bool {
  return (load<i32>(bitWord(ownRows, rank, segment)) & (1 << (segment & 31))) != 0;
}

/** Whether others see `rank` hold `segment`. A plain load: a bit that is set stays set. */
export function isSeenToHold(rank: i32, segment: i32): bool {
  return (load<i32>(bitWord(seenHoldings, rank, segment)) & (1 << (segment & 31))) != 0;
}

/** Address of the word with the bit of `segment` in the row of rank 0 that others see. */
export function seenWord(segment: i32): usize {
  return bitWord(seenHoldings, 0, segment);
}

/** Marks `segment` as held by `rank`, a rank of this thread. */
export function hold(rank: i32, segment: i32): void {
  const word = bitWord(ownRows, rank, segment);
  const bits = load<i32>(word) | (1 << (segment & 31));
  store<i32>(word, bits);
  store<i32>(word - ownRows + boardRows, bits);
  if (!isSimulated) return;
  noteHeld(rank, segment);
  if (isObserving) noteHolders(segment, 1);
}

/** Sets the bit of `segment` in the row of `rank`. */
export function setBit(rows: usize, rank: i32, segment: i32): void {
  const address = bitWord(rows, rank, segment);
  store<i32>(address, load<i32>(address) | (1 << (segment & 31)));
}

/** One more rank holds `segment`. */
export function countHolder(segment: i32): void {
  if (!isSimulated) atomic.add<i32>(availability + ((<usize>segment) << 2), 1);
}

/**
 * A word of some rank's row is about to become `bits`: each segment that it did not hold before has a
 * holder more.
 *
 * @param counts address of the holders of each segment
 * @param rows address of the first row
 */
export function countFresh(counts: usize, rows: usize, word: usize, bits: i32): void {
  const firstSegment = (<i32>((word - rows) % rowBytes)) << 3;
  let fresh = bits & ~load<i32>(word);
  while (fresh != 0) {
    atomic.add<i32>(counts + ((<usize>(firstSegment + ctz<i32>(fresh))) << 2), 1);
    fresh &= fresh - 1;
  }
}

/** `rank`, a rank of this thread, has uploaded `uploads` segments so far. */
export function countUploads(rank: i32, uploads: i32): void {
  put(uploadCounts, rank, uploads);
  if (isSimulated) noteUploads(rank, uploads);
}

/** Tells of the simulated network what strategies go by. */
export function openNetwork(zoneOfRanks: usize, costOfRanks: usize): void {
  zones = zoneOfRanks;
  linkCosts = costOfRanks;
}

export function zoneOf(rank: i32): i32 {
  return zones == 0 ? 0 : at(zones, rank);
}

/** Time that a MiB takes on the uplink of `rank`, in us; 0: no limit. */
export function linkCost(rank: i32): i32 {
  return linkCosts == 0 ? 0 : at(linkCosts, rank);
}

/** How much of all segments others see `rank` hold, in `parts` equal parts, rounded down. */
export function heldShare(rank: i32, parts: i32): i32 {
  const row = bitWord(seenHoldings, rank, 0);
  let count = 0;
  for (let offset: usize = 0; offset < rowBytes; offset += 4) {
    count += popcnt(load<i32>(row + offset));
  }
  return <i32>((<i64>count * parts) / max(1, totalSegments));
}

/** Segments of all files. */
export function segmentCount(): i32 {
  return totalSegments;
}

export function firstSegmentOf(file: i32): i32 {
  return at(files, file * 2);
}

export function segmentCountOf(file: i32): i32 {
  return at(files, file * 2 + 1);
}

/** Address of entry `index` of a version of `file`'s holder log. */
export function logEntry(file: i32, index: i32, version: i32): usize {
  const log = holderLog + <usize>version * logVersionBytes;
  return log + ((<usize>file * <usize>ranks + <usize>index) << 2);
}

/** Cell from which `rank` serves `segment`. */
export function cellOf(rank: i32, segment: i32): i32 {
  return firstCopy < 0 ? segment : (rank - firstCopy) * totalSegments + segment;
}

export function lengthOf(segment: i32): i32 {
  return segment == shortSegment ? shortBytes : segmentBytes;
}
