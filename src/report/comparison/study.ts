/** Finds what stored results are of, and takes samples of them. */
import { readdirSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { InputError, UsageError } from '../../errors.js';
import {
  type ComparedConfig,
  type Point,
  type StoredResult,
  comparedConfig,
  holdsComparison,
  labelOfPoint,
  labelOfValue,
  readManifest,
  readStoredResult,
} from '../../swarm/compare/index.js';
import type { Environment } from '../environment.js';
import type { Study } from './analyse.js';
import { sampleOf } from './sample.js';
import type { Sample } from './types.js';

/**
 * Reads stored results.
 *
 * @param paths - one directory that a comparison has stored its results in, or result files and
 *   directories of them
 * @throws InputError - where one can't be read, is no result or is of a newer version
 */
export function readStudy(paths: readonly string[]): Study {
  const [first] = paths;
  if (paths.length === 1 && isDirectory(first) && holdsComparison(first)) {
    return studyOfComparison(first);
  }
  const files = paths.flatMap((name) => (isDirectory(name) ? resultFilesIn(name) : [name]));
  return studyOfResults(files.map((file) => ({ file, result: readStoredResult(file) })));
}

function isDirectory(name: string): boolean {
  const stats = statSync(name, { throwIfNoEntry: false });
  if (stats !== undefined) return stats.isDirectory();
  throw new InputError({
    file: name,
    expected: 'a result or a directory of them',
    found: 'nothing',
  });
}

function resultFilesIn(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  if (names.length > 0) return names.sort().map((name) => path.join(directory, name));
  throw new InputError({ file: directory, expected: 'results (*.json)', found: 'none' });
}

function studyOfComparison(directory: string): Study {
  const { startedAt, command, environment, definition, runs } = readManifest(directory);
  const samples = runs.flatMap(({ file, contender, point }): Sample[] => {
    const name = path.join(directory, file);
    if (statSync(name, { throwIfNoEntry: false }) === undefined) return [];
    return [sampleOf(readStoredResult(name), definition.contenders[contender], point)];
  });
  return {
    startedAt,
    ...(command !== undefined && { command }),
    ...(environment !== undefined && { environment }),
    definition,
    samples,
  };
}

interface Found {
  readonly file: string;
  readonly result: StoredResult;
}

/** Results without a comparison's word on them are told apart by their configurations. */
function studyOfResults(found: readonly Found[]): Study {
  const nameOf = contenderNamer(found.map(({ result }) => comparedConfig(result.config)));
  const contenders: string[] = [];
  const points: Point[] = [];
  const configs: ComparedConfig[][] = [];
  const seen = new Map<string, string>();
  const samples = found.map(({ file, result }): Sample => {
    const config = comparedConfig(result.config);
    const name = result.comparison?.contender ?? nameOf(config);
    const values = (result.comparison?.point ?? {}) as Point;
    const contender = placeOf(contenders, (known) => known === name, name);
    const label = labelOfPoint(values);
    const point = placeOf(points, (known) => labelOfPoint(known) === label, values);
    configs[contender] ??= [];
    configs[contender][point] ??= config;
    refuseTwins(seen, `${contender} ${point} ${result.config.seed}`, file);
    return sampleOf(result, name, point);
  });
  const seeds = [...new Set(samples.map(({ seed }) => seed))].sort((a, b) => a - b);
  const environment = sharedEnvironment(found.map(({ result }) => result.environment ?? {}));
  return { environment, definition: { contenders, points, seeds, configs }, samples };
}

function placeOf<Item>(items: Item[], isIt: (item: Item) => boolean, item: Item): number {
  const at = items.findIndex(isIt);
  return at >= 0 ? at : items.push(item) - 1;
}

function refuseTwins(seen: Map<string, string>, key: string, file: string): void {
  const twin = seen.get(key);
  if (twin !== undefined) {
    throw new UsageError(`${file}: expected another run than ${twin}, found the same one`);
  }
  seen.set(key, file);
}

/** Names a configuration by its strategy, and by what else tells it from others of that strategy. */
function contenderNamer(configs: readonly ComparedConfig[]): (config: ComparedConfig) => string {
  const groups = [...new Map(configs.map((config) => [JSON.stringify(config), config])).values()];
  return (config) => {
    const strategy = config.strategy ?? 'unknown';
    const namesakes = groups.filter((group) => group.strategy === config.strategy);
    const keys = Object.keys(config).filter((key) => {
      const labels = namesakes.map((group) => valueOf(group, key));
      return new Set(labels).size > 1;
    });
    return [strategy, ...keys.map((key) => `${key}=${valueOf(config, key)}`)].join(':');
  };
}

function valueOf(config: ComparedConfig, key: string): string {
  return labelOfValue((config as Readonly<Record<string, unknown>>)[key]);
}

/** What of the machines is the same for all results. */
function sharedEnvironment(all: readonly object[]): Partial<Environment> {
  const [first, ...others] = all as readonly Readonly<Record<string, unknown>>[];
  const shared = Object.entries(first ?? {}).filter(
    ([key, value]) =>
      key !== 'load1' && key !== 'argv' && others.every((other) => other[key] === value),
  );
  return Object.fromEntries(shared);
}
