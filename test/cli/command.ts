import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';

import type { Environment } from '../../src/report/environment.js';
import type { RunResult } from '../../src/swarm/result.js';

/** The compiled command: ranks run from compiled code. */
export const MAIN = path.resolve(__dirname, '../../dist/src/cli/main.js');

/** A run that takes longer has hung, however slow the machine is. */
const LIMIT_MS = 60_000;

/** What `--json` prints. */
export type JsonResult = RunResult & { readonly environment: Environment };

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that may still run. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts Node with an environment of its own: the test runner's would slow every thread down. */
export function startNode(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  return start(process.execPath, args, env, LIMIT_MS);
}

/** Starts a program with `PATH` and what `env` says for its environment. */
export function start(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  limitMs: number,
): Running {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

/** Runs `bt-shm` with arguments that are written as one text, separated by spaces. */
export function command(text: string, ...more: readonly string[]): Promise<Ended> {
  const words = text.split(' ').filter((word) => word !== '');
  return startNode([MAIN, ...words, ...more]).ended;
}

/** Runs `bt-shm --json`; fails where standard output is anything but one JSON object. */
export async function runJson(
  text: string,
  ...more: readonly string[]
): Promise<Ended & { readonly result: JsonResult }> {
  const ended = await command(`${text} --json`, ...more);
  try {
    return { ...ended, result: JSON.parse(ended.stdout) as JsonResult };
  } catch (error) {
    throw new Error(`bt-shm ${text}: code=${ended.code} stderr=${ended.stderr}`, { cause: error });
  }
}
