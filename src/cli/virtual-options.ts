/** The options that only a run in virtual time has. */
import { BEHAVIOURS, SEED_CHOKERS } from '../roles/chokers.js';
import { VIRTUAL_DEFAULTS, type VirtualOptions } from '../swarm/virtual/options.js';
import {
  parseArrivals,
  parseClasses,
  parseDelay,
  parseGraph,
  parseLatency,
  parseMilliseconds,
  parseMix,
  parseRate,
} from '../swarm/virtual/text.js';
import { type Spec, names, readBy } from './option-spec.js';
import { type ReadValue, readOneOf, readSize, readText, readWhole, valueError } from './values.js';

/** A rate in a configuration file is text, or a number of bytes/s. */
const readRate: ReadValue<number> = (name, value) =>
  typeof value === 'number' && value >= 0 ? value : readBy(parseRate)(name, value);

const readTime: ReadValue<number> = (name, value) =>
  typeof value === 'number' && value >= 0 ? value : readBy(parseMilliseconds)(name, value);

const readSeconds: ReadValue<number> = (name, value) =>
  typeof value === 'number' && value >= 0 ? value : readBy(parseMilliseconds)(name, value) / 1000;

const readLatency: ReadValue<number[][]> = (name, value) => {
  const isMatrix =
    Array.isArray(value) &&
    value.every(
      (row) =>
        Array.isArray(row) &&
        row.length === value.length &&
        row.every((latency) => typeof latency === 'number' && latency >= 0),
    );
  if (isMatrix && value.length > 0) return value as number[][];
  if (typeof value === 'number') return [[readTime(name, value)]];
  return readBy(parseLatency)(name, value);
};

/** A list in a configuration file stands as it does in a result, or as text. */
function readParts<Part extends { readonly share: number }>(
  parse: (text: string) => Part[],
  keys: readonly (keyof Part & string)[],
): ReadValue<Part[]> {
  return (name, value) => {
    if (!Array.isArray(value)) return readBy(parse)(name, value);
    for (const part of value as unknown[]) {
      const found = (part ?? {}) as Readonly<Record<string, unknown>>;
      if (keys.every((key) => isPartValue(key, found[key]))) continue;
      throw valueError(name, `objects with ${keys.join(', ')}, a share up to 1`, part);
    }
    return value as Part[];
  };
}

/** A name is text, a share above 0 and up to 1, and all else bytes/s. */
function isPartValue(key: string, value: unknown): boolean {
  if (key === 'name') return typeof value === 'string';
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  return key === 'share' ? value > 0 && value <= 1 : value >= 0;
}

/** Text that a parser accepts; it is parsed again where it is used. */
function checked(parse: (text: string) => unknown): ReadValue<string> {
  return (name, value) => {
    readBy(parse)(name, value);
    return String(value);
  };
}

export const readFlag: ReadValue<boolean> = (name, value) => {
  if (typeof value === 'boolean') return value;
  throw valueError(name, 'true or false', value);
};

const readSwitch: ReadValue<boolean> = (name, value) =>
  typeof value === 'boolean' ? value : readOneOf(['on', 'off'])(name, value) === 'on';

/** As in `cli/run-options.ts`. */
export const VIRTUAL_SPECS: {
  readonly [Key in keyof Required<VirtualOptions>]: Spec<NonNullable<VirtualOptions[Key]>>;
} = {
  protocol: {
    flags: '--protocol <name>',
    group: 'protocol',
    help: 'ack: request, ACK or NACK; bep3: BitTorrent, virtual time only',
    byDefault: VIRTUAL_DEFAULTS.protocol,
    read: readOneOf(['ack', 'bep3']),
  },
  up: {
    flags: '--up <rate>',
    group: 'network',
    help: "each client's uplink",
    byDefault: '10Mbit',
    read: readRate,
  },
  down: {
    flags: '--down <rate>',
    group: 'network',
    help: "each client's downlink",
    byDefault: '50Mbit',
    read: readRate,
  },
  seedUp: {
    flags: '--seed-up <rate>',
    group: 'network',
    help: "a seed's uplink",
    byDefault: '--up',
    read: readRate,
  },
  seedDown: {
    flags: '--seed-down <rate>',
    group: 'network',
    help: "a seed's downlink",
    byDefault: '--down',
    read: readRate,
  },
  classes: {
    flags: '--classes <list>',
    group: 'network',
    help: 'other links for parts of the clients: 33%:6000/3000kbit,... (down/up)',
    read: readParts(parseClasses, ['share', 'down', 'up']),
  },
  latencyMs: {
    flags: '--latency <time>',
    group: 'network',
    help: 'from any rank to any; or a matrix of zones in ms, 10,80;80,10',
    byDefault: '50ms',
    read: readLatency,
  },
  jitterMs: {
    flags: '--jitter <time>',
    group: 'network',
    help: 'each message is late by up to so much',
    byDefault: '0ms',
    read: readTime,
  },
  blockBytes: {
    flags: '--block-bytes <n>',
    group: 'network',
    help: 'bytes that a link sends before the next transfer has its turn',
    byDefault: '16KiB',
    read: readSize,
  },
  until: {
    flags: '--until <s>',
    group: 'network',
    help: 'end at this virtual time',
    byDefault: 'when all have finished',
    read: readSeconds,
  },
  trace: {
    flags: '--trace <file>',
    group: 'output',
    help: 'virtual time: write decisions and transfers, to be opened in Perfetto',
    read: readText,
  },
  traceLimit: {
    flags: '--trace-limit <n>',
    group: 'output',
    help: 'most events and candidates in it',
    byDefault: VIRTUAL_DEFAULTS.traceLimit,
    read: readWhole,
  },
  observe: {
    flags: '--observe',
    group: 'output',
    help: 'keep who sent to whom and how rare segments were, for --json and reports',
    read: readFlag,
    parse: () => true,
  },
  neighbours: {
    flags: '--neighbours <n>',
    group: 'peers',
    help: 'most connections a peer has',
    byDefault: VIRTUAL_DEFAULTS.neighbours,
    read: readWhole,
  },
  graph: {
    flags: '--graph <shape>',
    group: 'peers',
    help: 'who knows whom: tracker, full, regular:K, zones:K (links out of the zone)',
    byDefault: VIRTUAL_DEFAULTS.graph,
    read: checked(parseGraph),
  },
  pipeline: {
    flags: '--pipeline <n>',
    group: 'peers',
    help: 'requests in flight on a connection',
    byDefault: VIRTUAL_DEFAULTS.pipeline,
    read: readWhole,
  },
  slots: {
    flags: '--slots <n>',
    group: 'peers',
    help: 'neighbours uploaded to at a time, the optimistic one included',
    byDefault: VIRTUAL_DEFAULTS.slots,
    read: readWhole,
  },
  rechokeMs: {
    flags: '--rechoke <time>',
    group: 'peers',
    help: 'time between two rounds of choking',
    byDefault: '10s',
    read: readTime,
  },
  optimisticRounds: {
    flags: '--optimistic-rounds <n>',
    group: 'peers',
    help: 'rounds that an optimistic unchoke lasts',
    byDefault: VIRTUAL_DEFAULTS.optimisticRounds,
    read: readWhole,
  },
  seedChoking: {
    flags: '--seed-choking <rule>',
    group: 'peers',
    help: `whom seeds upload to: ${names(SEED_CHOKERS)}`,
    byDefault: VIRTUAL_DEFAULTS.seedChoking,
    read: readOneOf(SEED_CHOKERS.map(({ name }) => name)),
  },
  randomFirst: {
    flags: '--random-first <n>',
    group: 'peers',
    help: 'segments picked at random before the picker rules',
    byDefault: VIRTUAL_DEFAULTS.randomFirst,
    read: readWhole,
  },
  endgame: {
    flags: '--endgame <on|off>',
    group: 'peers',
    help: 'ask several neighbours for the last segments',
    byDefault: 'on',
    read: readSwitch,
  },
  mix: {
    flags: '--mix <list>',
    group: 'peers',
    help: `parts of the clients that differ, free-rider:10%,...: strategies, or ${names(BEHAVIOURS)}`,
    read: readParts(parseMix, ['name', 'share']),
  },
  arrivals: {
    flags: '--arrivals <how>',
    group: 'peers',
    help: 'at-once, poisson:RATE (clients/s), trace:FILE (a time in s a line)',
    byDefault: VIRTUAL_DEFAULTS.arrivals,
    read: checked(parseArrivals),
  },
  seeding: {
    flags: '--seeding <time>',
    group: 'peers',
    help: 'how long clients stay with all they want: forever, 600, exp:600 (mean)',
    byDefault: VIRTUAL_DEFAULTS.seeding,
    read: checked(parseDelay),
  },
  patience: {
    flags: '--patience <time>',
    group: 'peers',
    help: 'when clients give up: never, 600, exp:600 (mean)',
    byDefault: VIRTUAL_DEFAULTS.patience,
    read: checked(parseDelay),
  },
  superSeed: {
    flags: '--super-seed',
    group: 'peers',
    help: 'seeds reveal one segment at a time (BEP 16)',
    read: readFlag,
    // It has no value there.
    parse: () => true,
  },
};
