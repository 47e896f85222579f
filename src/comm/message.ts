/** What a rank receives. */
import { UsageError } from '../errors.js';
import { WORD_BYTES } from '../shm/layout.js';
import type { Heaps } from './heap.js';
import { INLINE_BYTES } from './message-layout.js';

/** Matches messages from whatever rank. */
export const ANY_SOURCE = -1;

/** Matches messages of whatever tag. */
export const ANY_TAG = -1;

/** What is known of a message before it is taken. */
export interface Envelope {
  /** The rank that sent the message. */
  readonly source: number;
  /** The tag that it was sent on. */
  readonly tag: number;
  /** Length of its bytes. */
  readonly byteLength: number;
}

/** A message that was received; it belongs to the rank that received it. */
export interface Message extends Envelope {
  /**
   * The bytes. Those of a long message (more than 16 bytes) lie where the sender wrote them, in
   * shared memory, and are the receiver's until {@link Message.release}; copy what has to outlast
   * it. Reading them after that is an error.
   */
  readonly bytes: Uint8Array;
  /**
   * Gives the memory of a long message back to its sender, which may be waiting for it: the
   * sender's heap is taken back in the order in which it was filled. To be called once for every
   * message; a second call does nothing.
   */
  release(): void;
  /** The same as {@link Message.release}, for `using message = comm.recv()`. */
  [Symbol.dispose](): void;
}

const scratchWords = new Int32Array(INLINE_BYTES / WORD_BYTES);
const scratch = new Uint8Array(scratchWords.buffer);

/** A message in the hands of its destination, from its ring to its release. */
export class ReceivedMessage implements Message {
  /** The next one from the same source on the same tag. */
  next: ReceivedMessage | undefined = undefined;
  /** Whether the bytes were copied out of the source's heap. */
  isMovedOut = false;
  private view: Uint8Array | undefined = undefined;
  private isReleased = false;

  /**
   * @param stamp STAMP of the message
   * @param arrival grows with every message that the rank takes in
   * @param a first payload word after the head: inline bytes, or the block
   * @param heaps where the block lies; undefined when the bytes are inline
   */
  constructor(
    readonly source: number,
    readonly tag: number,
    readonly byteLength: number,
    readonly stamp: number,
    readonly arrival: number,
    private readonly a: number,
    private readonly b: number,
    private readonly c: number,
    private readonly d: number,
    private heaps: Heaps | undefined,
  ) {}

  /** Whether the bytes lie in the source's heap. */
  get isByReference(): boolean {
    return this.heaps !== undefined;
  }

  get bytes(): Uint8Array {
    if (this.isReleased) {
      throw new UsageError(
        `message from rank ${this.source} on tag ${this.tag}: its bytes were read after release()`,
      );
    }
    return (this.view ??= this.heaps?.view(this.source, this.a, this.byteLength) ?? this.inline());
  }

  private inline(): Uint8Array {
    scratchWords[0] = this.a;
    scratchWords[1] = this.b;
    scratchWords[2] = this.c;
    scratchWords[3] = this.d;
    return scratch.slice(0, this.byteLength);
  }

  /** Moves the bytes out of the source's heap, which wants its room back. */
  moveOut(): void {
    this.view = new Uint8Array(this.bytes);
    this.heaps?.release(this.source, this.a);
    this.heaps = undefined;
    this.isMovedOut = true;
  }

  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.view = undefined;
    this.heaps?.release(this.source, this.a);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
