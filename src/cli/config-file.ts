import { readFileSync } from 'node:fs';
import { InputError, UsageError } from '../errors.js';
import type { RunOptions } from '../swarm/config.js';
import { RUN_KEYS, type RunKey, readConfigValue } from './run-options.js';

/**
 * Reads the options of a run from a JSON file: an object whose keys are those of `config` in a
 * result. Paths in it are taken from the current directory, as on the command line.
 *
 * @param path - the file, as the user named it
 * @throws InputError - when it can't be read or is no JSON
 * @throws UsageError - on an unknown key or a value that can't be used; the message names the file
 */
export function readConfigFile(path: string): RunOptions {
  return readRunEntries(path, readJsonObject(path));
}

/**
 * @param path - a file, as the user named it
 * @returns the JSON object in it
 * @throws InputError - when it can't be read or is something else
 */
export function readJsonObject(path: string): Readonly<Record<string, unknown>> {
  const value = parse(path, read(path));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new InputError({ file: path, expected: 'a JSON object', found: nounOf(value) });
}

/**
 * Reads the options of a run from part of a configuration file.
 *
 * @param path - the file, and where in it, for messages
 * @param value - the object that has them
 */
export function readRunEntries(path: string, value: object): RunOptions {
  const options: Partial<Record<RunKey, unknown>> = {};
  for (const [key, entry] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    const known = RUN_KEYS.find((candidate) => candidate === key);
    if (known === undefined) {
      throw new UsageError(
        `${path}: unknown key ${JSON.stringify(key)}, expected one of ${RUN_KEYS.join(', ')}`,
      );
    }
    options[known] = naming(path, () => readConfigValue(known, `${path}: ${known}`, entry));
  }
  return options as RunOptions;
}

/** Makes sure that an error about a value names the file that the value is from. */
function naming<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError) || error.message.startsWith(path)) throw error;
    throw new UsageError(`${path}: ${error.message}`, { cause: error });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const found = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError({ file: path, expected: 'a JSON file', found, cause: error });
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new InputError({ file: path, expected: 'JSON', found, cause: error });
  }
}

function nounOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
