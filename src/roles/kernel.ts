/**
 * The kernel as TypeScript sees it: the roles, the endpoint and the rings, compiled from
 * `assembly/` to WebAssembly. The module is compiled once and posted to every thread; each makes
 * an instance of its own over the one shared memory.
 */
import { adviseHugePages } from '../shm/huge-pages.js';
import { PICKERS } from './pickers.js';
import { CUSTOM_RULE, type Strategy, findStrategy, strategyNumber } from './strategies.js';

/** Bytes of a page of WebAssembly memory. */
export const PAGE_BYTES = 65_536;

/** Most pages of a memory: 4 GiB. */
export const MAX_PAGES = 65_536;

/** Pages in a huge page. The system makes none where the memory ends in the middle of one. */
const PAGES_A_HUGE_PAGE = 32;

/** Segments to deliver from which on huge pages gain more time than it takes to ask for them. */
const LARGE_RUN = 500_000;

/**
 * Bytes from address 0 on that nothing else may lie in: each new instance writes the compiled
 * module's constants there, such as those behind the functions that are passed to functions.
 */
export const STATIC_BYTES = 4096;

/** A memory of `bytes` bytes that can grow, for a run that delivers some `deliveries` segments. */
export function allocateMemory(bytes: number, deliveries: number): WebAssembly.Memory {
  const initial = Math.ceil(bytes / PAGE_BYTES / PAGES_A_HUGE_PAGE) * PAGES_A_HUGE_PAGE;
  const memory = new WebAssembly.Memory({ initial, maximum: MAX_PAGES, shared: true });
  if (deliveries >= LARGE_RUN) adviseHugePages(memory, MAX_PAGES * PAGE_BYTES);
  return memory;
}

/** What the kernel calls on its host; see `assembly/host.ts`. */
export interface KernelHost {
  accept(rank: number, segment: number, cell: number, length: number): boolean;
  lookAhead(cell: number, length: number): void;
  acceptSpoiled(rank: number, segment: number, cell: number, length: number): boolean;
  complete(rank: number, file: number): void;
  finished(rank: number): void;
  after(rank: number, delayMs: number): void;
  released(): void;
  allFinished(): void;
  fault(rank: number): void;
  chooseHolder(
    rank: number,
    segment: number,
    candidates: number,
    count: number,
    random: number,
  ): number;
  chooseUnchoked(
    rank: number,
    isSeed: number,
    isRound: number,
    round: number,
    neighbours: number,
    count: number,
    random: number,
  ): void;
}

/** What an instance offers; addresses are bytes, booleans 0 or 1. See `assembly/index.ts`. */
export interface Kernel {
  openHeap(heapEndAddress: number): void;
  allocate(bytes: number): number;
  openEndpoint(
    thread: number,
    threads: number,
    tags: number,
    bases: number,
    capacities: number,
    placement: number,
    firstControl: number,
    controlBytes: number,
  ): void;
  openFarRanks(bridge: number, ranks: number): void;
  openHashers(count: number, tag: number, backlog: number): void;
  limitAwake(permits: number, takenWord: number): void;
  openLanding(firstCell: number, cells: number, takenWords: number, storedBits: number): void;
  openBoard(
    uploads: number,
    downloads: number,
    finished: number,
    available: number,
    holdings: number,
    wordsPerRow: number,
  ): void;
  openFiles(ranks: number, fileTable: number, holderLog: number, versionWords: number): void;
  openSettings(
    seed: number,
    window: number,
    refresh: number,
    handout: number,
    loadByMessage: number,
  ): void;
  openContent(
    isStored: number,
    segmentBytes: number,
    segments: number,
    copiesFrom: number,
    shortSegment: number,
    shortBytes: number,
  ): void;
  openStrategy(number: number, blind: number, perRequest: number, draws: number): void;
  openPicker(number: number, usesAvailability: number): void;
  openCopy(firstRank: number, count: number): void;
  openRanks(count: number): void;
  openTracker(files: number): void;
  openClient(
    rank: number,
    owned: number,
    ownedCount: number,
    wanted: number,
    wantedCount: number,
  ): void;
  startClient(rank: number): void;
  expectLate(rank: number): void;
  dropHolder(rank: number): void;
  openFaults(rates: number): void;
  readFaultCosts(rank: number, into: number): number;
  openLoop(abort: number, bridgeNaps: number, isPrompt: number, spins: number): void;
  openHasher(batchSegments: number, abort: number, ended: number): void;
  hashReceived(): number;
  restHasher(): void;
  takeTurns(isWatched: number): number;
  rest(timeoutMs: number): void;
  hasWork(): number;
  leave(): void;
  onTimer(rank: number): void;
  armFault(rank: number, downloads: number): void;
  readClient(rank: number, into: number): void;
  holds(rank: number, segment: number): number;
  inspectClient(rank: number, into: number): number;
  isAwaited(rank: number): number;
  fillOf(tag: number): number;
  draw(random: number): number;
  messagesSent(): number;
  trackerRequests(): number;
}

/** What an instance offers to the bridge of a process; see `assembly/bridge.ts`. */
export interface BridgeKernel extends Kernel {
  openBridge(
    processes: number,
    process: number,
    processOfRanks: number,
    batchBytes: number,
    alive: number,
    firstRank: number,
    rankCount: number,
    files: number,
    hostCache: number,
  ): void;
  giveBatch(process: number, batch: number): void;
  batchCount(process: number): number;
  batchData(process: number): number;
  batchDataCount(process: number): number;
  openMate(process: number, firstCell: number): void;
  loseProcess(process: number): void;
  appendRecord(process: number, kind: number, a: number, b: number): number;
  collect(): number;
  tellBoard(all: number): number;
  deliverBatch(process: number, batch: number, from: number, records: number): number;
  setWaiting(process: number, isWaiting: number): void;
  deliverSegment(slot: number, cell: number): void;
  segmentsServedHere(): number;
  flush(): void;
  releaseAll(): void;
  wakeReceivers(): void;
  held(): number;
  forget(rank: number): void;
}

/** What an instance offers for virtual time; times are in ns. See `assembly/timeline.ts`. */
export interface VirtualKernel extends Kernel {
  openWindows(
    thread: number,
    threads: number,
    words: number,
    placement: number,
    windowNs: number,
    endNs: number,
    ranksToFinish: number,
    abortWord: number,
    hasCore: number,
  ): void;
  openLinks(
    thread: number,
    threads: number,
    links: number,
    zones: number,
    zoneCount: number,
    latencies: number,
    downlinks: number,
    jitterNs: number,
    blockBytes: number,
  ): void;
  openLink(rank: number, upNsPerByte: number, seed: number): void;
  openNetwork(zones: number, linkCosts: number): void;
  openWindowBridge(thread: number): void;
  openStall(afterNs: number, forNs: number): void;
  openVirtualFaults(faults: number, peerTimeoutNs: number, stillNs: number, wanted: number): void;
  openVirtualFault(kind: number, rank: number, downloads: number, share: number): void;
  leaveUncounted(rank: number): void;
  faultIsDue(rank: number): void;
  faultTakenAt(index: number): number;
  openVirtualRanks(wireTable: number, seenRows: number, ranks: number): void;
  openSwarm(
    ranks: number,
    seed: number,
    segments: number,
    segmentBytes: number,
    blockBytes: number,
  ): void;
  openChoking(
    handout: number,
    pipeline: number,
    slots: number,
    rechokeMs: number,
    optimisticRounds: number,
    seedChoker: number,
  ): void;
  openPicking(randomFirst: number, endgame: number): void;
  openPeers(firstRank: number, ranks: number, zones: number): void;
  openPeer(
    rank: number,
    zone: number,
    isSeed: number,
    joinsAtNs: number,
    connections: number,
    choker: number,
    picker: number,
    behaviour: number,
    seedingNs: number,
    patienceNs: number,
    bytesPerNs: number,
  ): void;
  giveNeighbours(rank: number, list: number, count: number): void;
  openTrace(limit: number): void;
  traceHead(): number;
  openObservation(
    groups: number,
    ranksPerGroup: number,
    segments: number,
    firstStepNs: number,
  ): void;
  observedFlows(): number;
  observedChanges(): number;
  observedStepNs(): number;
  isTraceCut(): number;
  openOracle(ranks: number, parts: number, partBytes: number, roundNs: number): void;
  openOraclePeer(rank: number, isServer: number, transfers: number, count: number): void;
  openChoice(loads: number, seed: number): void;
  chooseHolder(self: number, candidates: number, count: number): number;
  noteFinished(): void;
  advance(budget: number): number;
  readPeer(rank: number, into: number): void;
  peerHolds(rank: number, segment: number): number;
  readLink(rank: number, into: number): void;
  readUnchoked(rank: number, other: number): number;
  readUploadsBeforeSeeding(rank: number): number;
  oracleFinishedNs(rank: number): number;
  presentNs(): number;
  controlMessages(): number;
  controlBytes(): number;
  dataBlocks(): number;
  dataBytes(): number;
  announces(): number;
}

/** What an instance offers to the bridge of a process in virtual time. */
export interface VirtualBridgeKernel extends VirtualKernel {
  openVirtualBridge(
    processes: number,
    process: number,
    processOfRanks: number,
    threads: number,
    placement: number,
    firstRank: number,
    rankCount: number,
    files: number,
    seenRows: number,
  ): void;
  closeWindow(): number;
  windowMessage(process: number): number;
  windowMessageBytes(process: number): number;
  takeWindowMessage(message: number): void;
  openNextWindow(): number;
}

/** What became of the last window that `advance` went through. */
export const WindowState = {
  Opened: 0,
  AllFinished: 1,
  NothingLeft: 2,
  Aborted: 3,
  TimeIsUp: 4,
  Stalled: 5,
  TrackerLost: 6,
} as const;

/** Faults that come due in the middle of a run in virtual time; as in `assembly/virtual-faults.ts`. */
export const FaultKind = { crash: 0, hang: 1, late: 2, 'drop-holder': 3 } as const;

/** In place of a strategy's number: the host is asked. */
const CUSTOM_NUMBER = -1;

/** Opens a run's rules of routing and of picking, by name. */
export function openRules(kernel: Kernel, strategyName: string, pickerName: string): void {
  const found = findStrategy(strategyName);
  const { blind, scope }: Pick<Strategy, 'blind' | 'scope'> = found ?? CUSTOM_RULE;
  const draws = found?.draws ?? 0;
  const number = found === undefined ? CUSTOM_NUMBER : strategyNumber(found);
  kernel.openStrategy(number, blind ? 1 : 0, scope === 'request' ? 1 : 0, draws);
  const picker = PICKERS.findIndex(({ name }) => name === pickerName);
  kernel.openPicker(picker, PICKERS[picker].usesAvailability ? 1 : 0);
}

/** A block of a kernel's memory: its address, which WebAssembly gives as a signed number. */
export function allocateIn(kernel: Kernel, bytes: number): number {
  return kernel.allocate(bytes) >>> 0;
}

/** Tells the kernel for each rank which part of the segments it sends is to be spoiled. */
export function openSpoiling(
  kernel: Kernel,
  memory: WebAssembly.Memory,
  rates: Float64Array,
): void {
  const address = allocateIn(kernel, rates.byteLength);
  new Float64Array(memory.buffer, address, rates.length).set(rates);
  kernel.openFaults(address);
}

/** Makes the calling thread's instance. */
export function instantiateKernel(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  host: KernelHost,
): VirtualBridgeKernel & BridgeKernel {
  const imports = { env: { memory }, host: { ...host } };
  return new WebAssembly.Instance(module, imports).exports as unknown as VirtualBridgeKernel &
    BridgeKernel;
}
