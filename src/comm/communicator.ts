/** A rank's communicator: the public face of the message passing. */
import { UsageError } from '../errors.js';
import { Collectives, type NumberArray, type ReduceOperation } from './collectives.js';
import { ANY_SOURCE, ANY_TAG, type Envelope, type Message } from './message.js';
import type { Port } from './port.js';
import { Activity } from './wait-board.js';

/** Which message to receive. */
export interface Match {
  /** The rank that sent it, or {@link ANY_SOURCE}, the default. */
  readonly source?: number;
  /** The tag that it was sent on, or {@link ANY_TAG}, the default. */
  readonly tag?: number;
}

/** Which message to wait for, and how long. */
export interface TimedMatch extends Match {
  /** After this many milliseconds without one the call throws; by default it never does. */
  readonly timeoutMs?: number;
}

const ANYTHING: TimedMatch = {};

/**
 * Connects the ranks of a launched program; each rank has its own, for its own thread only.
 *
 * The calls are synchronous, as MPI's: one that waits stops its thread. A rank that waits, for
 * whatever it is, takes in what is sent to it meanwhile, so two ranks that send to each other
 * without end in sight still both go on. Once the run is given up, calls that would wait throw
 * {@link AbortedError}.
 *
 * Matching follows MPI: of the messages of one source, those that match a receive are received in
 * the order in which they were sent, whatever tags they were sent on; among messages of several
 * sources it takes the one that came first. A message is delivered exactly once.
 */
export class Communicator {
  /** This rank's number, from 0. */
  readonly rank: number;
  /** Number of ranks. */
  readonly size: number;
  /** Number of tags: they go from 0 to one less. */
  readonly tags: number;

  private readonly collectives: Collectives;

  /** @internal */
  constructor(private readonly port: Port) {
    this.rank = port.rank;
    this.size = port.size;
    this.tags = port.userTags;
    this.collectives = new Collectives(port);
  }

  /**
   * Sends a message. Waits while the destination's channel for the tag is full or this rank's heap
   * has no room for the bytes. When it returns, `bytes` may be changed: those of up to 16 bytes
   * travel in the channel, longer ones are copied to the heap once, where the receiver reads them.
   * Bytes that {@link Communicator.alloc} returned are handed over as they are and must not be
   * touched any more.
   *
   * @param dest - the rank to send to; it may be this one
   * @param tag - the tag to send on
   * @param bytes - the message, perhaps empty
   * @throws UsageError if there is no such rank or tag, or if nothing could ever make room
   * @throws MemoryLimitError if the message is larger than the heap
   * @throws AbortedError if the run was given up
   */
  send(dest: number, tag: number, bytes: Uint8Array): void {
    this.checkDest('send', dest);
    this.checkTag('send', tag);
    checkBytes('send', bytes);
    this.port.send(dest, tag, bytes, true);
  }

  /**
   * Sends a message if that needs no waiting; see {@link Communicator.send}.
   *
   * @param dest - the rank to send to; it may be this one
   * @param tag - the tag to send on
   * @param bytes - the message, perhaps empty
   * @returns whether it was sent
   * @throws the same errors as {@link Communicator.send}
   */
  trySend(dest: number, tag: number, bytes: Uint8Array): boolean {
    this.checkDest('trySend', dest);
    this.checkTag('trySend', tag);
    checkBytes('trySend', bytes);
    return this.port.send(dest, tag, bytes, false);
  }

  /**
   * Allocates bytes in this rank's heap, to be written and then sent without a copy: all of them,
   * or their first part. Waits while the heap has no room. The heap is taken back in the order in
   * which it was filled, so what is allocated is to be sent, or given to
   * {@link Communicator.free}, soon.
   *
   * @param byteLength - how many
   * @returns the bytes, with whatever was there before; aligned for any typed array
   * @throws the same errors as {@link Communicator.send}
   */
  alloc(byteLength: number): Uint8Array {
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      throw new UsageError(`alloc: expected a number of bytes, found byteLength=${byteLength}`);
    }
    return this.port.alloc(byteLength);
  }

  /**
   * Gives back bytes that {@link Communicator.alloc} returned and that are not to be sent.
   *
   * @param bytes - the bytes, from their start
   * @throws UsageError if they are not such bytes, or were sent
   */
  free(bytes: Uint8Array): void {
    checkBytes('free', bytes);
    this.port.free(bytes);
  }

  /**
   * Receives a message; waits until one matches.
   *
   * @param match - which message, and how long to wait for it; the next one by default
   * @returns the message; to be released once its bytes were read
   * @throws RecvTimeoutError if none came in time
   * @throws AbortedError if the run was given up
   */
  recv(match: TimedMatch = ANYTHING): Message {
    const { source = ANY_SOURCE, tag = ANY_TAG, timeoutMs = Infinity } = match;
    this.checkMatch('recv', source, tag);
    checkTimeout('recv', timeoutMs);
    return this.port.take(this.port.waitFor(source, tag, Activity.Recv, timeoutMs));
  }

  /**
   * Receives a message if one that matches has come.
   *
   * @param match - which message; any by default
   * @returns the message, or `undefined` if there is none
   * @throws AbortedError if there is none and the run was given up
   */
  tryRecv(match: Match = ANYTHING): Message | undefined {
    const { source = ANY_SOURCE, tag = ANY_TAG } = match;
    this.checkMatch('tryRecv', source, tag);
    const message = this.port.poll(source, tag);
    return message === undefined ? undefined : this.port.take(message);
  }

  /**
   * Waits until a message matches, and leaves it to be received: a receive from its source on its
   * tag takes this very message.
   *
   * @param match - which message, and how long to wait for it; the next one by default
   * @returns where it comes from and how long it is
   * @throws the same errors as {@link Communicator.recv}
   */
  probe(match: TimedMatch = ANYTHING): Envelope {
    const { source = ANY_SOURCE, tag = ANY_TAG, timeoutMs = Infinity } = match;
    this.checkMatch('probe', source, tag);
    checkTimeout('probe', timeoutMs);
    return envelopeOf(this.port.waitFor(source, tag, Activity.Probe, timeoutMs));
  }

  /**
   * As {@link Communicator.probe}, but does not wait.
   *
   * @param match - which message; any by default
   * @returns where it comes from and how long it is, or `undefined` if there is none
   * @throws AbortedError if there is none and the run was given up
   */
  tryProbe(match: Match = ANYTHING): Envelope | undefined {
    const { source = ANY_SOURCE, tag = ANY_TAG } = match;
    this.checkMatch('tryProbe', source, tag);
    const message = this.port.poll(source, tag);
    return message === undefined ? undefined : envelopeOf(message);
  }

  /** Waits until every rank has called it. All ranks call the collectives in the same order. */
  barrier(): void {
    this.collectives.barrier();
  }

  /**
   * Gives every rank the root's bytes. To be called by all ranks.
   *
   * @param bytes - the bytes; only the root's are looked at
   * @param root - the rank that has them
   * @returns a copy of the root's bytes; the root gets its own back
   */
  bcast(bytes: Uint8Array | undefined, root = 0): Uint8Array {
    this.checkDest('bcast', root);
    if (this.rank === root) checkBytes('bcast', bytes);
    return this.collectives.bcast(bytes, root);
  }

  /**
   * Combines the ranks' arrays element by element. To be called by all ranks, with arrays of one
   * type and length.
   *
   * The order of combination depends on the number of ranks alone, neither on the root nor on
   * timing, so the result is the same bits every time: pairs of neighbouring ranks, then pairs of
   * these pairs and so on, lower ranks on the left; for five ranks `((0 1) (2 3)) 4`. `sum` of
   * Int32Array wraps around; `min` and `max` with NaN are NaN.
   *
   * @param values - this rank's array; stays as it is
   * @param operation - how two elements are combined
   * @param root - the rank that gets the result
   * @returns the combined array at the root, `undefined` elsewhere
   */
  reduce<T extends NumberArray>(values: T, operation: ReduceOperation, root = 0): T | undefined {
    checkReduction('reduce', values, operation);
    this.checkDest('reduce', root);
    return this.collectives.reduce(values, operation, root);
  }

  /**
   * As {@link Communicator.reduce}, in the same order of combination, with the result on all ranks.
   *
   * @param values - this rank's array; stays as it is
   * @param operation - how two elements are combined
   * @returns the combined array
   */
  allreduce<T extends NumberArray>(values: T, operation: ReduceOperation): T {
    checkReduction('allreduce', values, operation);
    return this.collectives.allreduce(values, operation);
  }

  /**
   * Collects bytes of every rank, of whatever length each, at the root. To be called by all ranks.
   *
   * @param bytes - this rank's
   * @param root - the rank that gets them
   * @returns a copy of each rank's bytes, by rank, at the root, `undefined` elsewhere
   */
  gather(bytes: Uint8Array, root = 0): Uint8Array[] | undefined {
    checkBytes('gather', bytes);
    this.checkDest('gather', root);
    return this.collectives.gather(bytes, root);
  }

  private checkDest(call: string, rank: number): void {
    if (Number.isInteger(rank) && rank >= 0 && rank < this.size) return;
    throw new UsageError(`${call}: expected a rank below size=${this.size}, found ${rank}`);
  }

  private checkTag(call: string, tag: number): void {
    if (Number.isInteger(tag) && tag >= 0 && tag < this.tags) return;
    throw new UsageError(`${call}: expected a tag below tags=${this.tags}, found ${tag}`);
  }

  private checkMatch(call: string, source: number, tag: number): void {
    if (source !== ANY_SOURCE) this.checkDest(call, source);
    if (tag !== ANY_TAG) this.checkTag(call, tag);
  }
}

function envelopeOf({ source, tag, byteLength }: Message): Envelope {
  return { source, tag, byteLength };
}

function checkBytes(call: string, bytes: unknown): void {
  if (bytes instanceof Uint8Array) return;
  throw new UsageError(`${call}: expected a Uint8Array, found ${kindOf(bytes)}`);
}

function checkReduction(call: string, values: unknown, operation: unknown): void {
  if (!(values instanceof Float64Array) && !(values instanceof Int32Array)) {
    throw new UsageError(
      `${call}: expected a Float64Array or an Int32Array, found ${kindOf(values)}`,
    );
  }
  if (typeof operation === 'function') return;
  if (operation === 'sum' || operation === 'min' || operation === 'max') return;
  throw new UsageError(
    `${call}: expected 'sum', 'min', 'max' or a function, found ${String(operation)}`,
  );
}

function checkTimeout(call: string, timeoutMs: number): void {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return;
  throw new UsageError(`${call}: expected timeoutMs of at least 0, found ${timeoutMs}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  return (value.constructor as { name?: string } | undefined)?.name ?? 'an object';
}
