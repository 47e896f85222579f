import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, machine, release, totalmem, type } from 'node:os';
import { pathsUpwards } from '../swarm/package-files.js';

/** Where a result came from: what a reader needs to compare it with another machine's. */
export interface Environment {
  /** Version of bt-shm. */
  readonly version: string;
  readonly node: string;
  readonly v8: string;
  /** Name, release and architecture. */
  readonly os: string;
  /** The processor's model, as the system names it. */
  readonly cpu: string;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Load average over the minute before the run: above 0, something else was running. */
  readonly load1: number;
  /** The command's arguments. */
  readonly argv: readonly string[];
}

/**
 * Describes the machine, to be asked before the run: the load is part of it.
 *
 * @param argv - the command's arguments, without the interpreter and the script
 */
export function describeEnvironment(argv: readonly string[]): Environment {
  return {
    version: packageVersion(),
    node: process.versions.node,
    v8: process.versions.v8,
    os: `${type()} ${release()} ${machine()}`,
    cpu: cpus().at(0)?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    load1: loadavg()[0],
    argv,
  };
}

/**
 * @param from - a folder inside the package
 * @returns the version in the nearest `package.json` at or above `from`, which is at another depth
 *   for sources than for compiled code; `unknown` where there is none
 */
export function packageVersion(from: string = __dirname): string {
  for (const file of pathsUpwards(from, 'package.json')) {
    const version = versionIn(file);
    if (version !== undefined) return version;
  }
  return 'unknown';
}

function versionIn(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const manifest = JSON.parse(text) as { version?: string };
  return manifest.version;
}
