/** Runs of `bt-shm` in a job of an MPI launcher, where there is one. */
import { execFileSync } from 'node:child_process';
import { type Ended, type JsonResult, MAIN, type Running, start } from './command.js';

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
export const JOB_LIMIT_MS = 100_000;

/** What launchers need: Open MPI refuses to run as root unless told otherwise. */
export const LAUNCHER_ENVIRONMENT = {
  HOME: process.env['HOME'] ?? '/',
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
};

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
  return start(command, args, { ...LAUNCHER_ENVIRONMENT, ...env }, JOB_LIMIT_MS);
}

/** Runs a job to its end. */
export function job(
  launcher: Launcher,
  processes: number,
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return startJob(launcher, processes, text, env).ended;
}

/** Runs a job with `--json`; fails where standard output is anything but one JSON object. */
export async function jobJson(
  launcher: Launcher,
  processes: number,
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; result: JsonResult }> {
  const { code, stdout, stderr } = await job(launcher, processes, `${text} --json`, env);
  try {
    return { code, result: JSON.parse(stdout) as JsonResult };
  } catch (error) {
    throw new Error(`exit code ${code}: ${stdout.slice(0, 200)} ${stderr}`, { cause: error });
  }
}
