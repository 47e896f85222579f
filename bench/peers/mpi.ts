import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SMALL_MESSAGE_BYTES, median, packageRoot, reasonOf } from './peer.js';
import type { PeerResult } from './peer.js';

/** Above the program's own alarm (45 s), so that in doubt its ranks end themselves first. */
const RUN_LIMIT_MS = 50_000;
const COMPILE_LIMIT_MS = 30_000;
const KILL_GRACE_MS = 2_000;
const OUTPUT_LIMIT_CHARS = 64 * 1024;

const LARGE_MESSAGE_BYTES = 16 * 1024;
const WINDOW = 64;

interface Implementation {
  name: string;
  compilers: string[];
  launchers: string[];
}

/** Debian's names, under which several implementations stand side by side. */
const SIDE_BY_SIDE: Implementation[] = [
  { name: 'Open MPI', compilers: ['mpicc.openmpi'], launchers: ['mpirun.openmpi'] },
  { name: 'MPICH', compilers: ['mpicc.mpich'], launchers: ['mpirun.mpich', 'mpiexec.hydra'] },
];

const PLAIN: Implementation = {
  name: 'MPI',
  compilers: ['mpicc'],
  launchers: ['mpirun', 'mpiexec'],
};

interface Settings {
  label: string;
  env: NodeJS.ProcessEnv;
}

const DEFAULTS: Settings = { label: '', env: {} };

/**
 * By default both implementations leave a large message to the kernel (CMA, one copy). Two copies
 * through shared memory can be several times faster: in virtual machines above all, where a system
 * call costs more. Each implementation heeds its own variable and ignores the other's.
 */
const COPYING: Settings = {
  label: ', without CMA',
  env: { OMPI_MCA_btl_vader_single_copy_mechanism: 'none', UCX_TLS: 'self,posix' },
};

interface Measurement {
  label: string;
  args: string[];
  unit: PeerResult['unit'];
  /** From the program's figure to `unit`. */
  scale: number;
  /** All are tried, and the highest figure is reported: more than one for rates only. */
  settings: Settings[];
}

const MEASUREMENTS: Measurement[] = [
  {
    label: `one way, ${SMALL_MESSAGE_BYTES} B, window ${WINDOW}`,
    args: ['rate', String(SMALL_MESSAGE_BYTES), String(WINDOW * 10_000), String(WINDOW)],
    unit: 'msg/s',
    scale: 1,
    settings: [DEFAULTS],
  },
  {
    label: `round trip, ${SMALL_MESSAGE_BYTES} B`,
    args: ['pingpong', String(SMALL_MESSAGE_BYTES), '100000'],
    unit: 'ns',
    scale: 1,
    settings: [DEFAULTS],
  },
  {
    label: `one way, ${LARGE_MESSAGE_BYTES / 1024} KiB, window ${WINDOW}`,
    args: ['rate', String(LARGE_MESSAGE_BYTES), String(WINDOW * 250), String(WINDOW)],
    unit: 'B/s',
    scale: LARGE_MESSAGE_BYTES,
    settings: [DEFAULTS, COPYING],
  },
];

/**
 * Two MPI processes on this machine: one-way rate of 16-byte messages, their round trip, and
 * bandwidth with messages of 16 KiB, for Open MPI and for MPICH. The program (`mpi.c`) is compiled
 * on the spot; each figure is the median of its repetitions. For 16 KiB the faster of two settings
 * is taken, and named.
 *
 * @returns three results for each implementation found, with `skipped` where a run failed; a single
 * one with `skipped` for an implementation that is not installed or can't compile the program
 */
export async function mpiPeers(): Promise<PeerResult[]> {
  const named = SIDE_BY_SIDE.filter(({ compilers }) => firstOnPath(compilers));
  const plainOnly = named.length === 0 && firstOnPath(PLAIN.compilers) !== undefined;
  const results: PeerResult[] = [];
  for (const implementation of plainOnly ? [PLAIN] : SIDE_BY_SIDE) {
    try {
      results.push(...(await measure(implementation)));
    } catch (error) {
      results.push({ name: implementation.name, unit: 'msg/s', skipped: reasonOf(error) });
    }
  }
  return results;
}

/** The launchers of this machine by the family of MPI that they belong to. */
export function mpiLaunchers(): { readonly name: string; readonly launcher: string }[] {
  return SIDE_BY_SIDE.flatMap(({ name, launchers }) => {
    const launcher = firstOnPath(launchers);
    return launcher === undefined ? [] : [{ name, launcher }];
  });
}

async function measure(implementation: Implementation): Promise<PeerResult[]> {
  const compiler = firstOnPath(implementation.compilers);
  const launcher = firstOnPath(implementation.launchers);
  if (compiler === undefined || launcher === undefined) {
    const missing = compiler === undefined ? implementation.compilers : implementation.launchers;
    throw new Error(`not installed: ${missing.join(' or ')} is not on the PATH`);
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'bt-shm-mpi-'));
  try {
    const program = path.join(folder, 'mpi');
    const source = path.join(packageRoot(), 'bench', 'peers', 'mpi.c');
    await run(compiler, ['-O2', '-o', program, source], COMPILE_LIMIT_MS);
    const results: PeerResult[] = [];
    for (const measurement of MEASUREMENTS) {
      const tried: PeerResult[] = [];
      for (const settings of measurement.settings) {
        tried.push(
          await measureOnce(launcher, program, measurement, settings, implementation.name),
        );
      }
      const figureOf = (result: PeerResult): number => result.value ?? 0;
      results.push(tried.reduce((best, next) => (figureOf(next) > figureOf(best) ? next : best)));
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureOnce(
  launcher: string,
  program: string,
  { label, args, unit, scale }: Measurement,
  settings: Settings,
  fallbackName: string,
): Promise<PeerResult> {
  try {
    const output = await run(launcher, ['-np', '2', program, ...args], RUN_LIMIT_MS, settings.env);
    const [library, ...figures] = output.trim().split('\n');
    const { name, version } = identify(library, fallbackName);
    return {
      name: `${name}, ${label}${settings.label}`,
      version,
      unit,
      value: median(figures.map(figure)) * scale,
    };
  } catch (error) {
    return { name: `${fallbackName}, ${label}${settings.label}`, unit, skipped: reasonOf(error) };
  }
}

/** The library tells its name and version itself: what a plain `mpicc` stands for is not known. */
function identify(library: string, fallback: string): { name: string; version: string } {
  const match = /^(Open MPI|MPICH)\D*([\d.]+)/.exec(library);
  return match === null
    ? { name: fallback, version: library.trim() }
    : { name: match[1], version: match[2] };
}

function figure(line: string): number {
  const value = Number(line);
  if (!(value > 0)) {
    throw new Error(`mpi.c: expected a figure, found "${line}"`);
  }
  return value;
}

function firstOnPath(commands: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder);
  return commands
    .flatMap((command) => folders.map((folder) => path.join(folder, command)))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a command to its end and returns its standard output. At the time limit the launcher first
 * gets SIGTERM, on which it ends its ranks, then SIGKILL.
 */
export function run(
  command: string,
  args: readonly string[],
  limitMs: number,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const name = path.basename(command);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let timedOut = false;
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(0, OUTPUT_LIMIT_CHARS);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(0, OUTPUT_LIMIT_CHARS);
    });
    const timers = [
      setTimeout(() => {
        timedOut = true;
        child.kill('SIGTERM');
      }, limitMs),
      setTimeout(() => {
        child.kill('SIGKILL');
        // A rank that outlives its launcher holds the pipes open, and would keep 'close' away.
        child.stdout.destroy();
        child.stderr.destroy();
      }, limitMs + KILL_GRACE_MS),
    ];
    const finish = (settle: () => void): void => {
      timers.forEach((timer) => clearTimeout(timer));
      settle();
    };
    child.once('error', (error) => finish(() => reject(error)));
    child.once('close', (code, signal) =>
      finish(() => {
        if (code === 0) {
          resolve(stdout);
          return;
        }
        const reason = timedOut
          ? `not done in limitMs=${limitMs}`
          : `exit=${code ?? String(signal)} ${stderr.trim().split('\n', 1)[0]}`;
        reject(new Error(`${name}: ${reason}`));
      }),
    );
  });
}

/** Open MPI refuses to run as root, or with more ranks than cores, unless told otherwise. */
function environment(): NodeJS.ProcessEnv {
  const asRoot =
    process.getuid?.() === 0
      ? { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' }
      : {};
  return { ...process.env, OMPI_MCA_rmaps_base_oversubscribe: '1', ...asRoot };
}
