/**
 * The MPI library of this machine, called through koffi. It is loaded only where a run is to go over
 * MPI; neither it nor koffi is needed otherwise.
 *
 * MPI fixes no binary interface, and the two families differ in it: Open MPI's handles are addresses
 * of its own objects, MPICH's are integers. Both are learnt from the library that is found.
 */
import type { LibraryHandle, load } from 'koffi';
import { MpiError } from './errors.js';
import type { MpiFamily } from './launcher.js';

/** A handle as it is passed: an address or an integer. */
export type Handle = unknown;

/** Calls by the names of the MPI standard; each gives an error code, 0 where all went well. */
export interface MpiCalls {
  Init_thread(argc: null, argv: null, required: number, provided: Int32Array): number;
  Finalize(): number;
  Abort(comm: Handle, code: number): number;
  Comm_rank(comm: Handle, rank: Int32Array): number;
  Comm_size(comm: Handle, size: Int32Array): number;
  Comm_set_errhandler(comm: Handle, handler: Handle): number;
  Error_string(code: number, text: Uint8Array, length: Int32Array): number;
  Isend(
    bytes: Uint8Array,
    count: number,
    type: Handle,
    to: number,
    tag: number,
    comm: Handle,
    request: Uint8Array,
  ): number;
  Irecv(
    bytes: Uint8Array,
    count: number,
    type: Handle,
    from: number,
    tag: number,
    comm: Handle,
    request: Uint8Array,
  ): number;
  Testsome(
    count: number,
    requests: Uint8Array,
    done: Int32Array,
    indices: Int32Array,
    statuses: Uint8Array,
  ): number;
  Cancel(request: Uint8Array): number;
  Iprobe(from: number, tag: number, comm: Handle, flag: Int32Array, status: Uint8Array): number;
  Get_count(status: Uint8Array, type: Handle, count: Int32Array): number;
  Recv(
    bytes: Uint8Array,
    count: number,
    type: Handle,
    from: number,
    tag: number,
    comm: Handle,
    status: Uint8Array,
  ): number;
  Comm_split_type(
    comm: Handle,
    type: number,
    key: number,
    info: Handle,
    newComm: Uint8Array,
  ): number;
  Allgather(
    sent: Int32Array,
    sentCount: number,
    sentType: Handle,
    received: Int32Array,
    receivedCount: number,
    receivedType: Handle,
    comm: Handle,
  ): number;
  Win_allocate_shared(
    bytes: number,
    unit: number,
    info: Handle,
    comm: Handle,
    address: BigInt64Array,
    window: Uint8Array,
  ): number;
  Win_shared_query(
    window: Handle,
    rank: number,
    bytes: BigInt64Array,
    unit: Int32Array,
    address: BigInt64Array,
  ): number;
  Win_set_errhandler(window: Handle, handler: Handle): number;
  Win_lock_all(assertion: number, window: Handle): number;
  Win_unlock_all(window: Handle): number;
  Win_sync(window: Handle): number;
  Win_free(window: Uint8Array): number;
}

/** A loaded library: its calls, and what its family calls the things that they take. */
export interface MpiLibrary extends MpiCalls {
  readonly family: MpiFamily;
  /** Name under which the library was found. */
  readonly file: string;
  readonly world: Handle;
  readonly byte: Handle;
  readonly errorsReturn: Handle;
  readonly noInfo: Handle;
  /** `MPI_COMM_TYPE_SHARED`. */
  readonly sharedType: number;
  /** Bytes of a communicator's or a window's handle, and the handle in them. */
  readonly handleBytes: number;
  readonly handleIn: (bytes: Uint8Array) => Handle;
  /** Bytes of a request, and a request that is none. */
  readonly requestBytes: number;
  readonly nullRequest: Uint8Array;
  /** Bytes of a status. */
  readonly statusBytes: number;
}

/** What a family's binary interface makes of MPI's types. */
interface Abi {
  readonly family: MpiFamily;
  readonly files: readonly string[];
  readonly handleType: string;
  readonly handleBytes: number;
  readonly handleIn: (bytes: Uint8Array) => Handle;
  readonly sharedType: number;
  readonly requestBytes: number;
  readonly statusBytes: number;
  open(library: LibraryHandle): Pick<MpiLibrary, 'world' | 'byte' | 'errorsReturn' | 'noInfo'>;
  nullRequest(library: LibraryHandle, addressOf: (symbol: unknown) => bigint): bigint;
}

const OPEN_MPI: Abi = {
  family: 'Open MPI',
  files: ['libmpi.so.40', 'libmpi.40.dylib', 'libmpi.so'],
  handleType: 'void *',
  handleBytes: 8,
  handleIn: (bytes) => viewOf(bytes).getBigUint64(0, true),
  sharedType: 0,
  requestBytes: 8,
  statusBytes: 24,
  open: (library) => ({
    world: library.symbol('ompi_mpi_comm_world'),
    byte: library.symbol('ompi_mpi_byte'),
    errorsReturn: library.symbol('ompi_mpi_errors_return'),
    noInfo: library.symbol('ompi_mpi_info_null'),
  }),
  nullRequest: (library, addressOf) => addressOf(library.symbol('ompi_request_null')),
};

/** The common interface of MPICH and those derived from it; the numbers are those of its `mpi.h`. */
const MPICH: Abi = {
  family: 'MPICH',
  files: ['libmpich.so.12', 'libmpi.so.12', 'libmpi.12.dylib', 'libmpi.so'],
  handleType: 'int',
  handleBytes: 4,
  handleIn: (bytes) => viewOf(bytes).getInt32(0, true),
  sharedType: 1,
  requestBytes: 4,
  statusBytes: 20,
  open: () => ({
    world: 0x4400_0000,
    byte: 0x4c00_010d,
    errorsReturn: 0x5400_0001,
    noInfo: 0x1c00_0000,
  }),
  nullRequest: () => 0x2c00_0000n,
};

/** Debian's package of each family, for the message that says what to install. */
const PACKAGES: Readonly<Record<MpiFamily, string>> = {
  'Open MPI': 'openmpi-bin',
  MPICH: 'mpich',
};

/**
 * Loads the library of `family`.
 *
 * @param file - the library's file, in place of those where it usually is
 * @throws MpiError that says what to install, where koffi or the library is missing
 */
export async function loadLibrary(family: MpiFamily, file?: string): Promise<MpiLibrary> {
  const koffi = await importKoffi();
  const abi = family === 'MPICH' ? MPICH : OPEN_MPI;
  const candidates = file === undefined ? abi.files : [file];
  const failures: string[] = [];
  for (const candidate of candidates) {
    try {
      // Open MPI's plug-ins look for its symbols among the global ones.
      const handle = koffi.load(candidate, { global: true });
      return bind(abi, candidate, handle, (symbol) => koffi.address(symbol));
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  const where = file ?? `${candidates.slice(0, 2).join(', ')}, ...`;
  throw new MpiError(
    `${family}: expected its library (${where}), found none that can be loaded: ` +
      `${failures[0] ?? ''}; install it, on Debian with apt-get install ${PACKAGES[family]}`,
  );
}

async function importKoffi(): Promise<{ load: typeof load; address: (value: unknown) => bigint }> {
  try {
    return await import('koffi');
  } catch (error) {
    throw new MpiError(
      'MPI: expected the package koffi, an optional dependency, found none that can be loaded; ' +
        'install it with npm install koffi',
      { cause: error },
    );
  }
}

function bind(
  abi: Abi,
  file: string,
  library: LibraryHandle,
  addressOf: (symbol: unknown) => bigint,
): MpiLibrary {
  const { handleType: handle } = abi;
  const call = <Name extends keyof MpiCalls>(name: Name, types: string[]): MpiCalls[Name] =>
    library.func(`MPI_${name}`, 'int', types);
  const transfer = ['void *', 'int', handle, 'int', 'int', handle, 'void *'];
  const nullRequest = new Uint8Array(abi.requestBytes);
  const view = viewOf(nullRequest);
  const none = abi.nullRequest(library, addressOf);
  if (abi.requestBytes === 8) view.setBigUint64(0, none, true);
  else view.setUint32(0, Number(none), true);
  return {
    family: abi.family,
    file,
    requestBytes: abi.requestBytes,
    statusBytes: abi.statusBytes,
    handleBytes: abi.handleBytes,
    handleIn: abi.handleIn,
    sharedType: abi.sharedType,
    nullRequest,
    ...abi.open(library),
    Init_thread: call('Init_thread', ['void *', 'void *', 'int', 'void *']),
    Finalize: call('Finalize', []),
    Abort: call('Abort', [handle, 'int']),
    Comm_rank: call('Comm_rank', [handle, 'void *']),
    Comm_size: call('Comm_size', [handle, 'void *']),
    Comm_set_errhandler: call('Comm_set_errhandler', [handle, handle]),
    Error_string: call('Error_string', ['int', 'void *', 'void *']),
    Isend: call('Isend', transfer),
    Irecv: call('Irecv', transfer),
    Recv: call('Recv', transfer),
    Testsome: call('Testsome', ['int', 'void *', 'void *', 'void *', 'void *']),
    Cancel: call('Cancel', ['void *']),
    Iprobe: call('Iprobe', ['int', 'int', handle, 'void *', 'void *']),
    Get_count: call('Get_count', ['void *', handle, 'void *']),
    Comm_split_type: call('Comm_split_type', [handle, 'int', 'int', handle, 'void *']),
    Allgather: call('Allgather', ['void *', 'int', handle, 'void *', 'int', handle, handle]),
    Win_allocate_shared: call('Win_allocate_shared', [
      'int64',
      'int',
      handle,
      handle,
      'void *',
      'void *',
    ]),
    Win_shared_query: call('Win_shared_query', [handle, 'int', 'void *', 'void *', 'void *']),
    Win_set_errhandler: call('Win_set_errhandler', [handle, handle]),
    Win_lock_all: call('Win_lock_all', ['int', handle]),
    Win_unlock_all: call('Win_unlock_all', [handle]),
    Win_sync: call('Win_sync', [handle]),
    Win_free: call('Win_free', ['void *']),
  };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
