/** A thread that hashes for others, on this thread: what it makes of segments, and whom it wakes. */
import { createRequire } from 'node:module';
import * as path from 'node:path';
import t from 'tap';
import { RingConsumer } from '../../src/ringbuf/consumer.js';
import { RingProducer } from '../../src/ringbuf/producer.js';
import { DEST, NOBODY, PAYLOAD, SLOT_WORDS, SOURCE } from '../../src/ringbuf/ring-layout.js';
import type * as KernelModule from '../../src/roles/kernel.js';
import { RIGHT, TAG_COUNT, Tag, WRONG } from '../../src/roles/tags.js';
import { ABORT, HOSTS_ENDED, STATE } from '../../src/shm/control-layout.js';
import { ADMITTED, CALLED } from '../../src/shm/control-words.js';
import { WORD_BYTES } from '../../src/shm/layout.js';
import { completeConfig } from '../../src/swarm/config.js';
import { syntheticWorkload } from '../../src/swarm/input/index.js';
import type * as OpenKernel from '../../src/swarm/open-kernel.js';
import type * as Plan from '../../src/swarm/plan.js';
import { IDLE_HOST } from '../../src/swarm/virtual/validate/idle-host.js';

// The kernel lies beside the compiled code: `npm test` builds it first.
const load = createRequire(__filename);
const compiled = path.join(__dirname, '../../dist/src');
const { planSwarm, fabricOf } = load(path.join(compiled, 'swarm/plan.js')) as typeof Plan;
const { openSwarm } = load(path.join(compiled, 'swarm/open-kernel.js')) as typeof OpenKernel;
const { instantiateKernel } = load(path.join(compiled, 'roles/kernel.js')) as typeof KernelModule;

const BYTES = 64;

/** A segment as its upload answers with it. */
interface Answer {
  readonly source: number;
  readonly dest: number;
  readonly segment: number;
  readonly ticket: number;
  readonly verdict?: number;
}

/**
 * The only thread that hashes for three clients with a thread each.
 *
 * @param batch - segments hashed before anybody is told
 * @param wrong - the segment whose bytes are wrong
 */
function hasher(batch: number, wrong = -1) {
  const ranks = 4;
  const config = completeConfig({
    ...{ ranks, threads: ranks, segments: 1000, segmentBytes: BYTES, hashThreads: 1 },
  });
  const plan = planSwarm(config, syntheticWorkload(config));
  const words = new Int32Array(plan.slab);
  const { channels, control } = fabricOf(plan);
  const self = ranks;
  const hashed: number[] = [];
  const ahead: number[] = [];
  const kernel = instantiateKernel(plan.kernel, plan.memory, {
    ...IDLE_HOST,
    accept: (_rank, segment) => {
      hashed.push(segment);
      return segment !== wrong;
    },
    lookAhead: (cell) => ahead.push(cell),
  });
  openSwarm(kernel, plan, self);
  const address = (word: number): number => (plan.controlOffset + word) * WORD_BYTES;
  kernel.openHasher(batch, address(ABORT), address(HOSTS_ENDED));
  const ringOf = (thread: number, tag: Tag): [number, number] => {
    const channel = thread * TAG_COUNT + tag;
    return [channels.bases[channel], channels.capacities[channel]];
  };
  const conductor = control.threadOffset(self + 1);
  const publish = (tag: Tag, source: number, dest: number, payload: number[]): void => {
    const producer = new RingProducer(words, ...ringOf(self, tag), conductor);
    const message = new Int32Array(SLOT_WORDS);
    message[SOURCE] = source;
    message[DEST] = dest;
    message.set(payload, PAYLOAD);
    if (!producer.publish(message, 0, 1)) throw new Error('the ring is full');
  };
  return {
    kernel,
    hashed,
    ahead,
    /** Segments lie in the cells with their numbers. */
    answer: ({ source, dest, segment, ticket }: Answer) =>
      publish(Tag.SegmentAnswer, source, dest, [segment, ticket, segment, BYTES]),
    die: (rank: number) => publish(Tag.RankDied, rank, -1, [rank]),
    leaveVoid: () => publish(Tag.SegmentAnswer, 1, NOBODY, [0, 0, 0, BYTES]),
    toldOfDeath: (rank: number): number[] => {
      const consumer = new RingConsumer(words, ...ringOf(rank, Tag.RankDied));
      return Array.from({ length: consumer.ready() }, (_, index) => {
        return words[consumer.slot() + index * SLOT_WORDS + PAYLOAD];
      });
    },
    stateOf: (rank: number) => control.threadOffset(rank) + STATE,
    abort: () => Atomics.store(words, plan.controlOffset + ABORT, 1),
    words,
    /** What a rank is told. */
    told: (rank: number): Answer[] => {
      const consumer = new RingConsumer(words, ...ringOf(rank, Tag.SegmentAnswer));
      const answers: Answer[] = [];
      while (consumer.ready() > 0) {
        const slot = consumer.slot();
        const [segment, ticket, cell, bytes, verdict] = words.subarray(slot + PAYLOAD);
        if (cell !== segment || bytes !== BYTES) throw new Error('not as it was sent');
        answers.push({
          ...{ source: words[slot + SOURCE], dest: words[slot + DEST], segment, ticket, verdict },
        });
        consumer.advance(1);
      }
      return answers;
    },
  };
}

t.test('segments are hashed in the order of their cells, and sent on with a verdict', (t) => {
  const { kernel, answer, hashed, ahead, told } = hasher(8, 7);
  answer({ source: 1, dest: 2, segment: 900, ticket: 3 });
  answer({ source: 3, dest: 1, segment: 7, ticket: 1 });
  answer({ source: 1, dest: 2, segment: 20, ticket: 4 });
  t.equal(kernel.hashReceived(), 3);
  t.same(hashed, [7, 20, 900]);
  t.same(ahead, hashed, 'each is looked for before it is hashed');
  t.same(told(2), [
    { source: 1, dest: 2, segment: 20, ticket: 4, verdict: RIGHT },
    { source: 1, dest: 2, segment: 900, ticket: 3, verdict: RIGHT },
  ]);
  t.same(told(1), [{ source: 3, dest: 1, segment: 7, ticket: 1, verdict: WRONG }]);
  t.equal(kernel.hashReceived(), 0);
  t.end();
});

t.test('a batch at a time, and nothing once the run is given up', (t) => {
  const { kernel, answer, hashed, told, abort } = hasher(2);
  for (let segment = 0; segment < 5; segment++) {
    answer({ source: 1, dest: 2, segment, ticket: segment });
  }
  t.equal(kernel.hashReceived(), 2);
  t.equal(told(2).length, 2);
  abort();
  kernel.hashReceived();
  t.same(hashed, [0, 1]);
  t.equal(told(2).length, 2);
  t.end();
});

t.test('of a death others are told after all that the dead had sent', (t) => {
  const { kernel, answer, die, told, toldOfDeath } = hasher(2);
  for (let segment = 0; segment < 3; segment++) {
    answer({ source: 2, dest: 3, segment, ticket: segment });
  }
  die(2);
  answer({ source: 1, dest: 2, segment: 9, ticket: 0 });
  t.equal(kernel.hashReceived(), 2);
  t.same(toldOfDeath(3), []);
  t.equal(kernel.hashReceived(), 2);
  t.equal(told(3).length, 3);
  for (const rank of [0, 1, 3]) t.same(toldOfDeath(rank), [2]);
  t.same(told(2), [], 'nothing comes to the dead');
  t.end();
});

t.test('a slot whose sender died before it was filled is passed over', (t) => {
  const { kernel, answer, leaveVoid, hashed, told } = hasher(8);
  leaveVoid();
  answer({ source: 1, dest: 2, segment: 4, ticket: 0 });
  t.equal(kernel.hashReceived(), 2);
  t.same(hashed, [4]);
  t.equal(told(2).length, 1);
  t.end();
});

t.test('ranks that were called sleep on while there is enough to hash, then wake in turn', (t) => {
  const { kernel, answer, stateOf, words } = hasher(64);
  const states = (): number[] => [1, 2, 3].map((rank) => Atomics.load(words, stateOf(rank)));
  for (let count = 0; count < 256; count++) {
    answer({ source: 1, dest: 0, segment: count, ticket: count });
  }
  for (const rank of [1, 2, 3]) Atomics.store(words, stateOf(rank), CALLED);
  kernel.hashReceived();
  t.same(states(), [CALLED, CALLED, CALLED], '192 wait to be hashed');
  kernel.hashReceived();
  t.same(states(), [CALLED, CALLED, CALLED], '128 do');
  kernel.hashReceived();
  t.same(states(), [ADMITTED, CALLED, CALLED], 'the first one wakes, who calls the next');
  kernel.hashReceived();
  t.same(states(), [ADMITTED, ADMITTED, CALLED]);
  Atomics.store(words, stateOf(1), CALLED);
  kernel.hashReceived();
  t.same(states(), [CALLED, ADMITTED, ADMITTED], 'nobody comes twice before the others');
  t.end();
});
