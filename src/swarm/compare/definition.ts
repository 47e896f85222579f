/** What a comparison is, as data: what must be the same for stored results to go on with it. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { RunConfig } from '../config.js';
import { isModulePath } from '../custom/module.js';
import { type Axis, type Matrix, type Point, labelOfPoint, labelOfValue } from './matrix.js';

/** A comparison without its results. */
export interface Definition {
  /** Version of bt-shm: another one may play the same rules differently. */
  readonly version: string;
  /** With the real clock, what it runs on. */
  readonly machine?: string;
  /** Strategies of the user's own: what is in their modules, as a hash, by path. */
  readonly modules?: Readonly<Record<string, string>>;
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
  const modules = hashModules(configs.flat());
  return {
    version,
    ...(isReal && { machine }),
    ...(Object.keys(modules).length > 0 && { modules }),
    contenders,
    axes,
    points,
    seeds,
    configs: configs.map((row) => row.map(comparedConfig)),
  };
}

/** Another text may be another strategy; what a module imports itself is not looked at. */
function hashModules(configs: readonly RunConfig[]): Record<string, string> {
  const paths = configs.map(({ strategy }) => strategy).filter(isModulePath);
  return Object.fromEntries(
    [...new Set(paths)].sort().map((file) => {
      // One that can't be read is refused by whoever runs it.
      const text = existsSync(file) ? readFileSync(file) : '';
      return [file, createHash('sha256').update(text).digest('hex').slice(0, 16)];
    }),
  );
}

/** @returns what of a configuration is the same in all runs of a contender at a point */
export function comparedConfig(config: RunConfig): ComparedConfig {
  const compared: Partial<Record<keyof RunConfig, unknown>> = { ...config };
  delete compared.seed;
  delete compared.observe;
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
  const outline = outlineDifferences(stored, now);
  const [before, after] = [placesOf(stored), placesOf(now)];
  const isAlike = [...before.keys()].join('\n') === [...after.keys()].join('\n');
  // Where the contenders or the points are others, there is nothing to hold side by side.
  const all = isAlike ? [...outline, ...configDifferences(before, after)] : outline;
  if (all.length <= MOST_NAMED) return all;
  return [...all.slice(0, MOST_NAMED), `${all.length - MOST_NAMED} more`];
}

function outlineDifferences(stored: Definition, now: Definition): string[] {
  const outline = ({
    version,
    machine,
    modules = {},
    contenders,
    axes,
    seeds,
  }: Definition): string[] => [
    version,
    machine ?? 'any',
    Object.entries(modules)
      .map(([file, hash]) => `${file} ${hash}`)
      .join(', ') || 'none',
    contenders.join(', '),
    axes.map(({ key, values }) => `${key}=${values.map(labelOfValue).join(',')}`).join(' ') ||
      'none',
    String(seeds[0]),
    String(seeds.length),
  ];
  const names = [
    'version of bt-shm',
    'machine',
    'text of modules',
    'list of strategies',
    'sweep',
    'first seed',
  ];
  const [before, after] = [outline(stored), outline(now)];
  return [...names, 'number of runs'].flatMap((name, index) =>
    before[index] === after[index]
      ? []
      : [`the ${name} was ${before[index]} and is ${after[index]}`],
  );
}

type Config = Readonly<Record<string, unknown>>;

/** The configuration of each contender at each point, by a name for the two. */
function placesOf({ contenders, points, configs }: Definition): Map<string, Config> {
  return new Map(
    configs.flatMap((row, contender) =>
      row.map((config, point) => {
        const names = [contenders[contender], labelOfPoint(points[point])];
        return [names.filter((name) => name !== '').join(' at '), config] as const;
      }),
    ),
  );
}

/** A change that is the same for all is named once. */
function configDifferences(before: Map<string, Config>, after: Map<string, Config>): string[] {
  const configs = [...before.values(), ...after.values()];
  const keys = new Set(configs.flatMap((config) => Object.keys(config)));
  return [...keys].flatMap((key) => {
    const changes = [...before].flatMap(([place, config]) => {
      const was = labelOf(config[key]);
      const is = labelOf(after.get(place)?.[key]);
      return was === is ? [] : [{ place, change: `was ${was} and is ${is}` }];
    });
    const isSame = new Set(changes.map(({ change }) => change)).size === 1;
    if (isSame && changes.length === before.size) return [`${key} ${changes[0].change}`];
    return changes.map(({ place, change }) => `${key} of ${place} ${change}`);
  });
}

function labelOf(value: unknown): string {
  return value === undefined ? 'none' : labelOfValue(value);
}
