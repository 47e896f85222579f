/** Keeps the results of a comparison in a directory, one file a run, so that it can be resumed. */
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { InputError, UsageError } from '../../errors.js';
import { createOutputToken, prepareOutputDirectory, writeAtomically } from '../input/index.js';
import { type RunResult, SCHEMA_VERSION } from '../result.js';
import { type Definition, differencesBetween } from './definition.js';
import type { Cell, Matrix } from './matrix.js';
import { requireSchema } from './schema.js';

/** The file that says what a directory's results are. */
export const MANIFEST_FILE = 'matrix.json';

/** Version of {@link Manifest}'s shape. */
export const MANIFEST_VERSION = 1;

/** What stands in {@link MANIFEST_FILE}. */
export interface Manifest {
  readonly schemaVersion: typeof MANIFEST_VERSION;
  readonly kind: 'matrix';
  /** When the comparison was begun, ISO 8601. */
  readonly startedAt: string;
  /** Reproduces the comparison. */
  readonly command?: string;
  /** The machine that it was begun on. */
  readonly environment?: object;
  readonly definition: Definition;
  /** All runs in the order of the comparison, whether they have run yet or not. */
  readonly runs: readonly {
    readonly file: string;
    readonly contender: number;
    readonly point: number;
    readonly seed: number;
  }[];
}

/** A result as it is stored. */
export type StoredResult = RunResult & {
  readonly environment?: object;
  /** Which run of a comparison this is. */
  readonly comparison?: { readonly contender: string; readonly point: object };
};

/** The stored results of one comparison. */
export class ResultStore {
  private readonly token = createOutputToken();

  private constructor(
    private readonly directory: string,
    /** What the directory says of itself: with a resumed comparison, what the first session wrote. */
    readonly manifest: Manifest,
  ) {}

  /**
   * Makes a directory ready for a comparison's results.
   *
   * @param directory - created with its parents where it is not there
   * @param manifest - what is to be compared; see {@link manifestOf}
   * @param resume - go on with what is stored there
   * @throws UsageError - where the directory holds a comparison already and `resume` is not set,
   *   or holds another one: the message says what differs
   * @throws InputError - where the directory can't be used
   */
  static open(directory: string, manifest: Manifest, resume: boolean): ResultStore {
    prepareOutputDirectory(directory);
    const file = path.join(directory, MANIFEST_FILE);
    if (!existsSync(file)) {
      const store = new ResultStore(directory, manifest);
      store.put(MANIFEST_FILE, manifest);
      return store;
    }
    if (!resume) {
      throw new UsageError(
        `--out ${directory}: expected a directory without ${MANIFEST_FILE}, found a comparison; ` +
          '--resume goes on with it',
      );
    }
    const stored = readManifest(directory);
    const differences = differencesBetween(stored.definition, manifest.definition);
    if (differences.length > 0) {
      throw new UsageError(
        `--resume ${directory}: expected the comparison stored there, found another: ` +
          differences.join('; '),
      );
    }
    return new ResultStore(directory, stored);
  }

  /** @returns the stored result of a run, `undefined` where there is none yet */
  read(cell: Pick<Cell, 'file' | 'seed'>): StoredResult | undefined {
    const file = path.join(this.directory, cell.file);
    if (!existsSync(file)) return undefined;
    const result = readStoredResult(file);
    if (result.config.seed === cell.seed) return result;
    throw new InputError({
      file,
      expected: `the result of seed ${cell.seed}`,
      found: `that of seed ${result.config.seed}`,
    });
  }

  /** Stores the result of a run, as a whole or not at all. */
  write(cell: Cell, result: StoredResult): void {
    this.put(cell.file, result);
  }

  private put(name: string, value: object): void {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    writeAtomically(path.join(this.directory, name), [bytes], this.token);
  }
}

/** @returns what is to be written to a directory of results */
export function manifestOf(
  matrix: Matrix,
  context: Pick<Manifest, 'startedAt' | 'command' | 'environment' | 'definition'>,
): Manifest {
  return {
    schemaVersion: MANIFEST_VERSION,
    kind: 'matrix',
    ...context,
    runs: matrix.cells.map(({ file, contender, point, seed }) => ({
      file,
      contender,
      point,
      seed,
    })),
  };
}

/** @returns whether a directory holds a comparison's results */
export function holdsComparison(directory: string): boolean {
  return existsSync(path.join(directory, MANIFEST_FILE));
}

/**
 * Reads what a directory of results says of itself.
 *
 * @throws InputError - where it can't be read or is of a newer version
 */
export function readManifest(directory: string): Manifest {
  const file = path.join(directory, MANIFEST_FILE);
  const value = readJson(file);
  checkVersion(file, value, MANIFEST_VERSION);
  requireSchema(file, 'matrix', value);
  return value as unknown as Manifest;
}

/**
 * Reads one result of a run.
 *
 * @param file - what `--json` printed or a comparison stored
 * @throws InputError - where it can't be read, is no result or is of a newer version
 */
export function readStoredResult(file: string): StoredResult {
  const value = readJson(file);
  checkVersion(file, value, SCHEMA_VERSION);
  requireSchema(file, 'result', value);
  return value as unknown as StoredResult;
}

function readJson(file: string): Readonly<Record<string, unknown>> {
  const expected = 'a JSON object';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new InputError({ file, expected, found, cause: error });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new InputError({ file, expected, found: JSON.stringify(value).slice(0, 40) });
}

function checkVersion(file: string, value: Readonly<Record<string, unknown>>, known: number): void {
  const version = value['schemaVersion'];
  if (typeof version === 'number' && version <= known) return;
  const isNewer = typeof version === 'number';
  throw new InputError({
    file,
    expected: `schemaVersion up to ${known}`,
    found: isNewer ? `${version}, of a newer bt-shm` : String(version),
  });
}
