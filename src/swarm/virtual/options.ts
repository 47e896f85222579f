/** The options that only a run in virtual time has: the network, the protocol, who comes and goes. */
import { UsageError } from '../../errors.js';
import { BEHAVIOURS, CHOKERS, SEED_CHOKERS } from '../../roles/chokers.js';

/** Which set of roles the clients play. */
export type Protocol = 'ack' | 'bep3';

/** A part of the peers with links of their own. */
export interface PeerClass {
  /** Part of all clients, above 0 and up to 1. */
  readonly share: number;
  /** Bytes/s; 0: no limit. */
  readonly down: number;
  readonly up: number;
}

/** A part of the peers with a strategy or a behaviour of its own. */
export interface MixPart {
  readonly name: string;
  /** Part of all clients, above 0 and up to 1. */
  readonly share: number;
}

/** What decides a run in virtual time, besides what decides any run. */
export interface VirtualOptions {
  readonly protocol: Protocol;
  /** Capacities of each client's links in bytes/s; 0: no limit. */
  readonly up: number;
  readonly down: number;
  /** Those of the seeds. */
  readonly seedUp: number;
  readonly seedDown: number;
  /** Other capacities for parts of the clients; the rest has `up` and `down`. */
  readonly classes: readonly PeerClass[];
  /** Latency from zone to zone, in ms; one row a zone, ranks are in the zones by turns. */
  readonly latencyMs: readonly (readonly number[])[];
  /** Each message is late by a random time up to this. */
  readonly jitterMs: number;
  /** Bytes that an uplink sends for one transfer before the next has its turn. */
  readonly blockBytes: number;
  /** Most connections a peer has. */
  readonly neighbours: number;
  /** Who knows whom: `tracker`, `full`, `regular:K`, `zones:K`. */
  readonly graph: string;
  /** Requests in flight on a connection. */
  readonly pipeline: number;
  /** Neighbours a peer uploads to at a time, the optimistic one included. */
  readonly slots: number;
  readonly rechokeMs: number;
  /** Rounds of choking that an optimistic unchoke lasts. */
  readonly optimisticRounds: number;
  readonly seedChoking: string;
  /** Segments that a peer picks at random before its picker's rule begins. */
  readonly randomFirst: number;
  /** Whether the last segments are asked of several at once. */
  readonly endgame: boolean;
  readonly mix: readonly MixPart[];
  /** `at-once`, `poisson:RATE` (clients/s) or `trace:FILE` (a time in s a line). */
  readonly arrivals: string;
  /** How long a client stays with all it wants: `forever`, seconds, `exp:MEAN`. */
  readonly seeding: string;
  /** When clients give up: `never`, seconds after they joined, `exp:MEAN`. */
  readonly patience: string;
  /** The seeds reveal one segment at a time (BEP 16). */
  readonly superSeed: boolean;
  /** Virtual time at which the run ends, in s; 0: when all clients have finished. */
  readonly until: number;
  /** File for what happened and why, in the Chrome trace event format. */
  readonly trace?: string;
  /** Most events in it; each candidate of a decision counts as one more. */
  readonly traceLimit: number;
  /** Keep who sent to whom, and how many peers held each segment over time. */
  readonly observe?: boolean;
}

/** The defaults, as far as they do not depend on other options. */
export const VIRTUAL_DEFAULTS = {
  protocol: 'ack',
  up: 1_250_000,
  down: 6_250_000,
  classes: [],
  latencyMs: [[50]],
  jitterMs: 0,
  blockBytes: 16_384,
  neighbours: 50,
  graph: 'tracker',
  pipeline: 5,
  slots: 5,
  rechokeMs: 10_000,
  optimisticRounds: 3,
  seedChoking: SEED_CHOKERS[0].name,
  randomFirst: 4,
  endgame: true,
  mix: [],
  arrivals: 'at-once',
  seeding: 'forever',
  patience: 'never',
  superSeed: false,
  until: 0,
  traceLimit: 5_000_000,
} as const satisfies Partial<VirtualOptions>;

/** The names of all options that only virtual time has. */
export const VIRTUAL_KEYS = [
  ...(Object.keys(VIRTUAL_DEFAULTS) as (keyof typeof VIRTUAL_DEFAULTS)[]),
  'seedUp',
  'seedDown',
  'trace',
  'observe',
] as const satisfies readonly (keyof VirtualOptions)[];

/** Options that only peers with connections have, which those of `ack` have not. */
const BEP3_ONLY = [
  ['neighbours', '--neighbours'],
  ['graph', '--graph'],
  ['pipeline', '--pipeline'],
  ['slots', '--slots'],
  ['rechokeMs', '--rechoke'],
  ['optimisticRounds', '--optimistic-rounds'],
  ['seedChoking', '--seed-choking'],
  ['randomFirst', '--random-first'],
  ['endgame', '--endgame'],
  ['mix', '--mix'],
  ['arrivals', '--arrivals'],
  ['seeding', '--seeding'],
  ['patience', '--patience'],
  ['superSeed', '--super-seed'],
] as const satisfies readonly (readonly [keyof VirtualOptions, string])[];

/** Connections that a peer may have; see `MOST_CONNECTIONS` of `assembly/bep3/settings.ts`. */
export const MOST_NEIGHBOURS = 127;

/** Entries that leave room in the kernel's memory: records of 52 bytes at most each. */
const MOST_TRACED = 50_000_000;

/** Completes and checks the options of virtual time; throws {@link UsageError}. */
export function completeVirtual(
  given: Partial<VirtualOptions>,
  strategy: string | undefined,
): VirtualOptions {
  const protocol = given.protocol ?? VIRTUAL_DEFAULTS.protocol;
  if (protocol === 'ack') refuseBep3Options(given);
  const choker = CHOKERS.find(({ name }) => name === strategy);
  const up = given.up ?? VIRTUAL_DEFAULTS.up;
  const down = given.down ?? VIRTUAL_DEFAULTS.down;
  const options: VirtualOptions = {
    ...VIRTUAL_DEFAULTS,
    neighbours: choker?.neighbours ?? VIRTUAL_DEFAULTS.neighbours,
    pipeline: choker?.pipeline ?? VIRTUAL_DEFAULTS.pipeline,
    seedUp: up,
    seedDown: down,
    ...given,
    protocol,
    up,
    down,
  };
  whole('neighbours', options.neighbours, 1, MOST_NEIGHBOURS);
  whole('pipeline', options.pipeline, 1, 1024);
  whole('slots', options.slots, 1, MOST_NEIGHBOURS);
  whole('rechoke', options.rechokeMs, 1, 2 ** 30);
  whole('optimistic-rounds', options.optimisticRounds, 1, 2 ** 20);
  whole('random-first', options.randomFirst, 0, 2 ** 30);
  whole('block-bytes', options.blockBytes, 1, 2 ** 30);
  whole('trace-limit', options.traceLimit, 1, MOST_TRACED);
  checkShares('--classes', options.classes);
  checkShares('--mix', options.mix);
  for (const { name } of options.mix) checkMixName(name);
  if (!SEED_CHOKERS.some(({ name }) => name === options.seedChoking)) {
    const known = SEED_CHOKERS.map(({ name }) => name).join(', ');
    throw new UsageError(`--seed-choking: expected one of ${known}, found ${options.seedChoking}`);
  }
  return options;
}

function refuseBep3Options(given: Partial<VirtualOptions>): void {
  for (const [key, flag] of BEP3_ONLY) {
    // A result's configuration names them all.
    const isDefault = JSON.stringify(given[key]) === JSON.stringify(VIRTUAL_DEFAULTS[key]);
    if (given[key] === undefined || isDefault) continue;
    throw new UsageError(`${flag}: only with --protocol bep3, whose peers keep connections`);
  }
}

function checkShares(option: string, parts: readonly { readonly share: number }[]): void {
  const sum = parts.reduce((total, { share }) => total + share, 0);
  if (sum <= 1 + 1e-9) return;
  const percent = Math.round(sum * 1000) / 10;
  throw new UsageError(`${option}: expected shares of at most 100 % together, found ${percent} %`);
}

function checkMixName(name: string): void {
  const known = [...CHOKERS, ...BEHAVIOURS].map((rule) => rule.name);
  if (known.includes(name)) return;
  throw new UsageError(`--mix: expected names among ${known.join(', ')}, found ${name}`);
}

function whole(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(
    `--${option}: expected a whole number from ${least} to ${most}, found ${value}`,
  );
}

/** The smallest latency between any two ranks, in ms: how far threads may run apart. */
export function smallestLatencyMs(options: VirtualOptions): number {
  return Math.min(...options.latencyMs.flat());
}
