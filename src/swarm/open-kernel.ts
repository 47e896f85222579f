/** Tells a kernel's instance where everything lies and what the run's settings are. */
import { type Kernel, openRules } from '../roles/kernel.js';
import { TAG_COUNT, Tag } from '../roles/tags.js';
import { HEAP_END, PERMITS_TAKEN } from '../shm/control-layout.js';
import { WORD_BYTES } from '../shm/layout.js';
import { type SwarmPlan, fabricOf } from './plan.js';

/**
 * Segments that wait for a thread that hashes while others are woken to bring more: enough for the
 * time that these take. (64 threads, 16 KiB: as fast with 64 and with 512.)
 */
const HASH_BACKLOG = 128;

/** Opens what all ranks of a thread share; threads after the last one with ranks bridge, or hash. */
export function openSwarm(kernel: Kernel, plan: SwarmPlan, thread: number): void {
  const { config, board, cluster } = plan;
  const { channels, control } = fabricOf(plan);
  const address = (offset: number): number => offset * WORD_BYTES;
  kernel.openHeap(address(plan.controlOffset + HEAP_END));
  kernel.openEndpoint(
    thread,
    channels.threads,
    TAG_COUNT,
    address(plan.tables.channelBases),
    address(plan.tables.channelCapacities),
    address(plan.tables.threadOfRanks),
    address(control.threadOffset(0)),
    address(control.threadWords),
  );
  if (cluster !== undefined) kernel.openFarRanks(config.threads, config.ranks);
  kernel.openHashers(plan.hashThreads, Tag.SegmentAnswer, HASH_BACKLOG);
  kernel.limitAwake(plan.permits, address(plan.controlOffset + PERMITS_TAKEN));
  kernel.openBoard(
    address(board.uploads),
    address(board.downloads),
    address(board.finished),
    address(board.available),
    address(board.holdings),
    board.bitWords,
  );
  kernel.openFiles(config.ranks, address(plan.tables.files), address(plan.holderLogOffset), 0);
  const { seed, window, refresh, handout, load } = config;
  kernel.openSettings(seed, window, refresh, handout, load === 'message' ? 1 : 0);
  const short = plan.shortSegment;
  kernel.openContent(
    plan.segmentBytes > 0 ? 1 : 0,
    plan.segmentBytes,
    plan.totalSegments,
    config.transfer === 'copy' ? plan.hosted.first : -1,
    short?.segment ?? -1,
    short?.bytes ?? 0,
  );
  if (cluster?.landing !== undefined) {
    const { firstCell, cells, takenOffset, storedOffset } = cluster.landing;
    kernel.openLanding(firstCell, cells, address(takenOffset), address(storedOffset));
  }
  openRules(kernel, config.strategy, config.picker);
}
