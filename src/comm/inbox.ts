/**
 * What a rank has taken out of its rings and not received yet, and MPI's matching.
 *
 * Messages of one source on one tag form a queue, and whatever a receive asks for, it takes the
 * first of some queue: the oldest arrival among those of the tag, or, with any tag, the earliest
 * sent among those of each source.
 */
import { assert } from '../assert.js';
import { MemoryLimitError } from '../errors.js';
import { DEST, NOBODY, PAYLOAD, SLOT_WORDS, SOURCE } from '../ringbuf/ring-layout.js';
import type { Receiver } from './endpoint.js';
import type { Heaps } from './heap.js';
import { ANY_SOURCE, ANY_TAG, ReceivedMessage } from './message.js';
import { BY_REFERENCE, formOf, isLater, stampOf, wrapStamp } from './message-layout.js';

/** What a message costs while it waits here, its bytes aside. */
const MESSAGE_OVERHEAD_BYTES = 160;

/** What may wait here in all, where what is asked for lies behind it. */
const LIMIT_BYTES = 2 ** 30;

export class Inbox implements Receiver {
  /** First and last message of each queue, index = tag * ranks + source. */
  private readonly heads: (ReceivedMessage | undefined)[];
  private readonly tails: (ReceivedMessage | undefined)[];
  private readonly countOfTag: Int32Array;
  private readonly countOfSource: Int32Array;
  /** For each source: its messages here whose bytes lie in its heap. */
  private readonly references: Int32Array;
  private totalReferences = 0;
  /** For each source: user messages taken in, and the stamp after the latest of them. */
  private readonly takenIn: Int32Array;
  private readonly expected: Int32Array;
  private arrivals = 0;
  private heldBytes = 0;

  /**
   * @param ranks number of ranks
   * @param userTags tags below this one can be received with any tag
   * @param tags number of tags in all
   * @param limitBytes see {@link isFull}
   */
  constructor(
    private readonly ranks: number,
    private readonly userTags: number,
    private readonly tags: number,
    private readonly limitBytes: number,
    private readonly heaps: Heaps,
  ) {
    this.heads = new Array<ReceivedMessage | undefined>(tags * ranks).fill(undefined);
    this.tails = new Array<ReceivedMessage | undefined>(tags * ranks).fill(undefined);
    this.countOfTag = new Int32Array(tags);
    this.countOfSource = new Int32Array(ranks);
    this.references = new Int32Array(ranks);
    this.takenIn = new Int32Array(ranks);
    this.expected = new Int32Array(ranks);
  }

  deliver(tag: number, words: Int32Array, at: number, count: number): void {
    const end = at + count * SLOT_WORDS;
    for (; at < end; at += SLOT_WORDS) {
      if (words[at + DEST] === NOBODY) continue;
      this.append(tag, words[at + SOURCE], words, at + PAYLOAD);
    }
    if (this.heldBytes > LIMIT_BYTES) {
      throw new MemoryLimitError(
        'messages that were sent to this rank and not received',
        this.heldBytes,
        LIMIT_BYTES,
      );
    }
  }

  private append(tag: number, source: number, words: Int32Array, at: number): void {
    const head = words[at];
    const form = formOf(head);
    const stamp = stampOf(head);
    const isReference = form === BY_REFERENCE;
    const message = new ReceivedMessage(
      source,
      tag,
      isReference ? words[at + 2] : form,
      stamp,
      this.arrivals++,
      words[at + 1],
      words[at + 2],
      words[at + 3],
      words[at + 4],
      isReference ? this.heaps : undefined,
    );
    const queue = tag * this.ranks + source;
    const last = this.tails[queue];
    if (last === undefined) this.heads[queue] = message;
    else last.next = message;
    this.tails[queue] = message;
    this.countOfTag[tag]++;
    this.heldBytes += MESSAGE_OVERHEAD_BYTES;
    if (isReference) {
      this.references[source]++;
      this.totalReferences++;
    }
    if (tag >= this.userTags) return;
    this.countOfSource[source]++;
    this.takenIn[source] = wrapStamp(this.takenIn[source] + 1);
    const after = wrapStamp(stamp + 1);
    if (isLater(after, this.expected[source])) this.expected[source] = after;
  }

  /** The message that a receive would take, if it is here; it stays. */
  find(source: number, tag: number): ReceivedMessage | undefined {
    if (tag === ANY_TAG) {
      return source === ANY_SOURCE ? this.findAny() : this.findFromSource(source);
    }
    if (this.countOfTag[tag] === 0) return undefined;
    return source === ANY_SOURCE ? this.findOnTag(tag) : this.heads[tag * this.ranks + source];
  }

  private findOnTag(tag: number): ReceivedMessage | undefined {
    let oldest: ReceivedMessage | undefined;
    const first = tag * this.ranks;
    for (let queue = first; queue < first + this.ranks; queue++) {
      const head = this.heads[queue];
      if (head === undefined) continue;
      if (oldest === undefined || head.arrival < oldest.arrival) oldest = head;
    }
    return oldest;
  }

  private findFromSource(source: number): ReceivedMessage | undefined {
    if (this.countOfSource[source] === 0) return undefined;
    // A message sent earlier is still in its ring, perhaps behind one that is being written.
    if (this.takenIn[source] !== this.expected[source]) return undefined;
    let earliest: ReceivedMessage | undefined;
    for (let tag = 0; tag < this.userTags; tag++) {
      const head = this.heads[tag * this.ranks + source];
      if (head === undefined) continue;
      if (earliest === undefined || isLater(earliest.stamp, head.stamp)) earliest = head;
    }
    return earliest;
  }

  private findAny(): ReceivedMessage | undefined {
    let oldest: ReceivedMessage | undefined;
    for (let source = 0; source < this.ranks; source++) {
      const head = this.findFromSource(source);
      if (head === undefined) continue;
      if (oldest === undefined || head.arrival < oldest.arrival) oldest = head;
    }
    return oldest;
  }

  /** Removes a message that {@link find} has found. */
  take(message: ReceivedMessage): void {
    const { source, tag } = message;
    const queue = tag * this.ranks + source;
    assert(this.heads[queue] === message, 'a receive takes the first of a queue');
    this.heads[queue] = message.next;
    if (message.next === undefined) this.tails[queue] = undefined;
    message.next = undefined;
    this.countOfTag[tag]--;
    if (tag < this.userTags) this.countOfSource[source]--;
    this.heldBytes -= MESSAGE_OVERHEAD_BYTES;
    if (message.isByReference) this.dropReference(source);
    else if (message.isMovedOut) this.heldBytes -= message.byteLength;
  }

  private dropReference(source: number): void {
    this.references[source]--;
    this.totalReferences--;
  }

  /** Whether more waits here than a rank takes in unasked. */
  get isFull(): boolean {
    return this.heldBytes > this.limitBytes;
  }

  /** Whether some source waits for room that messages here take up in its heap. */
  isAskedForRoom(): boolean {
    if (this.totalReferences === 0) return false;
    for (let source = 0; source < this.ranks; source++) {
      if (this.references[source] > 0 && this.heaps.isAsked(source)) return true;
    }
    return false;
  }

  /** Gives the heaps of the sources that ask for it their room back, by copying what lies there. */
  giveRoom(): void {
    if (this.totalReferences === 0) return;
    for (let source = 0; source < this.ranks; source++) {
      if (this.references[source] > 0 && this.heaps.isAsked(source)) this.moveOut(source);
    }
  }

  private moveOut(source: number): void {
    for (let tag = 0; tag < this.tags; tag++) {
      let message = this.heads[tag * this.ranks + source];
      for (; message !== undefined; message = message.next) {
        if (!message.isByReference) continue;
        message.moveOut();
        this.heldBytes += message.byteLength;
        this.dropReference(source);
      }
    }
  }
}
