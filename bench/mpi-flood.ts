/**
 * What two processes can tell each other over their bridges, measured in a job of two:
 *
 *      process 0: [ main thread ] -> ring -> [ bridge ] == MPI ==> process 1: [ bridge ] -> ring -> [ main ]
 *
 * The main threads stand for the threads that host ranks; the bridges are those of any run. Segments
 * are taken over as a rank does, but not hashed: from the other process's memory, or, with
 * `BT_SHM_MPI_WINDOW=no`, from messages. Process 0 prints one figure a repetition, messages/s as
 * process 1 has seen them, as one JSON array.
 *
 *     mpirun -np 2 node dist/bench/mpi-flood.js messages|segments COUNT REPETITIONS
 */
import { findLauncher } from '../src/comm/mpi/launcher.js';
import { packageVersion } from '../src/report/environment.js';
import { RingConsumer } from '../src/ringbuf/consumer.js';
import { RingProducer } from '../src/ringbuf/producer.js';
import { DEST, PAYLOAD, SLOT_SHIFT, SOURCE } from '../src/ringbuf/ring-layout.js';
import { Tag } from '../src/roles/tags.js';
import { Board } from '../src/shm/board.js';
import { BRIDGE_NAPS, HOSTS_ENDED, PREPARE_DONE } from '../src/shm/control-layout.js';
import { wake } from '../src/shm/parking.js';
import { Cluster } from '../src/swarm/cluster/cluster.js';
import { sleepMs } from '../src/swarm/cluster/exchange.js';
import { shareContent } from '../src/swarm/cluster/shared-content.js';
import { completeConfig } from '../src/swarm/config.js';
import { syntheticWorkload } from '../src/swarm/input/index.js';
import { StoredPayload } from '../src/swarm/payload.js';
import { type SwarmPlan, fabricOf, planSwarm } from '../src/swarm/plan.js';
import { contentChunks } from '../src/swarm/prepare.js';

/** Ranks enough for rings of a usual length. */
const RANKS = 64;
const BATCH = 64;
/** More than the caches hold. */
const SEGMENTS = 4096;
const SEGMENT_BYTES = 16 * 1024;

/** How long a thread sleeps that finds a ring full, or empty. */
const PAUSE_MS = 0.05;

type Flood = 'messages' | 'segments';

async function main(flood: Flood, count: number, repetitions: number): Promise<void> {
  const cluster = await Cluster.join(findLauncher(process.env), packageVersion());
  const segmentBytes = flood === 'segments' ? SEGMENT_BYTES : 0;
  const config = completeConfig({
    ranks: RANKS,
    threads: 1,
    segments: SEGMENTS,
    segmentBytes,
    verify: 'none',
  });
  const workload = syntheticWorkload(config);
  const laidOut = planSwarm(config, workload, undefined, cluster.seat);
  const plan = await shareContent(laidOut, cluster);
  new Board(plan.slab, plan.board).alive.fill(1);
  // Nothing is to be made ready: the bytes of the cells are what they are.
  const words = new Int32Array(plan.slab);
  Atomics.store(words, plan.controlOffset + PREPARE_DONE, contentChunks(plan));
  const owners = workload.files.map(() => [1]);
  const bridging = cluster.bridge(plan, owners);
  const total = count * repetitions;
  const rates =
    cluster.process === 0
      ? (send(plan, flood, total), [])
      : receive(plan, flood, count, repetitions);
  Atomics.store(words, plan.controlOffset + HOSTS_ENDED, 1);
  await bridging;
  const gathered = await cluster.gather(rates);
  if (cluster.process === 0) process.stdout.write(`${JSON.stringify(gathered[1])}\n`);
  await cluster.leave();
}

function tagOf(flood: Flood): Tag {
  return flood === 'segments' ? Tag.SegmentAnswer : Tag.SegmentRequest;
}

function send(plan: SwarmPlan, flood: Flood, total: number): void {
  const { channels, control } = fabricOf(plan);
  const words = new Int32Array(plan.slab);
  const bridge = plan.config.threads;
  const self = control.threadOffset(bridge + 1);
  const channel = bridge * channels.tags + tagOf(flood);
  const producer = new RingProducer(
    words,
    channels.bases[channel],
    channels.capacities[channel],
    self,
  );
  for (let message = 0; message < total; message += BATCH) {
    while (!producer.claim(BATCH)) pause(plan);
    for (let index = 0; index < BATCH; index++) {
      const slot = producer.slot(index);
      words[slot + SOURCE] = 1;
      words[slot + DEST] = RANKS - 1;
      words[slot + PAYLOAD] = message + index;
      words[slot + PAYLOAD + 1] = 0;
      words[slot + PAYLOAD + 2] = (message + index) % SEGMENTS;
      words[slot + PAYLOAD + 3] = SEGMENT_BYTES;
    }
    producer.commit();
    wake(words, control.threadOffset(bridge), self);
  }
}

/** Sleeps a little, as a thread with ranks does that has nothing left to do. */
function pause({ slab, controlOffset }: SwarmPlan): void {
  const words = new Int32Array(slab);
  Atomics.store(words, controlOffset + BRIDGE_NAPS, 0);
  Atomics.notify(words, controlOffset + BRIDGE_NAPS);
  sleepMs(PAUSE_MS);
}

/** Takes in what comes, in order, and gives the rate of each repetition. */
function receive(plan: SwarmPlan, flood: Flood, count: number, repetitions: number): number[] {
  const { channels } = fabricOf(plan);
  const words = new Int32Array(plan.slab);
  const channel = tagOf(flood);
  const consumer = new RingConsumer(words, channels.bases[channel], channels.capacities[channel]);
  const payload = flood === 'segments' ? takeOver(plan) : undefined;
  const rates: number[] = [];
  let startedMs = 0;
  let expected = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const end = expected + count; expected < end;) {
      const ready = Math.min(consumer.ready(), end - expected);
      if (ready === 0) pause(plan);
      for (let index = 0; index < ready; index++) {
        const slot = consumer.slot() + (index << SLOT_SHIFT);
        if (words[slot + PAYLOAD] !== expected) throw new Error(`message ${expected} is not there`);
        payload?.(expected % SEGMENTS, words[slot + PAYLOAD + 2]);
        expected++;
      }
      consumer.advance(ready);
      consumer.release();
    }
    const nowMs = performance.now();
    // The first repetition has the start of the job in it.
    if (repetition > 0) rates.push((count * 1000) / (nowMs - startedMs));
    startedMs = nowMs;
  }
  return rates;
}

/** Takes a segment over from the cell that it has come to, and makes room for the next one there. */
function takeOver(plan: SwarmPlan): (segment: number, cell: number) => void {
  const words = new Int32Array(plan.slab);
  const accept = new StoredPayload(plan, new Board(plan.slab, plan.board), 0).acceptance();
  const { firstCell = 0, cells = 0, takenOffset = 0 } = plan.cluster?.landing ?? {};
  return (segment, cell) => {
    if (!accept(RANKS - 1, segment, cell, SEGMENT_BYTES)) throw new Error(`refused: ${segment}`);
    const landed = cell - firstCell;
    if (landed >= 0 && landed < cells) Atomics.store(words, takenOffset + landed, 0);
  };
}

const [flood, count, repetitions] = process.argv.slice(2);
void main(flood as Flood, Number(count), Number(repetitions));
