/** `bt-shm bench`: hands over to the benchmarks, which are loaded only when asked for. */
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXIT_CODES, type ExitCode } from '../errors.js';

/** What the command line may tell the benchmarks. */
export interface BenchOptions {
  /** Print one JSON object in place of tables. */
  readonly json: boolean;
  /** Measure for a shorter time, with less certain figures. */
  readonly quick: boolean;
  /** The one section to run. */
  readonly only?: string;
}

/** The benchmarks' entry; it returns an exit code where it has one to report. */
type RunBench = (options: BenchOptions) => Promise<ExitCode | undefined> | ExitCode | undefined;

/** Where the compiled benchmarks are, seen from the compiled command. */
const ENTRY = path.join(__dirname, '..', '..', 'bench', 'index.js');

/**
 * Runs the benchmarks.
 *
 * @returns the exit code
 * @throws Error when they are not part of this build
 */
export async function benchCommand(options: BenchOptions, entry = ENTRY): Promise<ExitCode> {
  if (!existsSync(entry)) {
    throw new Error(`the benchmarks are not part of this build: expected ${entry}`);
  }
  const loaded: unknown = await import(pathToFileURL(entry).href);
  return (await defaultExportOf(loaded, entry)(options)) ?? EXIT_CODES.done;
}

/** The default export of a CommonJS module is its `exports`, which has a `default` of its own. */
function defaultExportOf(loaded: unknown, entry: string): RunBench {
  let found = loaded;
  while (typeof found === 'object' && found !== null && 'default' in found) found = found.default;
  if (typeof found !== 'function') {
    throw new Error(`${entry}: expected a function as its default export, found ${typeof found}`);
  }
  return found as RunBench;
}
