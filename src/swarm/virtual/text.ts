/** Reads what the command line and configuration files say of a network and of who comes and goes. */
import { UsageError } from '../../errors.js';
import type { MixPart, PeerClass } from './options.js';

const BITS = 8;

/** Bytes/s of each unit of a rate. */
const RATE_UNITS: Readonly<Record<string, number>> = {
  bit: 1 / BITS,
  kbit: 1e3 / BITS,
  mbit: 1e6 / BITS,
  gbit: 1e9 / BITS,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

const NUMBER = String.raw`\d+(?:\.\d+)?|\.\d+`;

function found(expected: string, text: string): UsageError {
  return new UsageError(`expected ${expected}, found ${JSON.stringify(text)}`);
}

/** Reads `400kbit`, `1.5Mbit`, `100kB` (each a second) or `unlimited`; gives bytes/s, 0: no limit. */
export function parseRate(text: string): number {
  if (text === 'unlimited') return 0;
  const match = new RegExp(`^(${NUMBER}) ?([a-z]+)(?:/s|ps)?$`, 'i').exec(text);
  const unit = (match?.[2] ?? '').toLowerCase();
  const rate = Object.hasOwn(RATE_UNITS, unit) ? Number(match?.[1]) * RATE_UNITS[unit] : NaN;
  if (rate > 0) return rate;
  throw found('a rate such as 400kbit, 1.5Mbit, 100kB, or unlimited', text);
}

/** Reads `50ms`, `1.5s` or plain seconds; gives ms. */
export function parseMilliseconds(text: string): number {
  const match = new RegExp(`^(${NUMBER}) ?(ms|s|)$`).exec(text);
  if (match !== null) return Number(match[1]) * (match[2] === 'ms' ? 1 : 1000);
  throw found('a time such as 50ms or 1.5s', text);
}

/**
 * Reads one latency, `50ms`, or a matrix: rows for the zone that a message comes from, divided by
 * `;`, in each the latencies to all zones, divided by `,` and in ms, as in `10,80;80,10`.
 */
export function parseLatency(text: string): number[][] {
  if (!/[,;]/.test(text)) return [[parseMilliseconds(text)]];
  const number = new RegExp(`^(${NUMBER})$`);
  const read = (value: string): number => (number.test(value.trim()) ? Number(value) : NaN);
  const rows = text.split(';').map((row) => row.split(',').map(read));
  const isSquare = rows.every((row) => row.length === rows.length);
  if (isSquare && rows.flat().every((value) => value >= 0)) return rows;
  throw found('50ms, or a square matrix in ms such as 10,80;80,10', text);
}

/** Reads `33%:6000/3000kbit,...`: share of the clients, down and up. */
export function parseClasses(text: string): PeerClass[] {
  return text.split(',').map((part) => {
    const match = new RegExp(`^(${NUMBER})%:(${NUMBER})/(${NUMBER})([a-z]+)$`, 'i').exec(part);
    if (match === null) throw found('classes such as 33%:6000/3000kbit (down/up)', text);
    const [, percent, down, up, unit] = match;
    return {
      share: shareOf(percent, text),
      down: parseRate(down + unit),
      up: parseRate(up + unit),
    };
  });
}

/** Reads `tit-for-tat:90%,free-rider:10%`. */
export function parseMix(text: string): MixPart[] {
  return text.split(',').map((part) => {
    const match = new RegExp(`^([a-z0-9-]+):(${NUMBER})%$`).exec(part);
    if (match === null) throw found('parts such as free-rider:10%', text);
    return { name: match[1], share: shareOf(match[2], text) };
  });
}

function shareOf(percent: string, text: string): number {
  const share = Number(percent) / 100;
  if (share > 0 && share <= 1) return share;
  throw found('shares above 0 % and up to 100 %', text);
}

/** A time that is fixed, random, or never comes. */
export interface Delay {
  readonly kind: 'never' | 'fixed' | 'exponential';
  readonly seconds: number;
}

/** Reads `never` and `forever`, `600` or `600s`, `exp:600`: the mean of an exponential delay. */
export function parseDelay(text: string): Delay {
  if (text === 'never' || text === 'forever') return { kind: 'never', seconds: 0 };
  const isRandom = text.startsWith('exp:');
  const seconds = parseMilliseconds(isRandom ? text.slice('exp:'.length) : text) / 1000;
  return { kind: isRandom ? 'exponential' : 'fixed', seconds };
}

/** When clients join. */
export type Arrivals =
  | { readonly kind: 'at-once' }
  | { readonly kind: 'poisson'; readonly perSecond: number }
  | { readonly kind: 'trace'; readonly file: string };

/** Reads `at-once`, `poisson:0.5` (clients/s) or `trace:FILE`. */
export function parseArrivals(text: string): Arrivals {
  if (text === 'at-once') return { kind: 'at-once' };
  const [kind, rest] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
  if (kind === 'trace' && rest !== '') return { kind, file: rest };
  const perSecond = new RegExp(`^(${NUMBER})$`).test(rest) ? Number(rest) : NaN;
  if (kind === 'poisson' && perSecond > 0) return { kind, perSecond };
  throw found('at-once, poisson:RATE (clients/s) or trace:FILE', text);
}

/** Who knows whom. */
export type GraphShape =
  | { readonly kind: 'tracker' | 'full' }
  | { readonly kind: 'regular'; readonly degree: number }
  | { readonly kind: 'zones'; readonly outside: number };

/** Reads `tracker`, `full`, `regular:K` or `zones:K`. */
export function parseGraph(text: string): GraphShape {
  if (text === 'tracker' || text === 'full') return { kind: text };
  const match = /^(regular|zones):(\d+)$/.exec(text);
  const count = Number(match?.[2]);
  if (match?.[1] === 'regular' && count >= 2) return { kind: 'regular', degree: count };
  if (match?.[1] === 'zones' && count >= 1) return { kind: 'zones', outside: count };
  throw found('tracker, full, regular:K (K from 2) or zones:K (links out of the zone)', text);
}
