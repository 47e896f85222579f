/** Values that processes hand each other before and after a run; the MPI thread's side. */
import { deserialize, serialize } from 'node:v8';
import { ProcessLostError } from './errors.js';
import type { MpiWorld } from '../../comm/mpi/world.js';
import type { Members } from './members.js';

/** Tags of MPI's messages. */
export const MpiTag = {
  Batch: 1,
  Segments: 2,
  Value: 3,
  Clock: 4,
  Digests: 5,
  Window: 6,
  WindowRest: 7,
  Mail: 8,
} as const;

/** Time between two looks for a message, from the first to the last. */
const FIRST_WAIT_MS = 0.05;
const LAST_WAIT_MS = 2;

/** Time between two looks whether a process that is waited for still lives: each asks the system. */
export const LIFE_CHECK_MS = 200;

/** The longest piece that a value is sent in: MPI counts in Int32. */
const PIECE_BYTES = 2 ** 28;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Puts the calling thread to sleep. */
export function sleepMs(ms: number): void {
  Atomics.wait(sleeper, 0, 0, ms);
}

/** Calls `look` until it gives something, ever less often; `isOver` ends the wait without. */
export function waitFor<T>(look: () => T | undefined, isOver: () => boolean): T | undefined {
  let waitMs = FIRST_WAIT_MS;
  let sinceCheckMs = 0;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    sleepMs(waitMs);
    sinceCheckMs += waitMs;
    waitMs = Math.min(LAST_WAIT_MS, waitMs * 1.5);
    if (sinceCheckMs < LIFE_CHECK_MS) continue;
    sinceCheckMs = 0;
    if (isOver()) return look();
  }
}

/** Sends and receives values, of any kind that `structuredClone` takes. */
export class Exchange {
  constructor(
    private readonly world: MpiWorld,
    /** Unknown while the processes get to know each other. */
    private readonly members?: Members,
  ) {}

  private isGone(process: number): boolean {
    const { members } = this;
    if (members === undefined) return false;
    if (members.isDead(process)) return true;
    if (!members.hasVanished(process)) return false;
    members.bury(process);
    return true;
  }

  /** Sends bytes to `process`; false where it has died. */
  sendBytes(bytes: Uint8Array, process: number, tag: number): boolean {
    const set = this.world.requests(1);
    const length = new Float64Array([bytes.length]);
    const pieces: Uint8Array[] = [new Uint8Array(length.buffer)];
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      pieces.push(bytes.subarray(start, start + PIECE_BYTES));
    }
    for (const piece of pieces) {
      this.world.send(piece, process, tag, set, 0);
      const isSent = waitFor(
        () => (this.world.test(set) > 0 ? true : undefined),
        () => this.isGone(process),
      );
      if (isSent === undefined) return false;
    }
    return true;
  }

  /** Receives bytes from `process`; nothing where it has died. */
  receiveBytes(process: number, tag: number): Uint8Array | undefined {
    const head = this.receivePiece(process, tag);
    if (head === undefined) return undefined;
    const [length] = new Float64Array(head.buffer, head.byteOffset, 1);
    const bytes = new Uint8Array(length);
    for (let start = 0; start < length; start += PIECE_BYTES) {
      const piece = this.receivePiece(process, tag);
      if (piece === undefined) return undefined;
      bytes.set(piece, start);
    }
    return bytes;
  }

  private receivePiece(process: number, tag: number): Uint8Array | undefined {
    const found = waitFor(
      () => this.world.probe(process, tag),
      () => this.isGone(process),
    );
    return found && this.world.take(process, tag, found);
  }

  /** Sends a value that {@link receiveMail} finds over there; false where the process has died. */
  post(value: unknown, process: number): boolean {
    return this.sendBytes(serialize(value), process, MpiTag.Mail);
  }

  /** The next value that some process has posted, if one has come. */
  receiveMail(): { readonly from: number; readonly value: unknown } | undefined {
    const { world } = this;
    for (let process = 0; process < world.processes; process++) {
      if (process === world.process) continue;
      if (world.probe(process, MpiTag.Mail) === undefined) continue;
      const bytes = this.receiveBytes(process, MpiTag.Mail);
      if (bytes !== undefined) return { from: process, value: deserialize(bytes) as unknown };
    }
    return undefined;
  }

  /** At process 0 the values of all processes, `undefined` for the dead; elsewhere nothing. */
  gather(value: unknown): unknown[] {
    const { world } = this;
    if (world.process !== 0) {
      if (!this.sendBytes(serialize(value), 0, MpiTag.Value)) throw new ProcessLostError(0);
      return [];
    }
    return Array.from({ length: world.processes }, (_, process) => {
      if (process === 0) return value;
      const bytes = this.isGone(process) ? undefined : this.receiveBytes(process, MpiTag.Value);
      return bytes && (deserialize(bytes) as unknown);
    });
  }

  /** The value of process `root`, everywhere. */
  share(value: unknown, root: number): unknown {
    const { world } = this;
    if (world.process !== root) {
      const bytes = this.receiveBytes(root, MpiTag.Value);
      if (bytes === undefined) throw new ProcessLostError(root);
      return deserialize(bytes) as unknown;
    }
    const bytes = serialize(value);
    for (let process = 0; process < world.processes; process++) {
      if (process !== root) this.sendBytes(bytes, process, MpiTag.Value);
    }
    return value;
  }
}
