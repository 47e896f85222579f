/** The processes of a job, as one thread of each speaks to the others over MPI. */
import { MpiError } from './errors.js';
import { type Handle, type MpiLibrary, loadLibrary } from './library.js';
import type { LaunchedBy } from './launcher.js';

/** One thread of the process speaks MPI: the one that has initialised it. */
const THREAD_FUNNELED = 1;

/** Bytes that the text of an error may have. */
const TEXT_BYTES = 8192;

/** A message that has come and was not received yet. */
export interface Probed {
  readonly bytes: number;
}

/**
 * Requests that are tested together: a place each, which is empty or has a transfer under way.
 * Lives in one piece of memory, as MPI takes them.
 */
export class RequestSet {
  readonly handles: Uint8Array;
  /** Places whose transfers are through, after a test: as many as it says. */
  readonly done: Int32Array;
  /** Error code of the last test. */
  code = 0;
  readonly statuses: Uint8Array;
  private readonly places: Uint8Array[];
  readonly count = new Int32Array(1);

  constructor(
    readonly size: number,
    { requestBytes, statusBytes, nullRequest }: MpiLibrary,
  ) {
    this.handles = new Uint8Array(size * requestBytes);
    this.done = new Int32Array(size);
    this.statuses = new Uint8Array(size * statusBytes);
    this.places = Array.from({ length: size }, (_, place) =>
      this.handles.subarray(place * requestBytes, (place + 1) * requestBytes),
    );
    for (const place of this.places) place.set(nullRequest);
  }

  /** Where MPI puts the request of `place`. */
  at(place: number): Uint8Array {
    return this.places[place];
  }
}

/** A part of a window: what one process has put into it. */
export interface WindowPart {
  readonly process: number;
  /** Where this process sees it. */
  readonly address: bigint;
}

/** Memory of processes of one machine that each of them can read (MPI 3's shared-memory windows). */
export interface SharedWindow {
  readonly handle: Handle;
  /** The bytes that MPI has put the handle into, and empties. */
  readonly into: Uint8Array;
  readonly parts: readonly WindowPart[];
}

/** The processes of one machine, and MPI's handle for them. */
interface Machine {
  readonly comm: Handle;
  readonly processes: readonly number[];
}

/** This process among the others. Everything is called from the thread that has made it. */
export class MpiWorld {
  /** Number of this process, from 0. */
  readonly process: number;
  readonly processes: number;
  /** The processes that can share memory, this one included; once they are asked for. */
  private machine: Machine | undefined;
  private readonly flag = new Int32Array(1);
  private readonly status: Uint8Array;

  private constructor(readonly library: MpiLibrary) {
    this.status = new Uint8Array(library.statusBytes);
    this.process = this.ask((into) => library.Comm_rank(library.world, into), 'MPI_Comm_rank');
    this.processes = this.ask((into) => library.Comm_size(library.world, into), 'MPI_Comm_size');
  }

  /**
   * Initialises MPI for this process.
   *
   * @throws MpiError where there is no library, or it is not the launcher's
   */
  static async open(launcher: LaunchedBy | undefined, file?: string): Promise<MpiWorld> {
    const library = await loadLibrary(launcher?.family ?? 'Open MPI', file);
    const provided = new Int32Array(1);
    const code = library.Init_thread(null, null, THREAD_FUNNELED, provided);
    if (code !== 0) throw new MpiError(`MPI_Init_thread: expected 0, found ${code}`);
    if (provided[0] < THREAD_FUNNELED) {
      throw new MpiError(
        `${library.file}: expected MPI_THREAD_FUNNELED, found a library for one thread a process`,
      );
    }
    // Errors come back as codes: what they mean for the run is not MPI's to decide.
    library.Comm_set_errhandler(library.world, library.errorsReturn);
    const world = new MpiWorld(library);
    if (launcher !== undefined && launcher.processes !== world.processes) {
      throw new MpiError(
        `${library.file}: expected the ${launcher.processes} processes of the launcher, ` +
          `found ${world.processes}: it is not the MPI that mpirun belongs to`,
      );
    }
    return world;
  }

  private ask(call: (into: Int32Array) => number, name: string): number {
    const into = new Int32Array(1);
    this.check(call(into), name);
    return into[0];
  }

  private check(code: number, name: string): void {
    if (code === 0) return;
    const bytes = new Uint8Array(TEXT_BYTES);
    const length = new Int32Array(1);
    this.library.Error_string(code, bytes, length);
    const text = Buffer.from(bytes.subarray(0, length[0])).toString('utf8');
    throw new MpiError(`${name}: expected no error, found ${text}`);
  }

  /** The other processes that can share memory with this one; all processes have to call it. */
  findMates(): readonly number[] {
    const { library, process } = this;
    const { world, sharedType, noInfo, byte } = library;
    const into = new Uint8Array(library.handleBytes);
    const code = library.Comm_split_type(world, sharedType, process, noInfo, into);
    this.check(code, 'MPI_Comm_split_type');
    const comm = library.handleIn(into);
    const count = this.ask((size) => library.Comm_size(comm, size), 'MPI_Comm_size');
    const own = new Int32Array([process]);
    const all = new Int32Array(count);
    const { byteLength } = own;
    this.check(
      library.Allgather(own, byteLength, byte, all, byteLength, byte, comm),
      'MPI_Allgather',
    );
    this.machine = { comm, processes: [...all] };
    return this.machine.processes.filter((other) => other !== process);
  }

  /**
   * Allocates memory of this process that its mates can read, and finds theirs. All mates
   * have to call it.
   *
   * @param bytes - of this process
   * @throws MpiError where this MPI, or the machine, has no such memory to give
   */
  openWindow(bytes: number): SharedWindow {
    const { library, machine } = this;
    if (machine === undefined) throw new MpiError('MPI: nobody has asked who shares memory');
    const into = new Uint8Array(library.handleBytes);
    const address = new BigInt64Array(1);
    this.check(
      library.Win_allocate_shared(bytes, 1, library.noInfo, machine.comm, address, into),
      'MPI_Win_allocate_shared',
    );
    const handle = library.handleIn(into);
    this.check(library.Win_set_errhandler(handle, library.errorsReturn), 'MPI_Win_set_errhandler');
    const parts = machine.processes.map((process, index) => {
      const [length, unit] = [new BigInt64Array(1), new Int32Array(1)];
      const code = library.Win_shared_query(handle, index, length, unit, address);
      this.check(code, 'MPI_Win_shared_query');
      return { process, address: address[0] };
    });
    this.check(library.Win_lock_all(0, handle), 'MPI_Win_lock_all');
    return { handle, into, parts };
  }

  /** What was written to the window, here or there, is there for whoever is told of it. */
  syncWindow({ handle }: SharedWindow): void {
    this.check(this.library.Win_sync(handle), 'MPI_Win_sync');
  }

  /** Gives the window's memory back; all mates have to call it, and wait for each other. */
  closeWindow({ handle, into }: SharedWindow): void {
    const { library } = this;
    this.check(library.Win_unlock_all(handle), 'MPI_Win_unlock_all');
    this.check(library.Win_free(into), 'MPI_Win_free');
  }

  /** A set of `size` places for requests. */
  requests(size: number): RequestSet {
    return new RequestSet(size, this.library);
  }

  /** Begins to send `bytes`, which must not change until `place` of `set` is done. */
  send(bytes: Uint8Array, to: number, tag: number, set: RequestSet, place: number): void {
    const { library } = this;
    const code = library.Isend(
      bytes,
      bytes.length,
      library.byte,
      to,
      tag,
      library.world,
      set.at(place),
    );
    this.check(code, 'MPI_Isend');
  }

  /** Begins to receive into `bytes`, which are full, or as full as they get, when `place` is done. */
  receive(bytes: Uint8Array, from: number, tag: number, set: RequestSet, place: number): void {
    const { library } = this;
    const code = library.Irecv(
      bytes,
      bytes.length,
      library.byte,
      from,
      tag,
      library.world,
      set.at(place),
    );
    this.check(code, 'MPI_Irecv');
  }

  /** Takes back what {@link receive} has begun; `place` is done soon, one way or the other. */
  cancel(set: RequestSet, place: number): void {
    this.check(this.library.Cancel(set.at(place)), 'MPI_Cancel');
  }

  /**
   * Lets transfers come forward, and notes in `set` which are through; their places are empty. Where
   * one has failed, {@link checkTest} says so: the others are through all the same.
   */
  test(set: RequestSet): number {
    const { library } = this;
    set.code = library.Testsome(set.size, set.handles, set.count, set.done, set.statuses);
    // MPI_UNDEFINED, which is negative, where no place is taken.
    return Math.max(0, set.count[0]);
  }

  /** Throws where a transfer has failed by the last test. */
  checkTest({ code }: RequestSet): void {
    this.check(code, 'MPI_Testsome');
  }

  /** Bytes that came with the transfer that is at `index` among those that a test has found done. */
  bytesOf({ statuses }: RequestSet, index: number): number {
    const { library, flag } = this;
    const status = statuses.subarray(index * library.statusBytes);
    this.check(library.Get_count(status, library.byte, flag), 'MPI_Get_count');
    return flag[0];
  }

  /** The next message from `from` with `tag`, if it has come. */
  probe(from: number, tag: number): Probed | undefined {
    const { library, flag, status } = this;
    this.check(library.Iprobe(from, tag, library.world, flag, status), 'MPI_Iprobe');
    if (flag[0] === 0) return undefined;
    return {
      bytes: this.ask((into) => library.Get_count(status, library.byte, into), 'MPI_Get_count'),
    };
  }

  /** Receives a message that {@link probe} has found. */
  take(from: number, tag: number, { bytes }: Probed): Uint8Array {
    const { library } = this;
    const message = new Uint8Array(bytes);
    const code = library.Recv(message, bytes, library.byte, from, tag, library.world, this.status);
    this.check(code, 'MPI_Recv');
    return message;
  }

  /** Ends all processes of the job, this one included, with `code` as far as the launcher keeps it. */
  abort(code: number): void {
    this.library.Abort(this.library.world, code);
  }

  /** The process's last call: waits until every other process has come to it. */
  close(): void {
    this.library.Finalize();
  }
}
