import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { NODE_VERSION } from './peer.js';
import type { PeerResult } from './peer.js';
import { runWorkers } from './workers.js';

/** Size of a swarm over message ports. */
export interface MessagePortSwarmOptions {
  /** Ranks, the tracker (rank 0) and the seed (rank 1) counted: at least 3. */
  ranks: number;
  /** Segments of the one file that every leecher wants. */
  segments: number;
  /** Seed of the random picking order. */
  seed?: number;
  /** What one `postMessage` carries: a message, or all that a turn has for a destination. */
  batch?: Batch;
  /** Time for start-up and exchange together. */
  timeoutMs?: number;
}

/** What one `postMessage` carries. */
export type Batch = 'message' | 'turn';

/** {@link PeerResult} in segments/s, and what it is made of. */
export interface MessagePortSwarmResult extends PeerResult {
  /** From the tracker's release of the clients to the last client's report that it has finished. */
  exchangeMs: number;
  segmentsDelivered: number;
  requests: number;
  nacks: number;
  /** Calls of `postMessage` in the exchange. */
  batches: number;
}

/** Names of the two swarms. */
export const MESSAGE_PORT_SWARM: Readonly<Record<Batch, string>> = {
  message: 'MessagePort swarm',
  turn: 'MessagePort swarm in batches',
};

/** What a `message-port-swarm-worker` does: one rank. */
export interface RankJob {
  rank: number;
  ranks: number;
  segments: number;
  seed: number;
  batch: Batch;
  /** The port to each other rank, by rank; `null` for the rank itself. */
  ports: (MessagePort | null)[];
  /** Int32 words: each rank's upload count. A rank writes its own word only. */
  uploads: SharedArrayBuffer;
  /** Int32 words: each rank's bitfield, one after the other. A rank writes its own only. */
  bitfields: SharedArrayBuffer;
}

/** What a rank reports once the tracker has stopped it. */
export interface RankReport {
  segmentsDownloaded: number;
  segmentsUploaded: number;
  requests: number;
  nacks: number;
  batches: number;
  /** Tracker only: `process.hrtime.bigint()` at the release, and at the last client's end. */
  released?: bigint;
  finished?: bigint;
}

/** A thread a rank, and a channel for each pair of them. */
const MAX_RANKS = 1024;
/** A message has 28 bits for a segment's index; memory sets this lower limit. */
const MAX_SEGMENTS = 1 << 24;

/** The tracker's rank. */
export const TRACKER = 0;
/** The rank that owns the whole file from the start. */
export const SEED = 1;

/**
 * The same swarm as bt-shm's, one worker thread a rank, with every message over a `MessagePort` in
 * place of shared rings.
 *
 *              rank 0 (tracker)
 *             /    |     \             a MessageChannel for each pair of ranks;
 *      rank 1 --- rank 2 --- rank 3    upload counts and bitfields in shared memory
 *      (seed)   \___________/          (each rank writes its own, all read them)
 *
 * Upload counts are read rather than asked for, and only ranks that hold a segment are asked for
 * it. It moves control traffic alone; segments have no bytes and no hash. With `batch: 'message'`
 * each message is posted by itself, as the protocol has it; with `'turn'` (the default) all messages
 * that a rank has for another at the end of a turn of its event loop travel together: the
 * strongest such swarm that we could write.
 *
 * @param options - size of the swarm
 * @returns segments delivered a second during the exchange, start-up not counted
 * @throws RangeError when the size is out of range; Error when a segment was not delivered, or
 * time ran out
 */
export async function messagePortSwarm(
  options: MessagePortSwarmOptions,
): Promise<MessagePortSwarmResult> {
  const { ranks, segments, seed = 1, batch = 'turn', timeoutMs = 60_000 } = options;
  if (!isWithin(ranks, 3, MAX_RANKS) || !isWithin(segments, 1, MAX_SEGMENTS)) {
    throw new RangeError(
      `messagePortSwarm: ranks=${ranks} segments=${segments}: ` +
        `expected 3 to ${MAX_RANKS} and 1 to ${MAX_SEGMENTS}`,
    );
  }
  const leechers = ranks - 2;
  const reports = await runWorkers<RankReport>(
    'message-port-swarm-worker.js',
    jobs({ ranks, segments, seed, batch }),
    timeoutMs,
  );
  const total = (
    key: 'segmentsDownloaded' | 'segmentsUploaded' | 'requests' | 'nacks' | 'batches',
  ) => reports.reduce((sum, report) => sum + report[key], 0);

  const segmentsDelivered = total('segmentsDownloaded');
  const expected = leechers * segments;
  if (segmentsDelivered !== expected || total('segmentsUploaded') !== expected) {
    throw new Error(
      `messagePortSwarm: downloaded=${segmentsDelivered} uploaded=${total('segmentsUploaded')}: ` +
        `expected ${expected}`,
    );
  }
  const { released, finished } = reports[TRACKER];
  if (released === undefined || finished === undefined) {
    throw new Error('messagePortSwarm: the tracker reported no times');
  }
  const exchangeNs = Number(finished - released);
  return {
    name: MESSAGE_PORT_SWARM[batch],
    version: NODE_VERSION,
    unit: 'segments/s',
    value: (segmentsDelivered * 1e9) / exchangeNs,
    exchangeMs: exchangeNs / 1e6,
    segmentsDelivered,
    requests: total('requests'),
    nacks: total('nacks'),
    batches: total('batches'),
  };
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

function jobs(
  swarm: Pick<RankJob, 'ranks' | 'segments' | 'seed' | 'batch'>,
): { data: RankJob; transfer: MessagePort[] }[] {
  const { ranks, segments } = swarm;
  const ports = Array.from({ length: ranks }, () =>
    new Array<MessagePort | null>(ranks).fill(null),
  );
  for (let a = 0; a < ranks; a++) {
    for (let b = a + 1; b < ranks; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a][b] = port1;
      ports[b][a] = port2;
    }
  }
  const uploads = new SharedArrayBuffer(ranks * Int32Array.BYTES_PER_ELEMENT);
  const bitfields = new SharedArrayBuffer(
    ranks * bitfieldWords(segments) * Int32Array.BYTES_PER_ELEMENT,
  );
  return ports.map((own, rank) => ({
    data: { ...swarm, rank, ports: own, uploads, bitfields },
    transfer: own.filter((port) => port !== null),
  }));
}

/**
 * Length of a bitfield.
 *
 * @param bits - segments, or ranks
 * @returns Int32 words
 */
export function bitfieldWords(bits: number): number {
  return Math.ceil(bits / 32);
}
