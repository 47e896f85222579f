import fc from 'fast-check';
import t from 'tap';

import { RingConsumer } from '../../src/ringbuf/consumer.js';
import { RingProducer, voidAbandonedClaim } from '../../src/ringbuf/producer.js';
import {
  DEST,
  NOBODY,
  PAYLOAD,
  SLOT_WORDS,
  ringWords,
  startRingAt,
} from '../../src/ringbuf/ring-layout.js';
import {
  CLAIM_COUNT,
  CLAIM_POSITION,
  CLAIM_RING,
  ControlLayout,
} from '../../src/shm/control-layout.js';
import { Carver, WORD_BYTES, type Words } from '../../src/shm/layout.js';

const CAPACITY = 8;

/** Two rings and four threads; thread 0 is the one that dies. */
class Scene {
  readonly words: Words;
  readonly bases: readonly number[];
  readonly blocks: readonly number[];
  readonly consumer: RingConsumer;

  constructor(startAt = 0) {
    const carver = new Carver();
    const control = ControlLayout.carve(carver, 4);
    this.blocks = [0, 1, 2, 3].map((thread) => control.threadOffset(thread));
    this.bases = [0, 1].map(() => carver.reserve(ringWords(CAPACITY)));
    this.words = new Int32Array(new SharedArrayBuffer(carver.totalWords * WORD_BYTES));
    for (const base of this.bases) startRingAt(this.words, base, CAPACITY, startAt);
    this.consumer = new RingConsumer(this.words, this.bases[0], CAPACITY);
  }

  producer(thread: number, ring = 0): RingProducer {
    return new RingProducer(this.words, this.bases[ring], CAPACITY, this.blocks[thread]);
  }

  /** Publishes messages to rank 7 with `values` as payload. */
  publish(thread: number, values: readonly number[], ring = 0): boolean {
    const slots = new Int32Array(values.length * SLOT_WORDS);
    values.forEach((value, index) => {
      slots[index * SLOT_WORDS + DEST] = 7;
      slots[index * SLOT_WORDS + PAYLOAD] = value;
    });
    return this.producer(thread, ring).publish(slots, 0, values.length);
  }

  voidClaimOf(dead: number, living: readonly number[]): string {
    return voidAbandonedClaim(
      this.words,
      this.blocks[dead],
      living.map((thread) => this.blocks[thread]),
      () => CAPACITY,
    );
  }

  /** Reads and releases everything: payloads, and `nobody` for slots without a message. */
  read(): (number | 'nobody')[] {
    const { consumer, words } = this;
    const found: (number | 'nobody')[] = [];
    for (let count = consumer.ready(); count > 0; count = consumer.ready()) {
      const slot = consumer.slot();
      for (let index = 0; index < count; index++) {
        const at = slot + index * SLOT_WORDS;
        found.push(words[at + DEST] === NOBODY ? 'nobody' : words[at + PAYLOAD]);
      }
      consumer.advance(count);
    }
    consumer.release();
    return found;
  }
}

t.test('who has never claimed leaves nothing behind', (t) => {
  const scene = new Scene();
  scene.publish(1, [1]);
  t.equal(scene.voidClaimOf(0, [1, 2]), 'none');
  t.strictSame(scene.read(), [1]);
  t.end();
});

t.test('who died with everything published leaves nothing behind', (t) => {
  const scene = new Scene();
  scene.publish(0, [1, 2]);
  t.equal(scene.voidClaimOf(0, [1, 2]), 'none', 'not read yet');
  t.strictSame(scene.read(), [1, 2]);
  t.equal(scene.voidClaimOf(0, [1, 2]), 'none', 'read');
  scene.publish(1, [3, 4, 5, 6, 7, 8, 9]);
  t.equal(scene.voidClaimOf(0, [1, 2]), 'none', 'overwritten a lap later');
  t.strictSame(scene.read(), [3, 4, 5, 6, 7, 8, 9]);
  t.end();
});

t.test('who died after a full ring refused the claim leaves nothing behind', (t) => {
  const scene = new Scene();
  scene.publish(0, [1]);
  scene.publish(1, [2, 3, 4, 5, 6, 7]);
  t.equal(scene.producer(0).claim(2), false);
  t.equal(scene.voidClaimOf(0, [1]), 'none');
  t.strictSame(scene.read(), [1, 2, 3, 4, 5, 6, 7]);
  t.end();
});

t.test('a claim that nobody will commit is voided, and the ring flows on', (t) => {
  for (const startAt of [0, 6, 2 ** 31 - 2, 2 ** 32 - 2]) {
    const scene = new Scene(startAt);
    scene.publish(1, [1]);
    const dying = scene.producer(0);
    t.ok(dying.claim(3));
    // It has come as far as its second slot.
    scene.words[dying.slot(0) + DEST] = 7;
    scene.words[dying.slot(1) + DEST] = 7;
    scene.publish(1, [5, 6]);
    t.strictSame(scene.read(), [1], 'the claim holds up what came later');
    t.equal(scene.voidClaimOf(0, [1, 2]), 'voided');
    t.strictSame(scene.read(), ['nobody', 'nobody', 'nobody', 5, 6]);
    t.equal(scene.voidClaimOf(0, [1, 2]), 'none', 'a second look finds it done');
    for (let lap = 0; lap < 5; lap++) {
      t.ok(scene.publish(2, [10, 11, 12, 13, 14, 15, 16, 17]));
      t.equal(scene.voidClaimOf(0, [1, 2]), 'none');
      t.strictSame(scene.read(), [10, 11, 12, 13, 14, 15, 16, 17]);
    }
  }
  t.end();
});

t.test('a claim of the whole ring is voided, too', (t) => {
  const scene = new Scene(5);
  t.ok(scene.producer(0).claim(CAPACITY));
  t.equal(scene.voidClaimOf(0, []), 'voided');
  t.strictSame(scene.read(), new Array(CAPACITY).fill('nobody'));
  t.end();
});

t.test('while a living thread names the same position, it is undecided whose claim it is', (t) => {
  const scene = new Scene();
  // Thread 0 noted what it was about to claim and died; thread 1 was faster.
  const living = scene.producer(1);
  t.ok(living.claim(2));
  scene.words[scene.blocks[0] + CLAIM_POSITION] = 0;
  scene.words[scene.blocks[0] + CLAIM_COUNT] = 3;
  scene.words[scene.blocks[0] + CLAIM_RING] = scene.bases[0] + 1;
  t.equal(scene.voidClaimOf(0, [1, 2]), 'undecided');
  t.strictSame(scene.read(), [], 'the living claim is left alone');
  scene.words[living.slot(0) + DEST] = 7;
  scene.words[living.slot(0) + PAYLOAD] = 1;
  scene.words[living.slot(1) + DEST] = 7;
  scene.words[living.slot(1) + PAYLOAD] = 2;
  living.commit();
  t.equal(scene.voidClaimOf(0, [1, 2]), 'none', 'it was the living one');
  t.strictSame(scene.read(), [1, 2]);
  t.end();
});

t.test('once the living thread has moved on, the claim was the dead one and is voided', (t) => {
  const scene = new Scene();
  t.ok(scene.producer(0).claim(2));
  // Thread 1 had noted the same position, and lost the compare-exchange.
  scene.words[scene.blocks[1] + CLAIM_POSITION] = 0;
  scene.words[scene.blocks[1] + CLAIM_COUNT] = 1;
  scene.words[scene.blocks[1] + CLAIM_RING] = scene.bases[0] + 1;
  t.equal(scene.voidClaimOf(0, [1]), 'undecided');
  scene.publish(1, [3]);
  t.equal(scene.voidClaimOf(0, [1]), 'voided');
  t.strictSame(scene.read(), ['nobody', 'nobody', 3]);
  t.end();
});

t.test('a thread whose claim was refused for want of room contests nothing', (t) => {
  const scene = new Scene();
  t.ok(scene.producer(0).claim(2));
  // Thread 1 had noted the same position, lost the compare-exchange, and then found no room.
  scene.words[scene.blocks[1] + CLAIM_POSITION] = 0;
  scene.words[scene.blocks[1] + CLAIM_COUNT] = 1;
  scene.words[scene.blocks[1] + CLAIM_RING] = scene.bases[0] + 1;
  t.ok(scene.publish(2, [1, 2, 3, 4, 5, 6]));
  t.equal(scene.producer(1).claim(1), false);
  t.equal(scene.voidClaimOf(0, [1, 2]), 'voided');
  t.strictSame(scene.read(), ['nobody', 'nobody', 1, 2, 3, 4, 5, 6]);
  t.end();
});

t.test('the same position of another ring contests nothing', (t) => {
  const scene = new Scene();
  t.ok(scene.producer(0, 0).claim(2));
  t.ok(scene.producer(1, 1).claim(2));
  t.equal(scene.voidClaimOf(0, [1]), 'voided');
  t.strictSame(scene.read(), ['nobody', 'nobody']);
  t.end();
});

t.test('who died between the note and the claim leaves nothing behind', (t) => {
  const scene = new Scene();
  scene.publish(1, [1]);
  scene.words[scene.blocks[0] + CLAIM_POSITION] = 1;
  scene.words[scene.blocks[0] + CLAIM_COUNT] = 3;
  scene.words[scene.blocks[0] + CLAIM_RING] = scene.bases[0] + 1;
  t.equal(scene.voidClaimOf(0, [1, 2]), 'none');
  scene.publish(1, [2]);
  t.strictSame(scene.read(), [1, 2]);
  t.end();
});

t.test('of several dead threads each claim is voided in whatever order they are buried', (t) => {
  const inAnyOrder = fc.property(
    fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
    fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 3, maxLength: 3 }),
    fc.nat(2 ** 31),
    (order, sizes, startAt) => {
      const scene = new Scene(startAt * 2);
      sizes.forEach((count, thread) => scene.producer(thread).claim(count));
      scene.publish(3, [9]);
      const found = order.map((thread) => scene.voidClaimOf(thread, [3]));
      const claimed = sizes.reduce((sum, count) => sum + count, 0);
      const expected = [...new Array<string>(claimed).fill('nobody'), 9];
      const read = scene.read();
      return (
        found.every((result) => result === 'voided') &&
        read.length === expected.length &&
        read.every((value, index) => value === expected[index])
      );
    },
  );
  t.doesNotThrow(() => fc.assert(inAnyOrder));
  t.end();
});
