/** Runs a program on N ranks, each a worker thread, and watches over them. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { MemoryLimitError, UsageError } from '../errors.js';
import { carveChannels } from '../ringbuf/channels.js';
import { ABORT, ControlLayout } from '../shm/control-layout.js';
import { Carver, WORD_BYTES, type Words } from '../shm/layout.js';
import { wake } from '../shm/parking.js';
import type { Communicator } from './communicator.js';
import { DeadlockError, RankFailedError } from './errors.js';
import { BLOCK_ALIGNMENT_WORDS, HEAP_LIMIT_BYTES, allocateHeap } from './heap-layout.js';
import {
  ABORT_DEADLOCK,
  ABORT_INTERRUPTED,
  type LaunchPlan,
  type RankReply,
  type RankTask,
} from './launch-plan.js';
import { DeadlockWatch, carveWaits } from './wait-board.js';
import { startWorker } from './workers.js';

/** The function that a program's module exports by default; every rank runs it. */
export type RankProgram = (comm: Communicator, args: unknown) => unknown;

/** How {@link launch} runs a program. */
export interface LaunchOptions {
  /** Number of ranks, from 1 to 1024; each is a thread. */
  readonly ranks: number;
  /** Number of tags, from 1 to 1024; each is a channel of its own at every rank. 16 by default. */
  readonly tags?: number;
  /**
   * Messages that the channel of one tag at one rank holds, a power of two from 2 to 65536; 32
   * bytes each. 128 by default.
   */
  readonly capacity?: number;
  /**
   * Each rank's memory for the messages of more than 16 bytes that it has sent and that were not
   * released yet; it bounds the longest message. 1 MiB by default, up to 2 GiB; the system's
   * memory is taken only as it is written.
   */
  readonly heapBytes?: number;
  /**
   * What a rank that waits for a message on one tag takes in on the others; beyond it those
   * messages stay where they are and their senders wait. 64 MiB by default.
   */
  readonly inboxBytes?: number;
  /** Handed to every rank as a structured clone; shared memory in it is shared. */
  readonly args?: unknown;
  /** Gives the run up; the promise is rejected with its reason. */
  readonly signal?: AbortSignal;
}

const MAX_RANKS = 1024;
const MAX_TAGS = 1024;
const MAX_CAPACITY = 2 ** 16;

/** The slab's word offsets are Int32, its bytes at most what one buffer may have on Node 20. */
const SLAB_LIMIT_BYTES = 2 ** 32 - 2 ** 16;

/** Time between two looks for a deadlock. */
const WATCH_MS = 100;

/** What ranks get to end by themselves once the run is given up. */
const ABORT_LIMIT_MS = 1000;

/** What threads get to end by themselves, and to write out what they print, after all returned. */
const RETURN_LIMIT_MS = 200;

/**
 * Runs a program on several ranks, each a worker thread of this process.
 *
 * Each rank loads the module and calls its default export with its own {@link Communicator} and
 * `args`; the function may be asynchronous. The threads have an empty `process.env`.
 *
 * @param program - the module: its path, relative to the working directory, or its `file:` URL. An
 *   ES module or a CommonJS one, whose `module.exports` (or `exports.default`) is the function
 * @param options - how many ranks, and what they get
 * @returns what each rank's function returned, as structured clones, by rank
 * @throws UsageError if an option or the module can't be used
 * @throws MemoryLimitError if the channels would need too much memory
 * @throws RankFailedError if a rank's function throws or its thread ends early; the others are
 *   aborted
 * @throws DeadlockError if all ranks that still run wait for each other
 */
export async function launch(program: string | URL, options: LaunchOptions): Promise<unknown[]> {
  const url = resolveProgram(program);
  const plan = planLaunch(options);
  options.signal?.throwIfAborted();
  return new Launch(plan, url, options).run();
}

function resolveProgram(program: string | URL): string {
  const isUrl = typeof program !== 'string' || program.startsWith('file:');
  let path: string;
  try {
    path = isUrl ? fileURLToPath(program) : resolve(program);
  } catch (error) {
    const text = String(program);
    throw new UsageError(`program: expected a path or a file: URL, found ${text}`, {
      cause: error,
    });
  }
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new UsageError(`program: expected a module, found no such file: ${path}`);
  }
  return isUrl ? new URL(program).href : pathToFileURL(path).href;
}

function planLaunch(options: LaunchOptions): LaunchPlan {
  const { ranks } = options;
  checkCount('ranks', ranks, 1, MAX_RANKS);
  const userTags = checkCount('tags', options.tags ?? 16, 1, MAX_TAGS);
  const capacity = checkCount('capacity', options.capacity ?? 128, 2, MAX_CAPACITY);
  if ((capacity & (capacity - 1)) !== 0) {
    throw new UsageError(`capacity: expected a power of two, found ${capacity}`);
  }
  const inboxBytes = checkCount('inboxBytes', options.inboxBytes ?? 2 ** 26, 0, 2 ** 30);
  const wantedBytes = checkCount('heapBytes', options.heapBytes ?? 2 ** 20, 64, HEAP_LIMIT_BYTES);
  const alignment = BLOCK_ALIGNMENT_WORDS * WORD_BYTES;
  const heapBytes = Math.ceil(wantedBytes / alignment) * alignment;
  const carver = new Carver();
  // One control block more than ranks: the launching thread wakes and counts, too.
  const control = ControlLayout.carve(carver, ranks + 1);
  const waits = carveWaits(carver, ranks);
  const channels = carveChannels(carver, ranks, userTags + 1, () => capacity);
  const slabBytes = carver.totalWords * WORD_BYTES;
  if (slabBytes > SLAB_LIMIT_BYTES) {
    throw new MemoryLimitError(
      `the channels of ranks=${ranks}, tags=${userTags}, capacity=${capacity}`,
      slabBytes,
      SLAB_LIMIT_BYTES,
    );
  }
  return {
    ranks,
    userTags,
    capacity,
    inboxBytes,
    heapBytes,
    slab: new SharedArrayBuffer(slabBytes),
    control: control.offset,
    waits,
    channels,
    heaps: Array.from({ length: ranks }, () => allocateHeap(heapBytes)),
  };
}

function checkCount(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(`${name}: expected an integer from ${least} to ${most}, found ${value}`);
}

/** One run of a program. */
class Launch {
  private readonly words: Words;
  private readonly control: ControlLayout;
  private readonly watch: DeadlockWatch;
  private readonly workers: (Worker | undefined)[] = [];
  private readonly values: unknown[];
  private readonly returned: boolean[];
  private stillRunning: number;
  /** Why the run was given up; wrapped, as a signal's reason may be any value. */
  private failure: { readonly reason: unknown } | undefined;

  constructor(
    private readonly plan: LaunchPlan,
    private readonly program: string,
    private readonly options: LaunchOptions,
  ) {
    const { ranks } = plan;
    this.words = new Int32Array(plan.slab);
    this.control = new ControlLayout(plan.control, ranks + 1);
    this.watch = new DeadlockWatch(this.words, this.control, plan.waits, ranks, plan.userTags);
    this.values = new Array<unknown>(ranks).fill(undefined);
    this.returned = new Array<boolean>(ranks).fill(false);
    this.stillRunning = ranks;
  }

  async run(): Promise<unknown[]> {
    const { signal } = this.options;
    const interrupt = (): void => this.giveUp(signal?.reason, ABORT_INTERRUPTED);
    signal?.addEventListener('abort', interrupt, { once: true });
    const tick = setInterval(() => this.lookForDeadlock(), WATCH_MS);
    try {
      await Promise.all(this.plan.heaps.map((_, rank) => this.start(rank)));
    } finally {
      clearInterval(tick);
      signal?.removeEventListener('abort', interrupt);
    }
    if (this.failure !== undefined) throw this.failure.reason;
    return this.values;
  }

  private start(rank: number): Promise<void> {
    if (this.failure !== undefined) return Promise.resolve();
    const { plan, program } = this;
    const task: RankTask = { plan, rank, program, args: this.options.args };
    let worker: Worker;
    try {
      worker = startWorker(join(__dirname, 'program-worker.js'), task, `rank ${rank}`);
    } catch (error) {
      this.giveUp(startFailure(rank, error), rank + 1);
      return Promise.resolve();
    }
    this.workers[rank] = worker;
    return new Promise((done) => {
      worker.on('message', (reply: RankReply) => this.onReply(rank, reply));
      worker.on('error', (error) => this.failRank(rank, error));
      worker.on('exit', (code) => {
        this.workers[rank] = undefined;
        if (!this.returned[rank]) {
          const reason = `its thread ended with exit code ${code} before its program returned`;
          this.giveUp(new RankFailedError(rank, reason), rank + 1);
        }
        done();
      });
    });
  }

  private onReply(rank: number, reply: RankReply): void {
    switch (reply.kind) {
      case 'returned':
        this.values[rank] = reply.value;
        this.returned[rank] = true;
        // A timer that the program left behind would keep its thread for ever.
        if (--this.stillRunning === 0) this.endWorkersIn(RETURN_LIMIT_MS);
        break;
      case 'no-program':
        this.giveUp(
          new UsageError(
            `program: expected a module whose default export is a function, found ${reply.found}:` +
              ` ${fileURLToPath(this.program)}`,
          ),
          rank + 1,
        );
        break;
      case 'failed':
        if (reply.error instanceof Error && typeof reply.code === 'string') {
          Object.assign(reply.error, { code: reply.code });
        }
        this.failRank(rank, reply.error);
    }
  }

  private failRank(rank: number, error: unknown): void {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.giveUp(new RankFailedError(rank, reason, { cause: error }), rank + 1);
  }

  /** The first reason counts: what comes after it is its consequence. */
  private giveUp(reason: unknown, abort: number): void {
    if (this.failure !== undefined) return;
    this.failure = { reason };
    // Every wait looks at this word when it ends; those that sleep are woken for it.
    Atomics.store(this.words, this.plan.control + ABORT, abort);
    const self = this.control.threadOffset(this.plan.ranks);
    for (let rank = 0; rank < this.plan.ranks; rank++) {
      wake(this.words, this.control.threadOffset(rank), self);
    }
    this.endWorkersIn(ABORT_LIMIT_MS);
  }

  private endWorkersIn(limitMs: number): void {
    const timer = setTimeout(() => {
      for (const worker of this.workers) void worker?.terminate();
    }, limitMs);
    // Once all threads have ended there is nothing to wait for.
    timer.unref();
  }

  private lookForDeadlock(): void {
    const waits = this.watch.find();
    if (waits !== undefined) this.giveUp(new DeadlockError(waits), ABORT_DEADLOCK);
  }
}

function startFailure(rank: number, error: unknown): Error {
  if (error instanceof Error && error.name === 'DataCloneError') {
    return new UsageError(`args: expected what can be cloned, found otherwise: ${error.message}`, {
      cause: error,
    });
  }
  return new RankFailedError(rank, 'its thread did not start', { cause: error });
}
