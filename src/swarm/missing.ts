/** Which segments a swarm lacks, read off the board. */
import { Placement } from '../comm/placement.js';
import type { Board } from '../shm/board.js';
import type { Workload } from './input/index.js';
import { type SwarmPlan, segmentsOf } from './plan.js';
import type { MissingSegments } from './result.js';

/**
 * Whether some living client wants a segment that no living client holds. To be asked only when
 * nothing moves: a segment on its way is held by nobody for a moment.
 *
 * @param dropped ranks that the tracker names to nobody any more
 */
export function findLostSegments(
  plan: SwarmPlan,
  workload: Workload,
  board: Board,
  dropped: readonly number[],
): boolean {
  const living: number[] = [];
  for (let rank = 1; rank < plan.config.ranks; rank++) {
    if (board.alive[rank] !== 0) living.push(rank);
  }
  const wanted = new Set(
    living.filter((rank) => board.finished[rank] === 0).flatMap((rank) => workload.wanted[rank]),
  );
  const holders = living.filter((rank) => !dropped.includes(rank));
  for (const file of wanted) {
    const { firstSegment, segmentCount } = plan.files[file];
    for (let segment = firstSegment; segment < firstSegment + segmentCount; segment++) {
      if (!holders.some((rank) => board.holds(rank, segment))) return true;
    }
  }
  return false;
}

/** For every living client the segments it wanted and does not hold, as ranges. */
export function listMissing(plan: SwarmPlan, workload: Workload, board: Board): MissingSegments[] {
  const missing: MissingSegments[] = [];
  for (let rank = 1; rank < plan.config.ranks; rank++) {
    if (board.alive[rank] === 0 || hasAll(plan, workload, board, rank)) continue;
    for (const file of workload.wanted[rank]) {
      const found = missingOf(plan, board, rank, file);
      if (found !== undefined) missing.push(found);
    }
  }
  return missing;
}

/** Whether `rank` has downloaded as many segments as it wants; spares looking at each. */
function hasAll(plan: SwarmPlan, workload: Workload, board: Board, rank: number): boolean {
  const files = workload.wanted[rank];
  if (files.some((file) => plan.unownedFiles.includes(file))) return false;
  return board.downloads[rank] === segmentsOf(plan, files);
}

function missingOf(
  plan: SwarmPlan,
  board: Board,
  rank: number,
  file: number,
): MissingSegments | undefined {
  const { firstSegment, segmentCount } = plan.files[file];
  const past = firstSegment + segmentCount;
  const { ranges, count } = listLacking(
    segmentCount,
    (index, isHeld) => board.find(rank, isHeld, firstSegment + index, past) - firstSegment,
  );
  const isUnowned = segmentCount === 0 && plan.unownedFiles.includes(file);
  if (count === 0 && !isUnowned) return undefined;
  return { rank, file: plan.fileNames[file], ranges, count };
}

/**
 * Those of the numbers from 0 and below `total` that are not held, as ranges.
 *
 * @param find - gives the first number from `index` on that is held, or is not; `total` for none
 */
export function listLacking(
  total: number,
  find: (index: number, isHeld: boolean) => number,
): Pick<MissingSegments, 'ranges' | 'count'> {
  const ranges: [number, number][] = [];
  let count = 0;
  for (let first = find(0, false); first < total;) {
    const past = find(first, true);
    ranges.push([first, past - 1]);
    count += past - first;
    first = find(past, false);
  }
  return { ranges, count };
}

/** Which thread hosted each rank. */
export function threadsOf(plan: SwarmPlan): Int32Array {
  return new Placement(plan.config.ranks, plan.config.threads, plan.hosted).threadOfRanks();
}
