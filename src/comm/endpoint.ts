/**
 * A thread's end of all channels: what its ranks send is gathered by destination thread and tag
 * and published in batches; what arrives for them is handed on in batches.
 *
 * Messages between ranks of one thread take the same path without the ring: they wait in the
 * gathering buffer until the thread's next turn, and cost no atomic operation.
 */
import { assert } from '../assert.js';
import type { ChannelLayout } from '../ringbuf/channels.js';
import { RingConsumer } from '../ringbuf/consumer.js';
import { RingProducer } from '../ringbuf/producer.js';
import { DEST, PAYLOAD, SLOT_SHIFT, SLOT_WORDS, SOURCE } from '../ringbuf/ring-layout.js';
import { lowestBit } from '../shm/bits.js';
import type { ControlLayout } from '../shm/control-layout.js';
import { SPACE_WANTED, WAITER_BITS } from '../shm/control-words.js';
import { type Words, powerOfTwoAtLeast } from '../shm/layout.js';
import { wake } from '../shm/parking.js';
import type { Placement } from './placement.js';

/** Messages that one destination's buffer gathers before they are published early. */
const BATCH = 32;

/** Everything a thread needs to open its endpoint. */
export interface Fabric {
  readonly slab: SharedArrayBuffer;
  readonly control: ControlLayout;
  readonly channels: ChannelLayout;
  readonly placement: Placement;
}

/** Takes the messages that {@link Endpoint.receive} finds. */
export interface Receiver {
  /**
   * Handles `count` messages laid out as slots from word `at` of `words`; they are the caller's
   * only until it returns.
   */
  deliver(tag: number, words: Int32Array, at: number, count: number): void;
}

/** A growing buffer of slots. */
class SlotBuffer {
  words: Int32Array;
  count = 0;

  constructor(capacity: number) {
    this.words = new Int32Array(capacity * SLOT_WORDS);
  }

  /** Word offset of a slot to fill. */
  append(): number {
    const at = this.count << SLOT_SHIFT;
    if (at === this.words.length) this.grow();
    this.count++;
    return at;
  }

  /** Drops the first `count` slots. */
  drop(count: number): void {
    this.words.copyWithin(0, count << SLOT_SHIFT, this.count << SLOT_SHIFT);
    this.count -= count;
  }

  private grow(): void {
    const grown = new Int32Array(this.words.length * 2);
    grown.set(this.words);
    this.words = grown;
  }
}

export class Endpoint {
  readonly words: Words;
  /** Offset of this thread's control block. */
  readonly control: number;
  /** Messages sent by the ranks of this thread. */
  sent = 0;

  private readonly tags: number;
  private readonly threadOf: Int32Array;
  private readonly consumers: RingConsumer[] = [];
  private readonly producers: (RingProducer | undefined)[];
  private readonly outgoing: (SlotBuffer | undefined)[];
  /** For each tag: what is being handed to ranks of this thread, swapped with the gathering one. */
  private readonly incoming: SlotBuffer[] = [];
  private readonly local: SlotBuffer[] = [];
  private localCount = 0;
  /** Channels (thread * tags + tag) with something gathered, in the order they came to have it. */
  private readonly dirty: number[] = [];
  /** Channels that had no room; they are tried again when their consumer has made some. */
  private readonly blocked: number[] = [];
  private readonly wakeList: number[] = [];
  private readonly wakePending: Uint8Array;
  private readonly isGone: Uint8Array;

  constructor(
    private readonly fabric: Fabric,
    readonly thread: number,
  ) {
    const { slab, control, channels, placement } = fabric;
    this.words = new Int32Array(slab);
    this.control = control.threadOffset(thread);
    this.tags = channels.tags;
    this.threadOf = placement.threadOfRanks();
    for (let tag = 0; tag < channels.tags; tag++) {
      const index = thread * channels.tags + tag;
      this.consumers.push(
        new RingConsumer(this.words, channels.bases[index], channels.capacities[index]),
      );
      this.incoming.push(new SlotBuffer(8));
      this.local.push(new SlotBuffer(8));
    }
    const count = channels.threads * channels.tags;
    this.producers = new Array<RingProducer | undefined>(count).fill(undefined);
    this.outgoing = new Array<SlotBuffer | undefined>(count).fill(undefined);
    this.wakePending = new Uint8Array(channels.threads);
    this.isGone = new Uint8Array(channels.threads);
  }

  /**
   * Sends one message of up to five payload words from a rank of this thread. Never blocks and
   * never fails: what finds no room waits here, in order, and {@link flush} says so.
   */
  send(
    tag: number,
    source: number,
    dest: number,
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
  ): void {
    const thread = this.threadOf[dest];
    let buffer: SlotBuffer;
    if (thread === this.thread) {
      buffer = this.local[tag];
      this.localCount++;
    } else {
      buffer = this.gather(thread * this.tags + tag);
    }
    const at = buffer.append();
    const { words } = buffer;
    words[at + SOURCE] = source;
    words[at + DEST] = dest;
    words[at + PAYLOAD] = a;
    words[at + PAYLOAD + 1] = b;
    words[at + PAYLOAD + 2] = c;
    words[at + PAYLOAD + 3] = d;
    words[at + PAYLOAD + 4] = e;
    this.sent++;
  }

  /**
   * Publishes one message at once or not at all, for callers that keep what finds no room. Wakes
   * nobody, nor does {@link wakeReceivers} for it: the caller wakes the one thread it has sent to.
   *
   * @returns false when the channel has no room, or when earlier messages wait here for it
   */
  trySend(
    tag: number,
    source: number,
    dest: number,
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
  ): boolean {
    const thread = this.threadOf[dest];
    if (thread === this.thread) {
      this.send(tag, source, dest, a, b, c, d, e);
      return true;
    }
    if (this.isGone[thread] !== 0) return true;
    const channel = thread * this.tags + tag;
    const earlier = this.outgoing[channel];
    if (earlier !== undefined && earlier.count > 0) return false;
    const producer = this.producer(channel);
    if (!producer.claim(1)) return false;
    const { words } = this;
    const at = producer.slot(0);
    words[at + SOURCE] = source;
    words[at + DEST] = dest;
    words[at + PAYLOAD] = a;
    words[at + PAYLOAD + 1] = b;
    words[at + PAYLOAD + 2] = c;
    words[at + PAYLOAD + 3] = d;
    words[at + PAYLOAD + 4] = e;
    producer.commit();
    this.sent++;
    return true;
  }

  private gather(channel: number): SlotBuffer {
    let buffer = this.outgoing[channel];
    if (buffer === undefined) {
      buffer = new SlotBuffer(BATCH);
      this.outgoing[channel] = buffer;
    }
    if (buffer.count === 0) this.dirty.push(channel);
    return buffer;
  }

  /** Messages waiting for ranks of this thread from ranks of this thread. */
  get localWaiting(): number {
    return this.localCount;
  }

  /**
   * Publishes what was gathered. Nobody is woken yet: {@link wakeReceivers} does that, when the
   * thread has nothing left to do or its receivers have waited long enough.
   *
   * @returns false while some channel has no room for what waits here
   */
  flush(): boolean {
    const { dirty, blocked } = this;
    if (blocked.length > 0) {
      for (const channel of blocked) dirty.push(channel);
      blocked.length = 0;
    }
    for (const channel of dirty) {
      if (!this.publish(channel)) blocked.push(channel);
    }
    dirty.length = 0;
    return blocked.length === 0;
  }

  /** `rank` has died, and its thread with it: nothing is sent there any more. */
  forget(rank: number): void {
    this.isGone[this.threadOf[rank]] = 1;
  }

  /** Whether messages of `tag` wait here for room. */
  isBlocked(tag: number): boolean {
    return this.blocked.some((channel) => channel % this.tags === tag);
  }

  private publish(channel: number): boolean {
    const buffer = this.outgoing[channel];
    assert(buffer !== undefined, 'a dirty channel has a buffer');
    if (this.isGone[Math.floor(channel / this.tags)] !== 0) {
      buffer.count = 0;
      return true;
    }
    const producer = this.producer(channel);
    // A quarter of the ring at a time, so that producers of one ring take turns.
    const most = Math.max(1, this.fabric.channels.capacities[channel] >> 2);
    let sent = 0;
    while (sent < buffer.count) {
      let count = Math.min(most, buffer.count - sent);
      if (!producer.publish(buffer.words, sent << SLOT_SHIFT, count)) {
        this.wantSpace(channel);
        // The wish stands: room made from here on wakes this thread. What is there now is taken.
        count = Math.min(count, producer.room());
        if (count <= 0) break;
        if (!producer.publish(buffer.words, sent << SLOT_SHIFT, count)) continue;
      }
      sent += count;
    }
    if (sent > 0) this.noteWake(Math.floor(channel / this.tags));
    if (sent === buffer.count) {
      buffer.count = 0;
      return true;
    }
    buffer.drop(sent);
    return false;
  }

  private producer(channel: number): RingProducer {
    let producer = this.producers[channel];
    if (producer === undefined) {
      const { channels } = this.fabric;
      producer = new RingProducer(
        this.words,
        channels.bases[channel],
        channels.capacities[channel],
        this.control,
      );
      this.producers[channel] = producer;
    }
    return producer;
  }

  private noteWake(thread: number): void {
    if (this.wakePending[thread] !== 0) return;
    this.wakePending[thread] = 1;
    this.wakeList.push(thread);
  }

  /** Wakes every thread that sleeps and has been sent something since the last call. */
  wakeReceivers(): void {
    const { wakeList } = this;
    if (wakeList.length === 0) return;
    for (const thread of wakeList) {
      this.wakePending[thread] = 0;
      wake(this.words, this.fabric.control.threadOffset(thread), this.control);
    }
    wakeList.length = 0;
  }

  /** Asks the channel's consumer to wake this thread when it has made room. */
  private wantSpace(channel: number): void {
    const owner = this.fabric.control.threadOffset(Math.floor(channel / this.tags));
    Atomics.or(this.words, owner + WAITER_BITS + (this.thread >>> 5), 1 << (this.thread & 31));
    // Published after the bit; pairs with the load in giveSpace().
    Atomics.store(this.words, owner + SPACE_WANTED, 1);
  }

  /** Wakes those who wait for room in this thread's rings, after HEADs were stored. */
  private giveSpace(): void {
    const { words, control } = this;
    // Either this load sees the wish, or the wisher's second try sees the new HEAD.
    if (Atomics.load(words, control + SPACE_WANTED) === 0) return;
    Atomics.store(words, control + SPACE_WANTED, 0);
    const threads = this.fabric.channels.threads;
    for (let first = 0; first < threads; first += 32) {
      let bits = Atomics.exchange(words, control + WAITER_BITS + (first >>> 5), 0);
      while (bits !== 0) {
        this.noteWake(first + lowestBit(bits));
        bits &= bits - 1;
      }
    }
  }

  /**
   * Hands everything of `tag` that is there now, at most `limit` messages and a batch, to the
   * receiver.
   *
   * @returns messages handed over
   */
  receive(tag: number, receiver: Receiver, limit: number): number {
    let received = this.localCount > 0 ? this.receiveLocal(tag, receiver) : 0;
    const consumer = this.consumers[tag];
    while (received < limit) {
      const count = consumer.ready();
      if (count === 0) break;
      receiver.deliver(tag, this.words, consumer.slot(), count);
      consumer.advance(count);
      received += count;
    }
    if (consumer.unreleased > consumer.capacity >> 2) this.release(consumer);
    return received;
  }

  private receiveLocal(tag: number, receiver: Receiver): number {
    const buffer = this.local[tag];
    const { count } = buffer;
    if (count === 0) return 0;
    const emptied = this.incoming[tag];
    emptied.count = 0;
    this.local[tag] = emptied;
    this.incoming[tag] = buffer;
    this.localCount -= count;
    receiver.deliver(tag, buffer.words, 0, count);
    return count;
  }

  private release(consumer: RingConsumer): void {
    consumer.release();
    this.giveSpace();
  }

  /**
   * Gives back all room and says whether there is something to do: to be called before parking,
   * and again by it, once the sleep is announced.
   */
  hasWork(): boolean {
    if (this.localCount > 0) return true;
    for (const consumer of this.consumers) {
      if (consumer.ready() > 0) return true;
    }
    for (const channel of this.blocked) {
      // The wish made when the channel was full may have been granted since, and the room taken by
      // other producers: one that stands now, the sleep being announced, brings the wake-up.
      this.wantSpace(channel);
      if (this.producer(channel).room() > 0) return true;
    }
    return false;
  }

  /** Whether a message of `tag` has come from another thread. */
  hasMessage(tag: number): boolean {
    return this.consumers[tag].ready() > 0;
  }

  /** Gives the room of everything read back to the producers; before parking. */
  releaseAll(): void {
    let released = false;
    for (const consumer of this.consumers) {
      if (consumer.unreleased === 0) continue;
      consumer.release();
      released = true;
    }
    if (released) this.giveSpace();
  }

  /** Fill of this thread's rings by tag, for diagnosis. */
  fills(): number[] {
    return this.consumers.map((consumer) => consumer.fill);
  }
}

/** Slots for a channel that carries at most `expected` messages at a time. */
export function channelCapacity(expected: number, least: number, most: number): number {
  return powerOfTwoAtLeast(Math.min(most, Math.max(least, expected)));
}
