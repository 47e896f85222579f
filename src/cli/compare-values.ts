/** Reads contenders and axes, as the command line writes them and as a configuration file does. */
import { UsageError } from '../errors.js';
import type { RunOptions } from '../swarm/config.js';
import type { Axis, Contender } from '../swarm/compare/index.js';
import { readRunEntries } from './config-file.js';
import {
  RUN_KEYS,
  type RunKey,
  readConfigValue,
  readOptionText,
  runKeyNamed,
} from './run-options.js';
import { valueError } from './values.js';

/**
 * Reads `seed,slow=least-loaded:up=9.5Mbit`: strategies, each with a name of its own before `=` and
 * with options of its own behind `:`. Values with a comma are for configuration files.
 *
 * @throws UsageError - naming the part that can't be read
 */
export function parseContenders(text: string): Contender[] {
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => parseContender(part.trim(), '--strategies'));
}

/** @param place - where the text stands, for messages */
function parseContender(text: string, place: string): Contender {
  const named = /^([^=:]+)=(.*)$/.exec(text);
  const name = named?.[1] ?? text;
  const [strategy, ...own] = (named?.[2] ?? text).split(/:(?=[A-Za-z-]+=)/);
  if (strategy === '') {
    throw new UsageError(`${place}: expected NAME=STRATEGY, found ${JSON.stringify(text)}`);
  }
  const options: Partial<Record<RunKey, unknown>> = { strategy };
  for (const setting of own) {
    const at = setting.indexOf('=');
    const option = `${place} ${name}: ${setting.slice(0, at)}`;
    const key = knownKey(option, setting.slice(0, at));
    options[key] = readOptionText(key, option, setting.slice(at + 1));
  }
  return { name, options: options as RunOptions };
}

/** Reads `refresh=1,10,100`: an option and the values that it takes in turn. */
export function parseAxis(text: string): Axis {
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError(`--sweep: expected OPTION=VALUE,VALUE,..., found ${text}`);
  const name = text.slice(0, at);
  const place = `--sweep ${name}`;
  const key = knownKey(place, name);
  const values = text
    .slice(at + 1)
    .split(',')
    .map((value) => readOptionText(key, place, value.trim()));
  return { key, values };
}

/**
 * Reads the `strategies` of a configuration file: names, or objects with `name`, `strategy` and
 * `options`, of which the name alone is needed.
 *
 * @param path - the file, for messages
 */
export function readContenders(path: string, value: unknown): Contender[] {
  const place = `${path}: strategies`;
  if (!Array.isArray(value)) throw valueError(place, 'a list', value);
  return (value as unknown[]).map((entry) => {
    if (typeof entry === 'string') return parseContender(entry, place);
    const { name, strategy, options, ...others } = (entry ?? {}) as Readonly<
      Record<string, unknown>
    >;
    const isGood =
      typeof name === 'string' &&
      name !== '' &&
      ['string', 'undefined'].includes(typeof strategy) &&
      ['object', 'undefined'].includes(typeof options) &&
      Object.keys(others).length === 0;
    if (!isGood) throw valueError(place, 'names or { name, strategy, options }', entry);
    const own = readRunEntries(`${path}: ${name}`, options ?? {});
    return { name, options: { strategy: (strategy as string | undefined) ?? name, ...own } };
  });
}

/** Reads the `sweep` of a configuration file: an object of lists, by option. */
export function readSweep(path: string, value: unknown): Axis[] {
  const place = `${path}: sweep`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw valueError(place, 'an object such as {"refresh": [1, 10]}', value);
  }
  return Object.entries(value as Readonly<Record<string, unknown>>).map(([name, values]) => {
    const key = knownKey(place, name);
    if (!Array.isArray(values)) throw valueError(`${place} ${name}`, 'a list', values);
    const read = (entry: unknown): unknown => readConfigValue(key, `${place} ${name}`, entry);
    return { key, values: values.map(read) };
  });
}

function knownKey(place: string, name: string): RunKey {
  const key = runKeyNamed(name);
  if (key !== undefined) return key;
  throw new UsageError(
    `${place}: expected one of ${RUN_KEYS.join(', ')}, found ${JSON.stringify(name)}`,
  );
}
