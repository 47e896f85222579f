/** The options of a run: one table for the command line, its help and configuration files. */
import { Option } from 'commander';
import { UsageError } from '../errors.js';
import { CHOKERS } from '../roles/chokers.js';
import { PICKERS } from '../roles/pickers.js';
import { STRATEGIES } from '../roles/strategies.js';
import {
  DEFAULTS,
  HASH_THREADS_WINDOW,
  PEER_TIMEOUT_MS,
  VIRTUAL_PEER_TIMEOUT_MS,
  type RunConfig,
  type RunOptions,
} from '../swarm/config.js';
import { FAULT_FORMS, type Fault, formatFault, parseFault } from '../swarm/faults.js';
import { GROUPS, type Spec, names } from './option-spec.js';
import {
  readMilliseconds,
  readOneOf,
  readSeconds,
  readSize,
  readText,
  readThreads,
  readWhole,
  valueError,
} from './values.js';
import { VIRTUAL_SPECS, readFlag } from './virtual-options.js';

/** Every field of {@link RunConfig}, which are the keys of a configuration file, too. */
type Specs = { readonly [Key in keyof Required<RunConfig>]: Spec<NonNullable<RunOptions[Key]>> };

const SPECS: Specs = {
  ranks: {
    flags: '--ranks <n>',
    group: 'swarm',
    help: 'ranks, the tracker included',
    byDefault: DEFAULTS.ranks,
    read: readWhole,
  },
  threads: {
    flags: '--threads <n|auto>',
    group: 'swarm',
    help: 'worker threads; auto: one a core',
    byDefault: 'one a rank, above 256 ranks auto',
    read: readThreads,
  },
  seeds: {
    flags: '--seeds <n>',
    group: 'swarm',
    help: 'clients that own every file from the start',
    byDefault: DEFAULTS.seeds,
    read: readWhole,
  },
  clock: {
    flags: '--clock <name>',
    group: 'swarm',
    help: 'real: as fast as the hardware goes; virtual: behind simulated links, repeatable',
    byDefault: DEFAULTS.clock,
    read: readOneOf(['real', 'virtual']),
  },
  files: {
    flags: '--files <n>',
    group: 'content',
    help: 'files of synthetic content',
    byDefault: DEFAULTS.files,
    read: readWhole,
  },
  segments: {
    flags: '--segments <n>',
    group: 'content',
    help: 'segments of each file',
    byDefault: DEFAULTS.segments,
    read: readWhole,
  },
  segmentBytes: {
    flags: '--segment-bytes <n>',
    group: 'content',
    help: 'bytes of each, 16384 or 16KiB; 0: none',
    byDefault: '16KiB',
    read: readSize,
  },
  content: {
    flags: '--content <file>',
    group: 'content',
    help: 'distribute a real file, which rank 1 owns',
    read: readText,
  },
  out: {
    flags: '--out <dir>',
    group: 'content',
    help: 'write what clients received to DIR/clientR_FILE',
    read: readText,
  },
  input: { read: readText },
  strategy: {
    flags: '--strategy <name>',
    group: 'protocol',
    help: `holder to ask: ${names(STRATEGIES)}; with bep3, whom to upload to: ${names(CHOKERS)}; or a module with a rule of your own: ./mine.mjs`,
    byDefault: DEFAULTS.strategy,
    read: readText,
  },
  picker: {
    flags: '--picker <name>',
    group: 'protocol',
    help: `piece order: ${names(PICKERS)}`,
    byDefault: DEFAULTS.picker,
    read: readText,
  },
  load: {
    flags: '--load <how>',
    group: 'protocol',
    help: "holders' load: shared or by message",
    byDefault: DEFAULTS.load,
    read: readOneOf(['shared', 'message']),
  },
  window: {
    flags: '--window <n>',
    group: 'protocol',
    help: 'requests in flight a client',
    byDefault: `${DEFAULTS.window}, with threads that hash ${HASH_THREADS_WINDOW}`,
    read: readWhole,
  },
  refresh: {
    flags: '--refresh <n>',
    group: 'protocol',
    help: 'segments between two holder look-ups',
    byDefault: DEFAULTS.refresh,
    read: readWhole,
  },
  handout: {
    flags: '--handout <n>',
    group: 'protocol',
    help: 'most holders the tracker names at a time',
    byDefault: DEFAULTS.handout,
    read: readWhole,
  },
  ...VIRTUAL_SPECS,
  transfer: {
    flags: '--transfer <how>',
    group: 'transfer',
    help: 'zero-copy: a descriptor; copy: bytes',
    byDefault: DEFAULTS.transfer,
    read: readOneOf(['zero-copy', 'copy']),
  },
  hostCache: {
    flags: '--host-cache',
    group: 'transfer',
    help: 'over MPI: what some rank of a process holds is not fetched from another process',
    read: readFlag,
    // It has no value there.
    parse: () => true,
  },
  verify: {
    flags: '--verify <who>',
    group: 'transfer',
    help: 'who hashes: each receiver, once, none',
    byDefault: DEFAULTS.verify,
    read: readOneOf(['each', 'once', 'none']),
  },
  hashThreads: {
    flags: '--hash-threads <n|auto>',
    group: 'transfer',
    help: 'threads that hash for those with ranks; auto: one a core, 0 where each thread has one',
    byDefault: 'auto',
    read: readThreads,
  },
  hash: {
    flags: '--hash <name>',
    group: 'transfer',
    help: 'sha1, sha256 or md5',
    byDefault: DEFAULTS.hash,
    read: readOneOf(['sha1', 'sha256', 'md5']),
  },
  seed: {
    flags: '--seed <n>',
    group: 'run',
    help: 'seed of random choices and content',
    byDefault: DEFAULTS.seed,
    read: readWhole,
  },
  stallTimeoutMs: {
    flags: '--stall-timeout <s>',
    group: 'run',
    help: 'give up after so long without progress',
    byDefault: DEFAULTS.stallTimeoutMs / 1000,
    read: readMilliseconds,
    parse: readSeconds,
  },
  peerTimeoutMs: {
    flags: '--peer-timeout <s>',
    group: 'run',
    help: 'leave a rank out that does not answer for so long',
    byDefault: `${PEER_TIMEOUT_MS / 1000}; virtual time: ${VIRTUAL_PEER_TIMEOUT_MS / 1000}`,
    read: readMilliseconds,
    parse: readSeconds,
  },
  faults: {
    flags: '--fault <fault>',
    group: 'run',
    help: `${FAULT_FORMS}; F: the share of the segments by then, P: of those spoiled; repeatable`,
    read: readFaults,
    parse: (_name, text, previous) => [
      ...((previous as readonly Fault[] | undefined) ?? []),
      parseFault(text),
    ],
  },
};

function readFaults(name: string, value: unknown): Fault[] {
  if (!Array.isArray(value)) throw valueError(name, 'a list of faults', value);
  return value.map((fault: unknown) => {
    if (typeof fault === 'string') return parseFault(fault);
    const { kind, ...values } = (fault ?? {}) as Readonly<Record<string, unknown>>;
    const isNumbers = Object.values(values).every((value) => typeof value === 'number');
    // One grammar, and one message: an object is read as the text that it stands for.
    if (typeof kind === 'string' && isNumbers) return parseFault(formatFault(fault as Fault));
    throw valueError(name, 'crash:rank=R,at=F or { kind, rank, at }', fault);
  });
}

/** A field of {@link RunConfig}. */
export type RunKey = keyof RunConfig;

/** Every key that a configuration file may have, in the order of the help. */
export const RUN_KEYS = Object.keys(SPECS) as readonly RunKey[];

/**
 * Reads a value of a configuration file.
 *
 * @param key - the key
 * @param name - the key with its place, for the message
 * @param value - the JSON value
 */
export function readConfigValue(key: RunKey, name: string, value: unknown): unknown {
  return SPECS[key].read(name, value);
}

/**
 * @param name - a key, or an option without its dashes: `segmentBytes`, `segment-bytes`
 * @returns the key of the option that is called so on the command line
 */
export function runKeyNamed(name: string): RunKey | undefined {
  return RUN_KEYS.find((key) => key === name || optionOf(key)?.long === `--${name}`);
}

/**
 * Reads a value that is written as on the command line.
 *
 * @param key - the key
 * @param name - as the user named it, for the message
 * @param text - the value
 */
export function readOptionText(key: RunKey, name: string, text: string): unknown {
  const { flags, read, parse } = SPECS[key];
  const isSwitch = flags !== undefined && !flags.includes('<');
  if (isSwitch && (text === 'true' || text === 'false')) return text === 'true';
  return parse === undefined ? read(name, text) : parse(name, text, undefined);
}

/**
 * @param without - options that the command has no use for
 * @returns the options of a run as commander takes them, in the order of the help
 */
export function commandLineOptions(without: readonly RunKey[] = []): Option[] {
  return RUN_KEYS.flatMap((key) => {
    const option = without.includes(key) ? undefined : optionOf(key);
    return option === undefined ? [] : [option];
  });
}

function optionOf(key: RunKey): Option | undefined {
  const { flags, group, help = '', byDefault, read, parse } = SPECS[key];
  if (flags === undefined || group === undefined) return undefined;
  const note = byDefault === undefined ? '' : ` (default: ${byDefault})`;
  const option = new Option(flags, help + note).helpGroup(GROUPS[group]);
  const name = option.long ?? key;
  return option.argParser((text: string, previous: unknown) =>
    parse === undefined ? read(name, text) : parse(name, text, previous),
  );
}

/**
 * @param values - what commander has read, by attribute name
 * @returns the same by configuration key, without what was not given
 */
export function runOptionsOf(values: Readonly<Record<string, unknown>>): RunOptions {
  const options: Partial<Record<RunKey, unknown>> = {};
  for (const key of RUN_KEYS) {
    const attribute = optionOf(key)?.attributeName();
    if (attribute === undefined || values[attribute] === undefined) continue;
    options[key] = values[attribute];
  }
  return options as RunOptions;
}

/** @returns the key of the option that a message begins with, as in `--ranks: expected ...` */
export function keyBlamedBy(error: unknown): RunKey | undefined {
  if (!(error instanceof UsageError)) return undefined;
  const name = /^--[a-z-]+/.exec(error.message)?.[0];
  return RUN_KEYS.find((key) => optionOf(key)?.long === name && name !== undefined);
}
