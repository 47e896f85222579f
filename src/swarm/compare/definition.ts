/** What a comparison is, as data: what must be the same for stored results to go on with it. */
import type { RunConfig } from '../config.js';
import { type Axis, type Matrix, type Point, labelOfPoint, labelOfValue } from './matrix.js';

/** A comparison without its results. */
export interface Definition {
  /** Version of bt-shm: another one may play the same rules differently. */
  readonly version: string;
  /** With the real clock, what it runs on. */
  readonly machine?: string;
  readonly contenders: readonly string[];
  readonly axes: readonly Axis[];
  readonly points: readonly Point[];
  readonly seeds: readonly number[];
  /** By contender, then by point; without what differs from run to run. */
  readonly configs: readonly (readonly ComparedConfig[])[];
}

/** A configuration without its seed, and in virtual time without its threads, which change nothing. */
export type ComparedConfig = Partial<RunConfig>;

/** @returns the definition of a matrix */
export function defineComparison(matrix: Matrix, version: string, machine: string): Definition {
  const { contenders, axes, points, seeds, configs } = matrix;
  const isReal = configs.flat().some(({ clock }) => clock === 'real');
  return {
    version,
    ...(isReal && { machine }),
    contenders,
    axes,
    points,
    seeds,
    configs: configs.map((row) => row.map(comparedConfig)),
  };
}

/** @returns what of a configuration is the same in all runs of a contender at a point */
export function comparedConfig(config: RunConfig): ComparedConfig {
  const compared: Partial<Record<keyof RunConfig, unknown>> = { ...config };
  delete compared.seed;
  if (config.clock === 'virtual') delete compared.threads;
  return compared as ComparedConfig;
}

/** Most differences that a message names. */
const MOST_NAMED = 5;

/**
 * @param stored - the definition that results were stored with
 * @param now - the one that is asked for
 * @returns what differs, one clause each; empty where nothing does
 */
export function differencesBetween(stored: Definition, now: Definition): string[] {
  const before = flatten(stored);
  const after = flatten(now);
  const differences: string[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(key) ?? 'none', after.get(key) ?? 'none'];
    if (was !== is) differences.push(`${key} was ${was} and is ${is}`);
  }
  if (differences.length <= MOST_NAMED) return differences;
  const more = `${differences.length - MOST_NAMED} more`;
  return [...differences.slice(0, MOST_NAMED), more];
}

/** Every value that decides the results, by a name that the user knows it by. */
function flatten(definition: Definition): Map<string, string> {
  const { version, machine, contenders, axes, points, seeds, configs } = definition;
  const values = new Map<string, string>([
    ['the version of bt-shm', version],
    ['the list of strategies', contenders.join(', ')],
    ['the first seed', String(seeds[0])],
    ['the number of runs', String(seeds.length)],
  ]);
  if (machine !== undefined) values.set('the machine', machine);
  for (const axis of axes) values.set(`sweep ${axis.key}`, axis.values.map(labelOfValue).join(','));
  // A value that all share is named once, not for each of them.
  const flat = configs.flatMap((row, contender) =>
    row.map((config: Readonly<Record<string, unknown>>, point) => ({
      place: [contenders[contender], labelOfPoint(points[point])].filter(Boolean).join(' at '),
      config,
    })),
  );
  const keys = new Set(flat.flatMap(({ config }) => Object.keys(config)));
  for (const key of keys) {
    const labels = flat.map(({ config }) => labelOfValue(config[key]) ?? 'none');
    if (new Set(labels).size === 1) values.set(key, labels[0]);
    else flat.forEach(({ place }, index) => values.set(`${key} of ${place}`, labels[index]));
  }
  return values;
}
