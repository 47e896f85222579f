/** The hash lists: each is made by the process of the file's first owner, and all need all of them. */
import { ABORT, PREPARE_DONE } from '../../shm/control-layout.js';
import { type ClusterPlan, type SwarmPlan, processOfRanks } from '../plan.js';
import { contentChunks } from '../prepare.js';
import { type Exchange, MpiTag } from './exchange.js';

/** Time between two looks whether this process has made its lists. */
const WAIT_MS = 50;

/** Hash lists of consecutive files that one process makes. */
interface Range {
  readonly process: number;
  readonly firstByte: number;
  readonly endByte: number;
}

/**
 * Waits until the lists of this process are made, and exchanges them for those of the others. The
 * threads here wait for it: it is the last of the chunks that they prepare.
 *
 * @param owners - of each file
 */
export function shareDigests(
  plan: SwarmPlan,
  cluster: ClusterPlan,
  owners: readonly (readonly number[])[],
  exchange: Exchange,
): void {
  if (plan.segmentBytes === 0) return;
  const words = new Int32Array(plan.slab);
  const done = plan.controlOffset + PREPARE_DONE;
  const own = contentChunks(plan);
  for (;;) {
    const prepared = Atomics.load(words, done);
    if (prepared >= own) break;
    // The others wait for what there is: it has to be told even if nobody needs it any more.
    if (Atomics.load(words, plan.controlOffset + ABORT) !== 0) break;
    Atomics.wait(words, done, prepared, WAIT_MS);
  }
  const digests = new Uint8Array(plan.digests);
  for (const range of rangesOf(plan, cluster, owners)) {
    const bytes = digests.subarray(range.firstByte, range.endByte);
    if (range.process === cluster.process) send(bytes, cluster, exchange);
    else bytes.set(exchange.receiveBytes(range.process, MpiTag.Digests) ?? bytes);
  }
  // Publishes the lists; pairs with the load in prepareContent().
  Atomics.add(words, done, 1);
  Atomics.notify(words, done);
}

function send(bytes: Uint8Array, cluster: ClusterPlan, exchange: Exchange): void {
  for (let process = 0; process < cluster.processes; process++) {
    if (process !== cluster.process) exchange.sendBytes(bytes, process, MpiTag.Digests);
  }
}

function rangesOf(
  plan: SwarmPlan,
  cluster: ClusterPlan,
  owners: readonly (readonly number[])[],
): Range[] {
  const processes = processOfRanks(cluster, plan.whole);
  const ranges: Range[] = [];
  plan.files.forEach(({ firstSegment, segmentCount }, file) => {
    if (owners[file].length === 0 || segmentCount === 0) return;
    const process = processes[owners[file][0]];
    const firstByte = firstSegment * plan.digestBytes;
    const endByte = (firstSegment + segmentCount) * plan.digestBytes;
    const last = ranges.at(-1);
    if (last?.process !== process || last.endByte !== firstByte) {
      ranges.push({ process, firstByte, endByte });
    } else {
      ranges[ranges.length - 1] = { ...last, endByte };
    }
  });
  return ranges;
}
