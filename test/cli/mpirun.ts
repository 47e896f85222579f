/** Runs of `bt-shm` in a job of an MPI launcher, where there is one. */
import { execFileSync, spawn } from 'node:child_process';
import { type Ended, type JsonResult, MAIN, type Running } from './command.js';

/** A launcher and the family of MPI that it belongs to. */
export interface Launcher {
  readonly name: 'Open MPI' | 'MPICH';
  readonly command: string;
  readonly options: readonly string[];
}

const LAUNCHERS: readonly Launcher[] = [
  { name: 'Open MPI', command: 'mpirun.openmpi', options: ['--oversubscribe'] },
  { name: 'MPICH', command: 'mpirun.mpich', options: [] },
];

/** A job that takes longer has hung, however slow the machine is. */
const LIMIT_MS = 100_000;

/** The launcher of `family`, if it is installed. */
export function findLauncher(family: Launcher['name']): Launcher | undefined {
  const launcher = LAUNCHERS.find(({ name }) => name === family);
  if (launcher === undefined) return undefined;
  try {
    execFileSync(launcher.command, ['--version'], { stdio: 'ignore' });
    return launcher;
  } catch {
    return undefined;
  }
}

/** Starts a job of `processes` processes. */
export function startJob(
  { command, options }: Launcher,
  processes: number,
  text: string,
  env: Readonly<Record<string, string>> = {},
): Running {
  const words = text.split(' ').filter((word) => word !== '');
  const args = [...options, '-np', String(processes), process.execPath, MAIN, ...words];
  const child = spawn(command, args, {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '/',
      OMPI_ALLOW_RUN_AS_ROOT: '1',
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

/** Runs a job to its end. */
export function job(launcher: Launcher, processes: number, text: string): Promise<Ended> {
  return startJob(launcher, processes, text).ended;
}

/** Runs a job with `--json`; fails where standard output is anything but one JSON object. */
export async function jobJson(
  launcher: Launcher,
  processes: number,
  text: string,
): Promise<{ code: number | null; result: JsonResult }> {
  const { code, stdout, stderr } = await job(launcher, processes, `${text} --json`);
  try {
    return { code, result: JSON.parse(stdout) as JsonResult };
  } catch (error) {
    throw new Error(`exit code ${code}: ${stdout.slice(0, 200)} ${stderr}`, { cause: error });
  }
}
