/** Reads the values of options, from the command line (text) and from a configuration file (JSON). */
import { UsageError } from '../errors.js';

/**
 * Reads one option's value.
 *
 * @param name - the option as the user knows it, such as `--ranks`, for the message
 * @param value - text of the command line, or any JSON value
 * @throws UsageError - naming the option, what was expected and what was found
 */
export type ReadValue<Value> = (name: string, value: unknown) => Value;

/** What a message shows of a value that can't be used. */
const MAX_SHOWN = 60;

/** @returns the error for a value that is not what it should be */
export function valueError(name: string, expected: string, value: unknown): UsageError {
  const text = JSON.stringify(value) ?? String(value);
  const found = text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;
  return new UsageError(`${name}: expected ${expected}, found ${found}`);
}

/** Reads a whole number from 0, as `1000000` or `1e6`. */
export const readWhole: ReadValue<number> = (name, value) => {
  const number = wholeNumber(value);
  if (number === undefined) throw valueError(name, 'a whole number', value);
  return number;
};

function wholeNumber(value: unknown): number | undefined {
  const isNumeral = typeof value === 'string' && /^\d+(e\d{1,2})?$/i.test(value);
  const number = isNumeral ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0
    ? number
    : undefined;
}

/** Reads a number of threads, or `auto`. */
export const readThreads: ReadValue<number | 'auto'> = (name, value) => {
  if (value === 'auto') return value;
  const number = wholeNumber(value);
  if (number === undefined) throw valueError(name, 'a whole number or auto', value);
  return number;
};

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** Reads an amount of bytes: `16384`, `16KiB`, `1MiB`, `64kB`. */
export const readSize: ReadValue<number> = (name, value) => {
  const bytes = typeof value === 'string' ? bytesOf(value) : wholeNumber(value);
  if (bytes === undefined) {
    throw valueError(name, 'bytes such as 16384, 16KiB, 1MiB or 64kB', value);
  }
  return bytes;
};

function bytesOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text);
  if (match === null) return undefined;
  const unit = match[2].toLowerCase();
  const bytes = Object.hasOwn(UNITS, unit) ? Number(match[1]) * UNITS[unit] : NaN;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Seconds that a timer of Node can wait. */
const MAX_SECONDS = 2_000_000;

/** Reads a time in seconds, fractions allowed; gives milliseconds. */
export const readSeconds: ReadValue<number> = (name, value) => {
  const isNumeral = typeof value === 'string' && /^(\d+\.?\d*|\.\d+)$/.test(value);
  const seconds = isNumeral ? Number(value) : NaN;
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
    throw valueError(name, `seconds above 0 and up to ${MAX_SECONDS}`, value);
  }
  return seconds * 1000;
};

/** Reads a time in milliseconds. */
export const readMilliseconds: ReadValue<number> = (name, value) => {
  if (typeof value === 'number' && value > 0 && value <= MAX_SECONDS * 1000) return value;
  throw valueError(name, `milliseconds above 0 and up to ${MAX_SECONDS * 1000}`, value);
};

/** Reads any text but the empty one. */
export const readText: ReadValue<string> = (name, value) => {
  if (typeof value === 'string' && value !== '') return value;
  throw valueError(name, 'some text', value);
};

/**
 * @param known - the words that the option takes
 * @returns a reader of one of them
 */
export function readOneOf<Word extends string>(known: readonly Word[]): ReadValue<Word> {
  return (name, value) => {
    const word = known.find((candidate) => candidate === value);
    if (word === undefined) throw valueError(name, `one of ${known.join(', ')}`, value);
    return word;
  };
}
