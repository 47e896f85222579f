/** Where ranks were hosted, and what went between the processes: for the result. */
import { type RankBlock, blockIndexOf } from '../../comm/placement.js';
import { hostedBy } from '../plan.js';
import type { BetweenProcesses, ProcessResult } from '../result.js';
import type { BridgeReport } from './bridge.js';
import type { Member } from './members.js';

/** The threads of all processes are numbered through. */
export interface Places {
  readonly threadOfRanks: Int32Array;
  readonly processOfRanks: Int32Array;
  readonly processes: readonly ProcessResult[];
}

/**
 * @param whole - all ranks
 * @param threads - of each process
 * @param threadOf - the thread of a process that hosts a rank
 */
export function placesOf(
  whole: RankBlock,
  members: readonly Member[],
  threads: readonly number[],
  threadOf: (hosted: RankBlock, threads: number, rank: number) => number = blockIndexOf,
): Places {
  const threadOfRanks = new Int32Array(whole.count);
  const processOfRanks = new Int32Array(whole.count);
  let firstThread = 0;
  const processes = members.map(({ process, host }) => {
    const hosted = hostedBy({ process, processes: members.length }, whole);
    for (let rank = hosted.first; rank < hosted.first + hosted.count; rank++) {
      threadOfRanks[rank] = firstThread + threadOf(hosted, threads[process], rank);
      processOfRanks[rank] = process;
    }
    const place = {
      process,
      host,
      firstRank: hosted.first,
      ranks: hosted.count,
      firstThread,
      threads: threads[process],
    };
    firstThread += threads[process];
    return place;
  });
  return { threadOfRanks, processOfRanks, processes };
}

/** @param segmentBytes - of a segment that a process did not have to fetch */
export function sumBetween(
  bridges: readonly BridgeReport[],
  segmentBytes: number,
): BetweenProcesses {
  const sum = (field: keyof Omit<BridgeReport, 'lost' | 'isCutShort'>): number =>
    bridges.reduce((total, bridge) => total + bridge[field], 0);
  return {
    bytes: sum('bytesSent'),
    batches: sum('batchesSent'),
    messages: sum('messagesSent'),
    segments: sum('segmentsSent'),
    segmentsFromSharedMemory: sum('segmentsFromSharedMemory'),
    segmentsFromHostCache: sum('segmentsServedHere'),
    bytesSaved: sum('segmentsServedHere') * segmentBytes,
  };
}
