/**
 * The collectives, over messages on a channel of their own. All ranks call them in the same order;
 * each message carries the number and the kind of the call that it belongs to, so a program that
 * does not is told so.
 */
import { UsageError } from '../errors.js';
import type { ReceivedMessage } from './message.js';
import { wrapStamp } from './message-layout.js';
import type { Port } from './port.js';
import { ACTIVITY_NAMES, Activity } from './wait-board.js';

/** The arrays that {@link Communicator.reduce} combines. */
export type NumberArray = Float64Array | Int32Array;

/**
 * How two elements are combined. A function is called with the element of the lower ranks first;
 * it has to be associative, and need not be commutative.
 */
export type ReduceOperation = 'sum' | 'min' | 'max' | ((lower: number, higher: number) => number);

const NO_BYTES = new Uint8Array(0);

/** Bits of a stamp that tell the kind of call; the rest counts the calls. */
const KIND_BITS = 4;

/** Reductions on Int32Array have kinds of their own: the same bytes would mean something else. */
const INT32_KIND = 8;

/** Collective calls of one rank. */
export class Collectives {
  private calls = 0;
  private stamp = 0;

  constructor(private readonly port: Port) {}

  /**
   * Dissemination barrier (Hensgen, Finkel and Manber, 1988): in round k each rank tells the one
   * 2^k ahead and hears from the one 2^k behind.
   */
  barrier(): void {
    this.call(Activity.Barrier, 0, () => {
      const { rank, size } = this.port;
      for (let distance = 1; distance < size; distance *= 2) {
        this.send((rank + distance) % size, NO_BYTES);
        this.receive((rank - distance + size) % size).release();
      }
    });
  }

  bcast(bytes: Uint8Array | undefined, root: number): Uint8Array {
    return this.call(Activity.Bcast, 0, () => this.spread(bytes, root));
  }

  reduce<T extends NumberArray>(
    values: T,
    operation: ReduceOperation,
    root: number,
  ): T | undefined {
    return this.call(Activity.Reduce, kindOffset(values), () => {
      const { rank } = this.port;
      const combined = this.combineUpwards(values, operation);
      if (root === 0) return combined;
      // The tree ends at rank 0 whatever the root, so the root never changes the result's bits.
      if (combined !== undefined) this.send(root, bytesOf(combined));
      if (rank !== root) return undefined;
      const result = values.slice() as T;
      this.receiveValues(0, result, (received) => result.set(received));
      return result;
    });
  }

  allreduce<T extends NumberArray>(values: T, operation: ReduceOperation): T {
    return this.call(Activity.Allreduce, kindOffset(values), () => {
      const combined = this.combineUpwards(values, operation) ?? (values.slice() as T);
      const bytes = bytesOf(combined);
      bytes.set(this.spread(this.port.rank === 0 ? bytes : undefined, 0));
      return combined;
    });
  }

  /**
   * Each rank sends straight to the root. In shared memory a tree would only copy the same bytes
   * once a level; the root takes them in rank order, whichever come first.
   */
  gather(bytes: Uint8Array, root: number): Uint8Array[] | undefined {
    return this.call(Activity.Gather, 0, () => {
      const { rank, size } = this.port;
      if (rank !== root) {
        this.send(root, bytes);
        return undefined;
      }
      return Array.from({ length: size }, (_, source) => {
        if (source === rank) return new Uint8Array(bytes);
        const message = this.receive(source);
        const copy = new Uint8Array(message.bytes);
        message.release();
        return copy;
      });
    });
  }

  /** Binomial tree from the root: whoever has the bytes passes them half of its range ahead. */
  private spread(bytes: Uint8Array | undefined, root: number): Uint8Array {
    const { rank, size } = this.port;
    const relative = (rank - root + size) % size;
    let bit = 1;
    while (bit < size && (relative & bit) === 0) bit *= 2;
    const message = relative === 0 ? undefined : this.receive((relative - bit + root) % size);
    const passed = message?.bytes ?? bytes ?? NO_BYTES;
    for (bit /= 2; bit >= 1; bit /= 2) {
      if (relative + bit < size) this.send((relative + bit + root) % size, passed);
    }
    const result = message === undefined ? passed : new Uint8Array(passed);
    message?.release();
    return result;
  }

  /**
   * Binomial tree towards rank 0: in round k each remaining rank combines its range's result, on
   * the left, with that of the 2^k ranks after it, on the right.
   */
  private combineUpwards<T extends NumberArray>(
    values: T,
    operation: ReduceOperation,
  ): T | undefined {
    const { rank, size } = this.port;
    const combined = values.slice() as T;
    for (let bit = 1; bit < size; bit *= 2) {
      if ((rank & bit) !== 0) {
        this.send(rank - bit, bytesOf(combined));
        return undefined;
      }
      if (rank + bit >= size) continue;
      this.receiveValues(rank + bit, combined, (received) =>
        combine(operation, combined, received),
      );
    }
    return combined;
  }

  private receiveValues(
    source: number,
    like: NumberArray,
    use: (values: NumberArray) => void,
  ): void {
    const message = this.receive(source);
    const { bytes, byteLength } = message;
    if (byteLength !== like.byteLength) {
      throw new UsageError(
        `${this.name()}: expected arrays of one length on all ranks, found ${byteLength} bytes` +
          ` from rank ${source} and ${like.byteLength} here`,
      );
    }
    use(
      like instanceof Int32Array
        ? new Int32Array(bytes.buffer, bytes.byteOffset, like.length)
        : new Float64Array(bytes.buffer, bytes.byteOffset, like.length),
    );
    message.release();
  }

  private call<Result>(activity: Activity, offset: number, body: () => Result): Result {
    const { port } = this;
    this.stamp = wrapStamp((this.calls << KIND_BITS) | (activity - Activity.Barrier + offset));
    this.calls++;
    port.collective = activity;
    try {
      return body();
    } finally {
      port.collective = undefined;
    }
  }

  private send(dest: number, bytes: Uint8Array): void {
    const { port } = this;
    port.transfer(dest, port.collectiveTag, this.stamp, bytes, true);
  }

  private receive(source: number): ReceivedMessage {
    const { port } = this;
    const tag = port.collectiveTag;
    const message = port.take(port.waitFor(source, tag, Activity.Barrier, Infinity));
    if (message.stamp === this.stamp) return message;
    throw new UsageError(
      `${this.name()}: expected the same collective calls in the same order on all ranks, found` +
        ` rank ${source} in ${nameOf(message.stamp)} where this rank is in ${nameOf(this.stamp)}`,
    );
  }

  private name(): string {
    return ACTIVITY_NAMES[this.port.collective ?? Activity.Barrier];
  }
}

function nameOf(stamp: number): string {
  const kind = stamp & ((1 << KIND_BITS) - 1);
  const name = ACTIVITY_NAMES[Activity.Barrier + (kind % INT32_KIND)];
  const array = kind >= INT32_KIND ? ' of Int32Array' : '';
  return `its call ${(stamp >>> KIND_BITS) + 1}, ${name}${array}`;
}

function kindOffset(values: NumberArray): number {
  return values instanceof Int32Array ? INT32_KIND : 0;
}

function bytesOf(values: NumberArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function combine(operation: ReduceOperation, into: NumberArray, from: NumberArray): void {
  const { length } = into;
  switch (operation) {
    case 'sum':
      for (let index = 0; index < length; index++) into[index] += from[index];
      break;
    case 'min':
      for (let index = 0; index < length; index++) into[index] = Math.min(into[index], from[index]);
      break;
    case 'max':
      for (let index = 0; index < length; index++) into[index] = Math.max(into[index], from[index]);
      break;
    default:
      for (let index = 0; index < length; index++) {
        into[index] = operation(into[index], from[index]);
      }
  }
}
