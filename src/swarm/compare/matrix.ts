/** Lays out everything that a comparison runs, and in which order, before the first run. */
import type { MixPart } from '../virtual/options.js';
import { UsageError } from '../../errors.js';
import { type RunConfig, type RunOptions, completeConfig } from '../config.js';

/** One of those compared: a strategy under a name of its own, with options of its own. */
export interface Contender {
  readonly name: string;
  /** `strategy`, and what else this one has different from the others. */
  readonly options: RunOptions;
}

/** An option that takes several values in turn; several axes multiply. */
export interface Axis {
  readonly key: keyof RunConfig;
  readonly values: readonly unknown[];
}

/** What to compare. */
export interface MatrixOptions {
  readonly contenders: readonly Contender[];
  /** Options of every run; `clock` is `virtual` unless they say otherwise. */
  readonly options?: RunOptions;
  readonly sweep?: readonly Axis[];
  /** Runs of each contender at each point, with the seeds `seed`, `seed` + 1, ... */
  readonly runs?: number;
}

/** A value for every axis, by key; without axes there is one point, which is empty. */
export type Point = Readonly<Partial<Record<keyof RunConfig, unknown>>>;

/** One run of a matrix. */
export interface Cell {
  /** Index into {@link Matrix.contenders}. */
  readonly contender: number;
  /** Index into {@link Matrix.points}. */
  readonly point: number;
  readonly seed: number;
  readonly options: RunOptions;
  /** The name under which its result is stored. */
  readonly file: string;
}

/** All runs of a comparison. */
export interface Matrix {
  readonly contenders: readonly string[];
  readonly axes: readonly Axis[];
  readonly points: readonly Point[];
  readonly seeds: readonly number[];
  /** In the order in which they run. */
  readonly cells: readonly Cell[];
  /** By contender, then by point: the configuration, whose seed is that of the first run. */
  readonly configs: readonly (readonly RunConfig[])[];
}

/** Runs of each contender at each point unless told otherwise: enough for pairs of five. */
export const DEFAULT_RUNS = 20;

const MOST_RUNS = 100_000;

/** What a comparison sets itself, or has no use for. */
const NO_AXES: readonly (keyof RunConfig)[] = [
  'seed',
  'strategy',
  'clock',
  'out',
  'trace',
  'observe',
];

/**
 * Lays out a comparison. Every contender sees the same seeds. The runs of one seed follow one
 * another, so that the comparison is paired and slow drifts of the machine meet all alike; who
 * begins goes round, so that none always follows the same other.
 *
 * @throws UsageError - where names or axes contradict each other, or a configuration can't run
 */
export function planMatrix(given: MatrixOptions): Matrix {
  const { contenders, sweep = [], runs = DEFAULT_RUNS } = given;
  checkContenders(contenders);
  checkAxes(sweep, contenders);
  whole('--runs', runs, 1, MOST_RUNS);
  const base: RunOptions = { clock: 'virtual', ...given.options };
  if (base.trace !== undefined) {
    throw new UsageError('--trace: expected a single run, found a comparison of many');
  }
  const points = pointsOf(sweep);
  const optionsOf = (contender: number, point: number): RunOptions => ({
    // Runs beside each other use the cores better than threads inside one.
    ...(base.clock === 'virtual' && { threads: 1 }),
    ...base,
    ...contenders[contender].options,
    // Whether its value suits an axis is for the reader of the axis to check.
    ...(points[point] as RunOptions),
  });
  const configs = contenders.map(({ name }, contender) =>
    points.map((_, point) => checkedConfig(name, optionsOf(contender, point))),
  );
  const first = configs[0][0].seed;
  const seeds = Array.from({ length: runs }, (_, run) => first + run);
  whole('--seed', seeds[runs - 1], 0, 2 ** 32 - 1);
  const nameFile = fileNamer();
  const cells = seeds.flatMap((seed, run) =>
    points.flatMap((values, point) =>
      contenders.map((_, turn): Cell => {
        const contender = (turn + run) % contenders.length;
        return {
          contender,
          point,
          seed,
          options: {
            ...optionsOf(contender, point),
            seed,
            // One run of each is enough to look at; the figures are the same with and without.
            ...(run === 0 && base.clock === 'virtual' && { observe: true }),
          },
          file: nameFile(contenders[contender].name, values, seed),
        };
      }),
    ),
  );
  return {
    contenders: contenders.map(({ name }) => name),
    axes: sweep,
    points,
    seeds,
    cells,
    configs,
  };
}

/** @returns `refresh=10, ranks=64`; empty where there are no axes */
export function labelOfPoint(point: Point): string {
  return Object.entries(point)
    .map(([key, value]) => `${key}=${labelOfValue(value)}`)
    .join(', ');
}

/** @returns a value of an option as text, as the command line takes it where there is a short form */
export function labelOfValue(value: unknown): string {
  if (Array.isArray(value) && !value.some(Array.isArray)) return value.map(labelOfValue).join(',');
  if (Array.isArray(value) && value.length === 1) return labelOfValue(value[0]);
  if (isMixPart(value)) return `${value.name}:${formatPercent(value.share)}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isMixPart(value: unknown): value is MixPart {
  return typeof value === 'object' && value !== null && 'name' in value && 'share' in value;
}

function formatPercent(share: number): string {
  return `${Number((100 * share).toPrecision(6))}%`;
}

function checkContenders(contenders: readonly Contender[]): void {
  if (contenders.length === 0) {
    throw new UsageError('--strategies: expected at least one strategy, found none');
  }
  const seen = new Set<string>();
  for (const { name, options } of contenders) {
    if (seen.has(name)) {
      throw new UsageError(
        `--strategies: expected different names, found ${name} twice; NAME=STRATEGY gives a name`,
      );
    }
    seen.add(name);
    if (options.seed === undefined && options.clock === undefined) continue;
    throw new UsageError(`${name}: expected the seeds and the clock of all, found its own`);
  }
}

function checkAxes(axes: readonly Axis[], contenders: readonly Contender[]): void {
  const seen = new Set<string>();
  for (const { key, values } of axes) {
    if (NO_AXES.includes(key)) throw new UsageError(`--sweep ${key}: can't be swept`);
    if (seen.has(key)) throw new UsageError(`--sweep ${key}: expected once, found twice`);
    seen.add(key);
    const labels = values.map(labelOfValue);
    if (labels.length === 0 || new Set(labels).size !== labels.length) {
      throw new UsageError(
        `--sweep ${key}: expected different values, found ${labels.join(',') || 'none'}`,
      );
    }
    const owner = contenders.find(({ options }) => options[key] !== undefined);
    if (owner === undefined) continue;
    throw new UsageError(`--sweep ${key}: expected no ${key} of its own in ${owner.name}`);
  }
}

function pointsOf(axes: readonly Axis[]): Point[] {
  return axes.reduce<Point[]>(
    (points, { key, values }) =>
      points.flatMap((point) => values.map((value) => ({ ...point, [key]: value }))),
    [{}],
  );
}

function checkedConfig(name: string, options: RunOptions): RunConfig {
  try {
    return completeConfig(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${name}: ${error.message}`, { cause: error });
  }
}

function whole(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(
    `${option}: expected a whole number from ${least} to ${most}, found ${value}`,
  );
}

/** What is kept of a contender and a point in a file's name. */
const MOST_LETTERS = 100;

/** Gives every run a file name that a person can read and no other run has. */
function fileNamer(): (name: string, point: Point, seed: number) => string {
  const used = new Set<string>();
  const plain = (text: string): string =>
    text
      .replace(/[^A-Za-z0-9._=-]+/g, '_')
      .replace(/^\./, '_')
      .slice(0, MOST_LETTERS);
  return (name, point, seed) => {
    const stem = [name, labelOfPoint(point)].filter((part) => part !== '').map(plain);
    let file = '';
    // Names that differ only in what a file name can't hold end up alike.
    for (let copy = 1; copy === 1 || used.has(file); copy++) {
      file = [...stem, ...(copy === 1 ? [] : [String(copy)]), `seed=${seed}`, 'json'].join('.');
    }
    used.add(file);
    return file;
  };
}
