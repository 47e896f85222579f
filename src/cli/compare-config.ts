import { UsageError } from '../errors.js';
import type { CompareOptions } from '../report/comparison/index.js';
import { readContenders, readSweep } from './compare-values.js';
import { readJsonObject, readRunEntries } from './config-file.js';
import { readWhole, valueError } from './values.js';

/** What a configuration file says of a comparison; what it does not say is absent. */
export type CompareConfig = Pick<
  CompareOptions,
  'options' | 'sweep' | 'runs' | 'noise' | 'failIf'
> & { readonly contenders?: CompareOptions['contenders'] };

/**
 * Reads a comparison from a JSON file: the keys of a run's configuration, and `strategies`, `sweep`,
 * `runs`, `noise` and `failIf`.
 *
 * @param path - the file, as the user named it
 * @throws InputError - when it can't be read or is no JSON
 * @throws UsageError - on an unknown key or a value that can't be used
 */
export function readCompareConfig(path: string): CompareConfig {
  const { strategies, sweep, runs, noise, failIf, ...run } = readJsonObject(path);
  return {
    options: readRunEntries(path, run),
    ...(strategies !== undefined && { contenders: readContenders(path, strategies) }),
    ...(sweep !== undefined && { sweep: readSweep(path, sweep) }),
    ...(runs !== undefined && { runs: readWhole(`${path}: runs`, runs) }),
    ...(noise !== undefined && { noise: readNoise(`${path}: noise`, noise) }),
    ...(failIf !== undefined && { failIf: readTexts(`${path}: failIf`, failIf) }),
  };
}

/** Reads a difference that counts for nothing: 0.01 is one of 1 %. */
export function readNoise(name: string, value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= 0 && number < 1) return number;
  throw valueError(name, 'a number from 0, below 1', value);
}

function readTexts(name: string, value: unknown): string[] {
  const texts = typeof value === 'string' ? [value] : value;
  if (Array.isArray(texts) && texts.every((text) => typeof text === 'string')) return texts;
  throw new UsageError(`${name}: expected a list of texts, found ${JSON.stringify(value)}`);
}
