/**
 * A rank's way to the others: sends with room to wait for, receives with matching, and waits.
 *
 * Whatever a rank waits for, it takes in what is sent to it meanwhile and gives back the room that
 * others wait for, so a wait never holds up the rank that could end it.
 */
import { MemoryLimitError, UsageError } from '../errors.js';
import { ABORT } from '../shm/control-words.js';
import type { Words } from '../shm/layout.js';
import { type WakeSources, park, wake } from '../shm/parking.js';
import { Endpoint } from './endpoint.js';
import { AbortedError, RecvTimeoutError } from './errors.js';
import { Heaps, NO_BLOCK, OwnHeap } from './heap.js';
import { FIRST_HOLDER, FREE, OWNED, longestMessageBytes } from './heap-layout.js';
import { Inbox } from './inbox.js';
import { ABORT_DEADLOCK, ABORT_INTERRUPTED, type LaunchPlan, fabricOf } from './launch-plan.js';
import { ANY_SOURCE, ANY_TAG, type ReceivedMessage } from './message.js';
import { BY_REFERENCE, INLINE_BYTES, headWord, wrapStamp } from './message-layout.js';
import { haveCores } from './placement.js';
import { Activity, WaitRow } from './wait-board.js';

/** Turns of a wait before the thread sleeps, where every rank has a core. */
const SPIN_TURNS = 200;

/** A rank that only polls still takes in what it does not ask for, after this many misses. */
const POLLS_PER_TURN = 16;

const scratchWords = new Int32Array(INLINE_BYTES / 4);
const scratch = new Uint8Array(scratchWords.buffer);

/** One rank's end; for its own thread only. */
export class Port implements WakeSources {
  readonly size: number;
  readonly userTags: number;
  /** Tag of the channel that carries the collectives. */
  readonly collectiveTag: number;
  /** The collective that the rank is in; names its waits. */
  collective: Activity | undefined = undefined;

  private readonly words: Words;
  private readonly abort: number;
  private readonly endpoint: Endpoint;
  private readonly inbox: Inbox;
  private readonly heap: OwnHeap;
  private readonly row: WaitRow;
  private readonly longestBytes: number;
  private readonly controls: Int32Array;
  private readonly capacity: number;
  private readonly spins: number;
  /** Blocks that the program has allocated and not sent. */
  private readonly allocated = new Set<number>();
  /** For each destination: number of the next message. */
  private readonly numbers: Int32Array;
  private polls = 0;

  // What the present wait is for.
  private wantedTag: number = ANY_TAG;
  private wantsBlock = false;
  /** Only `wantedTag` is taken in: enough waits here unasked. */
  private isHoldingBack = false;

  constructor(
    plan: LaunchPlan,
    readonly rank: number,
  ) {
    const fabric = fabricOf(plan);
    this.size = plan.ranks;
    this.userTags = plan.userTags;
    this.collectiveTag = plan.userTags;
    this.capacity = plan.capacity;
    this.longestBytes = longestMessageBytes(plan.heapBytes);
    this.endpoint = new Endpoint(fabric, rank);
    this.words = this.endpoint.words;
    this.abort = plan.control + ABORT;
    this.controls = Int32Array.from({ length: plan.ranks }, (_, other) =>
      fabric.control.threadOffset(other),
    );
    const heaps = new Heaps(plan.heaps, rank, this.words, fabric.control);
    this.heap = new OwnHeap(plan.heaps[rank]);
    this.inbox = new Inbox(plan.ranks, plan.userTags, plan.channels.tags, plan.inboxBytes, heaps);
    this.row = WaitRow.of(this.words, plan.waits, rank);
    this.numbers = new Int32Array(plan.ranks);
    this.spins = plan.ranks > 1 && haveCores(plan.ranks) ? SPIN_TURNS : 0;
  }

  /** Sends a user message, numbered; see {@link transfer}. */
  send(dest: number, tag: number, bytes: Uint8Array, mayWait: boolean): boolean {
    if (!this.transfer(dest, tag, this.numbers[dest], bytes, mayWait)) return false;
    this.numbers[dest] = wrapStamp(this.numbers[dest] + 1);
    return true;
  }

  /**
   * Sends a message: in its slot when it is short, else as a block of the own heap.
   *
   * @returns false when it would have to wait and may not; then nothing was sent
   */
  transfer(dest: number, tag: number, stamp: number, bytes: Uint8Array, mayWait: boolean): boolean {
    const { byteLength } = bytes;
    // The buffer of a short array is not looked at without need: it would first have to be made.
    const mayBeOwn = byteLength > INLINE_BYTES || this.allocated.size > 0;
    const own = mayBeOwn && this.heap.owns(bytes) ? this.allocationOf('send', bytes) : NO_BLOCK;
    if (byteLength > INLINE_BYTES) {
      return this.transferBlock(dest, tag, stamp, bytes, own, mayWait);
    }
    for (let index = 0; index < byteLength; index++) scratch[index] = bytes[index];
    const words = scratchWords;
    const head = headWord(stamp, byteLength);
    if (!this.post(dest, tag, head, words[0], words[1], words[2], words[3], mayWait)) return false;
    if (own !== NO_BLOCK) this.discard(own);
    return true;
  }

  private transferBlock(
    dest: number,
    tag: number,
    stamp: number,
    bytes: Uint8Array,
    own: number,
    mayWait: boolean,
  ): boolean {
    const { heap } = this;
    const { byteLength } = bytes;
    let block = own;
    if (own === NO_BLOCK) {
      block = mayWait ? this.allocate('send', byteLength) : this.tryAllocate('send', byteLength);
      if (block === NO_BLOCK) {
        this.missed();
        return false;
      }
      heap.view(block, byteLength).set(bytes);
    }
    heap.handOver(block, dest);
    const head = headWord(stamp, BY_REFERENCE);
    if (this.post(dest, tag, head, block, byteLength, 0, 0, mayWait)) {
      if (own !== NO_BLOCK) this.allocated.delete(own);
      return true;
    }
    heap.takeBack(block);
    if (own === NO_BLOCK) heap.free(block);
    return false;
  }

  private post(
    dest: number,
    tag: number,
    head: number,
    a: number,
    b: number,
    c: number,
    d: number,
    mayWait: boolean,
  ): boolean {
    const { endpoint, rank } = this;
    if (endpoint.trySend(tag, rank, dest, head, a, b, c, d)) {
      // A message to oneself is taken in at once: the inbox bounds how many there can be.
      if (dest === rank) this.pull(tag);
      else wake(this.words, this.controls[dest], endpoint.control);
      return true;
    }
    if (!mayWait) {
      this.missed();
      return false;
    }
    endpoint.send(tag, rank, dest, head, a, b, c, d);
    this.waitForSlot(dest, tag);
    endpoint.wakeReceivers();
    return true;
  }

  private waitForSlot(dest: number, tag: number): void {
    this.wantedTag = ANY_TAG;
    for (let turn = 0; !this.endpoint.flush();) {
      turn = this.waitTurn(turn, Activity.Send, dest, tag, Infinity);
    }
  }

  /** A block for the program to fill, in place. */
  alloc(byteLength: number): Uint8Array {
    const block = this.allocate('alloc', byteLength);
    this.allocated.add(block);
    return this.heap.view(block, byteLength);
  }

  /** Frees what {@link alloc} returned and nobody was sent. */
  free(bytes: Uint8Array): void {
    if (!this.heap.owns(bytes)) {
      throw new UsageError('free: expected bytes that alloc() returned, found others');
    }
    this.discard(this.allocationOf('free', bytes));
  }

  private discard(block: number): void {
    this.allocated.delete(block);
    this.heap.free(block);
  }

  private allocationOf(call: string, bytes: Uint8Array): number {
    const block = this.heap.blockAt(bytes.byteOffset);
    if (this.allocated.has(block)) return block;
    throw new UsageError(
      `${call}: expected bytes that alloc() returned and that were not sent yet, from their start,` +
        ` found other bytes of this rank's heap: byteOffset=${bytes.byteOffset}`,
    );
  }

  private tryAllocate(call: string, byteLength: number): number {
    const { heap } = this;
    if (byteLength > this.longestBytes) {
      throw new MemoryLimitError(
        `${call} of rank ${this.rank}: one message and its header in the rank's heap (heapBytes)`,
        byteLength,
        this.longestBytes,
      );
    }
    const block = heap.tryAllocate(byteLength);
    if (block !== NO_BLOCK) {
      heap.stopAsking();
      return block;
    }
    const holder = heap.oldestHolder() - FIRST_HOLDER;
    if (holder >= 0 && heap.askForRoom(holder)) {
      wake(this.words, this.controls[holder], this.endpoint.control);
    }
    return NO_BLOCK;
  }

  private allocate(call: string, byteLength: number): number {
    const block = this.tryAllocate(call, byteLength);
    if (block !== NO_BLOCK) return block;
    this.wantedTag = ANY_TAG;
    this.wantsBlock = true;
    try {
      return this.waitForBlock(call, byteLength);
    } finally {
      this.wantsBlock = false;
    }
  }

  private waitForBlock(call: string, byteLength: number): number {
    let block: number = NO_BLOCK;
    for (let turn = 0; block === NO_BLOCK; block = this.tryAllocate(call, byteLength)) {
      this.takeIn();
      const oldest = this.heap.oldestHolder();
      if (oldest === OWNED || oldest === FIRST_HOLDER + this.rank) {
        throw new UsageError(
          `${call}: byteLength=${byteLength} does not fit, and the oldest block of this rank's heap` +
            ' is held by this rank itself: by alloc() without send() or free(), or as a message to' +
            ' itself without release()',
        );
      }
      if (oldest === FREE) continue;
      turn = this.waitTurn(turn, Activity.Alloc, oldest - FIRST_HOLDER, ANY_TAG, Infinity);
    }
    return block;
  }

  /** The message that a receive would take, if it has come; it stays. */
  look(source: number, tag: number): ReceivedMessage | undefined {
    const message = this.inbox.find(source, tag);
    if (message !== undefined) return message;
    if (tag !== ANY_TAG) return this.pull(tag) > 0 ? this.inbox.find(source, tag) : undefined;
    let pulled = 0;
    for (let each = 0; each < this.userTags; each++) pulled += this.pull(each);
    return pulled > 0 ? this.inbox.find(source, tag) : undefined;
  }

  /** As {@link look}, for a program that does not wait. */
  poll(source: number, tag: number): ReceivedMessage | undefined {
    const message = this.look(source, tag);
    if (message === undefined) this.missed();
    return message;
  }

  /** As {@link look}, but waits until it has come. */
  waitFor(source: number, tag: number, activity: Activity, timeoutMs: number): ReceivedMessage {
    let message = this.look(source, tag);
    if (message !== undefined) return message;
    const deadline = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs;
    this.wantedTag = tag;
    for (let turn = 0; message === undefined; message = this.look(source, tag)) {
      const leftMs = deadline === Infinity ? Infinity : deadline - performance.now();
      if (leftMs <= 0) throw timeoutError(source, tag, timeoutMs);
      turn = this.waitTurn(turn, activity, source, tag, leftMs);
    }
    return message;
  }

  /** Takes a message that {@link look}, {@link poll} or {@link waitFor} has found. */
  take(message: ReceivedMessage): ReceivedMessage {
    this.inbox.take(message);
    return message;
  }

  private pull(tag: number): number {
    const { endpoint } = this;
    const pulled = endpoint.receive(tag, this.inbox, this.capacity);
    // Senders that wait for the room just made do not wait until this rank sends or sleeps.
    if (pulled > 0) endpoint.wakeReceivers();
    return pulled;
  }

  private takeIn(): number {
    const { inbox, wantedTag } = this;
    let taken = 0;
    this.isHoldingBack = wantedTag !== ANY_TAG && inbox.isFull;
    if (this.isHoldingBack) taken = this.pull(wantedTag);
    else for (let tag = 0; tag <= this.collectiveTag; tag++) taken += this.pull(tag);
    inbox.giveRoom();
    return taken;
  }

  /** One turn of a wait; returns the number of the next. */
  private waitTurn(
    turn: number,
    activity: Activity,
    peer: number,
    tag: number,
    timeoutMs: number,
  ): number {
    const { endpoint, row } = this;
    this.checkAborted();
    if (turn >= this.spins && this.takeIn() > 0) return 0;
    endpoint.releaseAll();
    endpoint.wakeReceivers();
    if (turn < this.spins) return turn + 1;
    row.describe(this.collective ?? activity, peer, tag, timeoutMs !== Infinity);
    park(this.words, endpoint.control, this, timeoutMs);
    row.setIdle(false);
    return turn;
  }

  /** After a poll that found nothing: the rank may be doing nothing else than polling. */
  private missed(): void {
    this.checkAborted();
    if (++this.polls % POLLS_PER_TURN !== 0) return;
    this.wantedTag = ANY_TAG;
    this.takeIn();
    this.endpoint.releaseAll();
    this.endpoint.wakeReceivers();
  }

  hasWork(): boolean {
    const found =
      this.isAborted() ||
      (this.isHoldingBack ? this.endpoint.hasMessage(this.wantedTag) : this.endpoint.hasWork()) ||
      (this.wantsBlock && this.heap.oldestHolder() === FREE) ||
      this.inbox.isAskedForRoom();
    this.row.setIdle(!found);
    return found;
  }

  private isAborted(): boolean {
    return Atomics.load(this.words, this.abort) !== 0;
  }

  private checkAborted(): void {
    const reason = Atomics.load(this.words, this.abort);
    if (reason !== 0) throw new AbortedError(abortReason(reason));
  }

  /** The program has returned. */
  close(): void {
    this.endpoint.releaseAll();
    this.endpoint.wakeReceivers();
    this.row.finish();
  }
}

function abortReason(reason: number): string {
  if (reason === ABORT_INTERRUPTED) return 'interrupted';
  if (reason === ABORT_DEADLOCK) return 'all ranks waited for each other';
  return `rank ${reason - 1} failed`;
}

function timeoutError(source: number, tag: number, timeoutMs: number): RecvTimeoutError {
  const from = source === ANY_SOURCE ? 'any source' : `rank ${source}`;
  const on = tag === ANY_TAG ? 'any tag' : `tag ${tag}`;
  return new RecvTimeoutError(`no message from ${from} on ${on} within timeoutMs=${timeoutMs}`);
}
