/** Section "channel": two threads and the rings between them, beside MPI and Node's own channels. */
import {
  type ChannelSize,
  SEGMENT_BYTES,
  channelRate,
  channelRoundTrip,
  referenceRate,
} from './channel.js';
import { mpiPeers } from './peers/mpi.js';
import { type PeerResult, NODE_VERSION, SMALL_MESSAGE_BYTES } from './peers/peer.js';
import { postMessageRate, postMessageRoundTrip } from './peers/post-message.js';
import { ringbufJsPeers } from './peers/ringbuf-js.js';
import {
  type Comparison,
  type Measurement,
  atLeast,
  atMost,
  judge,
  pickPeer,
  middle,
} from './report.js';
import { type BenchContext, type Section, peersOrSkip, sampled } from './section.js';
import { formatFigure } from './table.js';
import { type WakeUps, measureWakeUps } from './wake-up.js';

const BATCH = 64;
const OPEN_MPI = 'Open MPI';
const MPICH = 'MPICH';
const SMALL = `${SMALL_MESSAGE_BYTES} B`;
const SMALL_ONE_WAY = `one way, ${SMALL}`;

interface Sizes {
  readonly batched: ChannelSize;
  readonly single: ChannelSize;
  readonly references: ChannelSize;
  readonly roundTrips: number;
  readonly repetitions: number;
  readonly wakeUps: number;
  readonly wakeUpRounds: number;
}

/** Sizes for which a repetition takes 10 to 40 ms. */
function sizesFor(quick: boolean): Sizes {
  const repetitions = quick ? 9 : 25;
  return {
    batched: { messages: BATCH * 20_000, batch: BATCH, repetitions },
    single: { messages: 320_000, batch: 1, repetitions },
    references: { messages: BATCH * 5_000, batch: BATCH, repetitions },
    roundTrips: 50_000,
    repetitions,
    wakeUps: 400,
    wakeUpRounds: quick ? 3 : 9,
  };
}

/** Channels between two threads. */
export const channelSection: Section = {
  name: 'channel',
  title: 'channel: one thread to another',
  run: async ({ quick, progress }: BenchContext) => {
    const sizes = sizesFor(quick);
    const askMpi = (): Promise<readonly PeerResult[]> => {
      progress.show('channel: Open MPI and MPICH');
      return peersOrSkip(OPEN_MPI, 'msg/s', mpiPeers);
    };
    const before = await askMpi();
    progress.show('channel: postMessage and ringbuf.js');
    const node = await nodePeers();
    progress.show('channel: rings');
    const measured = await measureRings(sizes);
    // A spinning rank suffers most from others on its core: the better of two runs counts.
    const mpi = quick ? before : bestOf(before, await askMpi());
    const compared = measured.map((measurement, index) => ({
      ...measurement,
      comparisons: comparisonsOf(RINGS[index], mpi, node),
    }));
    progress.show('channel: wake-ups');
    return [...compared, ...(await wakeUps(sizes))];
  },
};

async function nodePeers(): Promise<PeerResult[]> {
  return [
    ...(await peersOrSkip('postMessage', 'msg/s', async () => [await postMessageRate()])),
    ...(await peersOrSkip('postMessage', 'ns', async () => [await postMessageRoundTrip()])),
    ...(await peersOrSkip('ringbuf.js', 'msg/s', ringbufJsPeers)),
  ];
}

/** What is measured of the rings, in this order. */
const RINGS = ['batched', 'single', 'round trip', 'by reference'] as const;

async function measureRings(sizes: Sizes): Promise<Measurement[]> {
  const { batched, single, references, roundTrips, repetitions } = sizes;
  return [
    await sampled({ name: `${SMALL}, batches of ${BATCH}`, unit: 'msg/s' }, () =>
      channelRate(batched),
    ),
    await sampled({ name: `${SMALL}, one publish each`, unit: 'msg/s' }, () => channelRate(single)),
    await sampled({ name: `${SMALL}, round trip, spinning`, unit: 'ns' }, () =>
      channelRoundTrip(roundTrips, repetitions),
    ),
    withBytes(
      await sampled({ name: '16 KiB by reference', unit: 'msg/s' }, () =>
        referenceRate(references),
      ),
    ),
  ];
}

function comparisonsOf(
  ring: (typeof RINGS)[number],
  mpi: readonly PeerResult[],
  node: readonly PeerResult[],
): Comparison[] {
  switch (ring) {
    case 'batched':
      return [
        { peer: pickPeer(mpi, OPEN_MPI, SMALL_ONE_WAY), target: atLeast(2) },
        { peer: pickPeer(mpi, MPICH, SMALL_ONE_WAY) },
        { peer: pickPeer(node, 'postMessage', 'one way'), target: atLeast(50) },
        { peer: pickPeer(node, 'ringbuf.js', 'in batches') },
      ];
    case 'single':
      return [
        { peer: pickPeer(mpi, OPEN_MPI, SMALL_ONE_WAY), target: atLeast(1) },
        { peer: pickPeer(mpi, MPICH, SMALL_ONE_WAY) },
        { peer: pickPeer(node, 'ringbuf.js', 'one by one') },
      ];
    case 'round trip':
      return [
        { peer: pickPeer(mpi, OPEN_MPI, 'round trip'), target: atMost(1) },
        { peer: pickPeer(mpi, MPICH, 'round trip') },
        { peer: pickPeer(node, 'postMessage', 'round trip') },
      ];
    case 'by reference':
      return [
        { peer: perMessage(pickPeer(mpi, OPEN_MPI, '16 KiB')), target: atLeast(5) },
        { peer: perMessage(pickPeer(mpi, MPICH, '16 KiB')) },
      ];
  }
}

function withBytes(measurement: Measurement): Measurement {
  const { figure } = judge(measurement);
  if (figure === undefined) return measurement;
  const bytes = formatFigure(figure * SEGMENT_BYTES, 'B/s');
  const note = `${bytes} handed over, of each segment two words read; MPI copies each byte`;
  return { ...measurement, notes: [note] };
}

function bestOf(before: readonly PeerResult[], after: readonly PeerResult[]): PeerResult[] {
  // The name may go on with a setting that was the faster one this time.
  return after.map((result) => {
    const [start] = result.name.split(', without ', 1);
    return betterOf(result, pickPeer(before, start));
  });
}

function betterOf(one: PeerResult, other: PeerResult): PeerResult {
  if (other.value === undefined) return one;
  if (one.value === undefined) return other;
  const isOneBetter = one.unit === 'ns' ? one.value < other.value : one.value > other.value;
  return isOneBetter ? one : other;
}

/** A peer's B/s as messages/s. */
function perMessage(peer: PeerResult): PeerResult {
  return peer.value === undefined
    ? { ...peer, unit: 'msg/s' }
    : { ...peer, unit: 'msg/s', value: peer.value / SEGMENT_BYTES };
}

async function wakeUps({ wakeUps: count, wakeUpRounds }: Sizes): Promise<Measurement[]> {
  const rounds: WakeUps[] = [];
  const measured = await sampled(
    { name: 'wake-up of a parked thread, p50', unit: 'ns' },
    async () => {
      for (let round = 0; round < wakeUpRounds; round++) rounds.push(await measureWakeUps(count));
      return rounds.map(({ parkedNs }) => parkedNs);
    },
  );
  const peer: PeerResult = {
    name: 'Atomics.wait and notify, p50',
    version: NODE_VERSION,
    unit: 'ns',
    ...(rounds.length > 0
      ? { value: middle(rounds.map(({ bareNs }) => bareNs)) }
      : { skipped: 'not measured' }),
  };
  return [
    { ...measured, comparisons: [{ peer, target: atMost(1.2) }] },
    {
      name: 'missed wake-ups',
      unit: 'wake-ups',
      samples: rounds.map(({ missed }) => missed),
      summary: 'total',
      target: atMost(0),
    },
  ];
}
