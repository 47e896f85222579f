import { availableParallelism } from 'node:os';
import { UsageError } from '../errors.js';
import { PICKERS } from '../roles/pickers.js';
import { CHOKERS } from '../roles/chokers.js';
import { CUSTOM_RULE, STRATEGIES, type Strategy, findStrategy } from '../roles/strategies.js';
import { isModulePath } from './custom/module.js';
import { type Fault, settleFaults } from './faults.js';
import {
  VIRTUAL_KEYS,
  type VirtualOptions,
  completeVirtual,
  smallestLatencyMs,
} from './virtual/options.js';

/** Hash functions for segments; `none` where the hash lines are themselves the content. */
export type HashName = 'sha1' | 'sha256' | 'md5';

/** Who hashes a received segment: every receiver, the first one, nobody. */
export type VerifyMode = 'each' | 'once' | 'none';

/** How a segment changes hands: a descriptor of the shared bytes, or a copy to one's own store. */
export type TransferMode = 'zero-copy' | 'copy';

/** How a client learns how busy the holders are. */
export type LoadMode = 'shared' | 'message';

/** What drives a run: this machine's time, or that of a simulated network. */
export type Clock = 'real' | 'virtual';

/** Everything that decides what a run does; the options of virtual time only where it drives. */
export interface RunConfig extends Partial<VirtualOptions> {
  /** Ranks, the tracker included. */
  readonly ranks: number;
  /** Worker threads; by default one a rank up to 256 ranks, one a core above. */
  readonly threads: number;
  /** Threads that hash for those with ranks; 0 or absent: each thread hashes what its ranks receive. */
  readonly hashThreads?: number;
  readonly clock: Clock;
  /** The name of a built-in rule, or the path of a module with one. */
  readonly strategy: string;
  readonly picker: string;
  readonly load: LoadMode;
  /** Requests in flight a client. */
  readonly window: number;
  /** Segments between two holder look-ups. */
  readonly refresh: number;
  /** Most holders the tracker names at a time. */
  readonly handout: number;
  /** Clients that own every file at the start (synthetic content). */
  readonly seeds: number;
  /** Files (synthetic content). */
  readonly files: number;
  /** Segments a file (synthetic content). */
  readonly segments: number;
  readonly segmentBytes: number;
  readonly hash: HashName;
  readonly verify: VerifyMode;
  readonly transfer: TransferMode;
  /** Over MPI: a segment that some rank of a process holds is not fetched from another process. */
  readonly hostCache?: boolean;
  /** Seed of all random choices and of synthetic content. */
  readonly seed: number;
  /** The run is given up after so long without a delivered segment. */
  readonly stallTimeoutMs: number;
  /** A rank that does not answer for so long is left out; in real time 0: never. */
  readonly peerTimeoutMs: number;
  readonly faults: readonly Fault[];
  /** Input directory, in place of synthetic content. */
  readonly input?: string;
  /** Real file, in place of synthetic content. */
  readonly content?: string;
  /** Directory for the outputs of real input. */
  readonly out?: string;
}

/** The configuration of a run in virtual time. */
export type VirtualRunConfig = RunConfig & VirtualOptions;

/** The defaults, as far as they do not depend on other options. */
export const DEFAULTS = {
  ranks: 64,
  clock: 'real',
  strategy: STRATEGIES[0].name,
  picker: PICKERS[0].name,
  load: 'shared',
  window: 128,
  refresh: 10,
  handout: 64,
  seeds: 1,
  files: 1,
  segments: 1000,
  segmentBytes: 16384,
  hash: 'sha1',
  verify: 'each',
  transfer: 'zero-copy',
  seed: 1,
  stallTimeoutMs: 10_000,
} as const;

/** How long a rank may not answer: this machine's threads, and peers behind simulated links. */
export const PEER_TIMEOUT_MS = 5_000;
export const VIRTUAL_PEER_TIMEOUT_MS = 30_000;

/** Ranks up to which each has a thread of its own unless `threads` says otherwise. */
export const THREAD_A_RANK_LIMIT = 256;

/** Ranks that a slab can be laid out for. */
const RANK_LIMIT = 2 ** 20;

/** What a caller may leave out. */
export type RunOptions = Partial<Omit<RunConfig, 'threads' | 'hashThreads'>> & {
  readonly threads?: number | 'auto';
  readonly hashThreads?: number | 'auto';
};

/**
 * Requests in flight a client in virtual time. Behind links a request waits for the ones before it,
 * and the seed alone holds anything at first: with many in flight it gets to serve nearly all (100
 * clients, 50 ms, 10 Mbit/s: 27 s with 4, 65 s with 32, 250 s with 128).
 */
const VIRTUAL_WINDOW = 4;

/** Ranks from which a run in virtual time takes more than one thread unless told otherwise. */
const VIRTUAL_RANKS_TO_SHARE = 500;

/**
 * Where threads of their own hash, a request is in flight until its segment was hashed, for which many
 * wait: with as many as otherwise a rank would be woken twice as often for half as much (64 threads,
 * 16 KiB: 0.98 times as fast).
 */
export const HASH_THREADS_WINDOW = 256;

/**
 * Requests in flight, of all clients, from which on such threads gain: with fewer they soon run out of
 * work, and who waits for a segment waits for one thread more (64 ranks with a window of 16: 1.1 times
 * as fast, of 8: 0.9 times).
 */
const HASH_THREADS_IN_FLIGHT = 1000;

/** More threads than anybody has cores for. */
const HASH_THREADS_LIMIT = 1024;

/**
 * Completes and checks a configuration; throws {@link UsageError} naming what is wrong.
 *
 * @param isSpread whether it is for a run that several processes share
 */
export function completeConfig(options: RunOptions, isSpread = false): RunConfig {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as RunOptions;
  const config = given.clock === 'virtual' ? virtualConfig(given) : realConfig(given, isSpread);
  integer('window', config.window, 1, 65_535);
  integer('refresh', config.refresh, 1, 2 ** 30);
  integer('handout', config.handout, 1, 65_535);
  integer('files', config.files, 1, 2 ** 20);
  integer('segments', config.segments, 1, 2 ** 30);
  integer('segment-bytes', config.segmentBytes, 0, 2 ** 30);
  integer('seed', config.seed, 0, 2 ** 32 - 1);
  integer('seeds', config.seeds, 1, config.ranks - 1);
  oneOf('hash', config.hash, ['sha1', 'sha256', 'md5']);
  oneOf('verify', config.verify, ['each', 'once', 'none']);
  oneOf('transfer', config.transfer, ['zero-copy', 'copy']);
  oneOf('load', config.load, ['shared', 'message']);
  checkPicker(config.picker);
  refuseUselessCache(config);
  if (config.out !== undefined && config.segmentBytes === 0) {
    throw new UsageError('--out: expected content to write, found --segment-bytes 0');
  }
  return settleFaults(config);
}

function refuseUselessCache({ hostCache, clock, segmentBytes, transfer }: RunConfig): void {
  if (hostCache !== true) return;
  const only = (what: string): UsageError => new UsageError(`--host-cache: ${what}`);
  if (clock === 'virtual')
    throw only('only with --clock real: in virtual time no bytes are exchanged');
  if (segmentBytes === 0) throw only('expected content to share, found --segment-bytes 0');
  if (transfer === 'copy') {
    throw only('not with --transfer copy, where no rank shares what it holds');
  }
}

/** Whether a configuration is one of a run in virtual time. */
export function isVirtual(config: RunConfig): config is VirtualRunConfig {
  return config.clock === 'virtual';
}

function rankCount(given: RunOptions): number {
  const ranks = given.ranks ?? DEFAULTS.ranks;
  integer('ranks', ranks, 2, RANK_LIMIT);
  return ranks;
}

function realConfig(given: RunOptions, isSpread: boolean): RunConfig {
  const ranks = rankCount(given);
  if (given.protocol === 'bep3') {
    throw new UsageError(
      '--protocol bep3: expected --clock virtual: its rules go by what came in 10 s, and in real ' +
        'time all is over in less',
    );
  }
  for (const key of VIRTUAL_KEYS) {
    if (given[key] === undefined || key === 'protocol') continue;
    throw new UsageError(`--${kebab(key)}: only with --clock virtual, which simulates a network`);
  }
  const strategy = strategyNamed(given.strategy ?? DEFAULTS.strategy);
  if (strategy.needsNetwork === true) {
    throw new UsageError(
      `--strategy ${strategy.name}: expected --clock virtual: it goes by zones or capacities`,
    );
  }
  const { hashThreads: wish = 'auto', ...rest } = given;
  const threads = chosenThreads(given.threads, ranks);
  const hashThreads = chosenHashThreads(wish, rest, strategy, { ranks, threads, isSpread });
  return {
    ...DEFAULTS,
    peerTimeoutMs: PEER_TIMEOUT_MS,
    faults: [],
    ...rest,
    ...ackRules(strategy, given, hashThreads > 0 ? HASH_THREADS_WINDOW : undefined),
    ranks,
    threads,
    // Where it was told, 0 stands in a result's configuration, too, which is one to run again.
    ...((hashThreads > 0 || wish === 0) && { hashThreads }),
  };
}

/** Where more threads than there are cores would hash, one a core does it for all. */
function chosenHashThreads(
  hashThreads: number | 'auto',
  given: RunOptions,
  strategy: Strategy,
  { ranks, threads, isSpread }: Record<'ranks' | 'threads', number> & { isSpread: boolean },
): number {
  const { segmentBytes = DEFAULTS.segmentBytes, verify = DEFAULTS.verify, input } = given;
  const hashes = verify !== 'none' && segmentBytes > 0 && input === undefined;
  if (hashThreads === 'auto') {
    const cores = availableParallelism();
    // Who is slow takes its time for hashing, too.
    const isSlowed = given.faults?.some(({ kind }) => kind === 'slow') === true;
    const window = strategy.maxWindow ?? given.window ?? HASH_THREADS_WINDOW;
    const isWorthIt = threads > cores && ranks * window >= HASH_THREADS_IN_FLIGHT;
    return hashes && verify === 'each' && isWorthIt && !isSlowed && !isSpread ? cores : 0;
  }
  integer('hash-threads', hashThreads, 0, HASH_THREADS_LIMIT);
  const only = (what: string): UsageError =>
    new UsageError(`--hash-threads ${hashThreads}: expected ${what}`);
  if (hashThreads > 0 && !hashes) throw only('segments that are hashed by those who receive them');
  if (hashThreads > 0 && isSpread) throw only('0 over MPI, where each thread hashes for its ranks');
  return hashThreads;
}

/** The rules of the roles that ask, answer and refuse: those of real time. */
function ackRules(
  strategy: Strategy,
  given: RunOptions,
  window: number = DEFAULTS.window,
): Pick<RunConfig, 'strategy' | 'picker' | 'load' | 'window'> {
  return {
    strategy: strategy.name,
    picker: chosenPicker(strategy, given.picker),
    load: chosenLoad(strategy, given.load),
    window: chosenWindow(strategy, given.window, window),
  };
}

function virtualConfig(options: RunOptions): VirtualRunConfig {
  const { hashThreads, ...given } = options;
  const ranks = rankCount(given);
  if (hashThreads !== undefined) throw realOnly('--hash-threads');
  refuseRealOnly(given);
  const virtual = completeVirtual(given, given.strategy);
  const rules =
    virtual.protocol === 'bep3'
      ? bep3Rules(given)
      : ackRules(strategyNamed(given.strategy ?? DEFAULTS.strategy), given, VIRTUAL_WINDOW);
  const config = {
    ...DEFAULTS,
    peerTimeoutMs: VIRTUAL_PEER_TIMEOUT_MS,
    faults: [],
    ...given,
    ...virtual,
    ...rules,
    clock: 'virtual' as const,
    ranks,
    threads: virtualThreads(given.threads, ranks, virtual),
  };
  integer('segment-bytes', config.segmentBytes, 1, 2 ** 30);
  integer('peer-timeout', config.peerTimeoutMs, 1, 2 ** 30);
  return config;
}

function bep3Rules(given: RunOptions): Pick<RunConfig, 'strategy' | 'picker' | 'handout'> {
  const name = given.strategy ?? CHOKERS[0].name;
  const known = CHOKERS.map((choker) => choker.name);
  if (!isModulePath(name) && !known.includes(name)) throw unknownStrategy(known, name);
  return { strategy: name, picker: given.picker ?? 'rarest', handout: given.handout ?? 50 };
}

function unknownStrategy(known: readonly string[], name: string): UsageError {
  const expected = `one of ${known.join(', ')}, or a module such as ./mine.mjs`;
  return new UsageError(`--strategy: expected ${expected}, found ${name}`);
}

/** What has a meaning in real time only: bytes that exist, and threads that can be killed. */
function refuseRealOnly(given: RunOptions): void {
  if (given.input !== undefined) throw realOnly('an input directory');
  if (given.content !== undefined) throw realOnly('--content');
  if (given.out !== undefined) throw realOnly('--out');
  // A result's configuration names it, too.
  const { transfer = DEFAULTS.transfer } = given;
  if (transfer !== DEFAULTS.transfer) throw realOnly('--transfer');
}

function realOnly(flag: string): UsageError {
  return new UsageError(`${flag}: only with --clock real: in virtual time no bytes are exchanged`);
}

function virtualThreads(
  threads: number | 'auto' | undefined,
  ranks: number,
  options: VirtualOptions,
): number {
  const isZero = smallestLatencyMs(options) === 0;
  const auto = isZero ? 1 : Math.min(ranks, availableParallelism());
  if (threads === undefined) return ranks >= VIRTUAL_RANKS_TO_SHARE ? auto : 1;
  if (threads === 'auto') return auto;
  integer('threads', threads, 1, ranks);
  if (!isZero || threads === 1) return threads;
  throw new UsageError(
    `--threads ${threads}: expected 1 with a latency of 0: threads may run apart by the smallest latency`,
  );
}

function kebab(key: string): string {
  return key.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function chosenThreads(threads: number | 'auto' | undefined, ranks: number): number {
  const auto = Math.min(ranks, availableParallelism());
  if (threads === undefined) return ranks <= THREAD_A_RANK_LIMIT ? ranks : auto;
  if (threads === 'auto') return auto;
  integer('threads', threads, 1, ranks);
  return threads;
}

function chosenPicker(strategy: Strategy, picker: string | undefined): string {
  if (strategy.picker === undefined) return picker ?? DEFAULTS.picker;
  demand(strategy, 'picker', strategy.picker, picker);
  return strategy.picker;
}

function chosenLoad(strategy: Strategy, load: LoadMode | undefined): LoadMode {
  if (strategy.load === undefined) return load ?? DEFAULTS.load;
  demand(strategy, 'load', strategy.load, load);
  return strategy.load;
}

function chosenWindow(strategy: Strategy, window: number | undefined, byDefault: number): number {
  if (strategy.maxWindow === undefined) return window ?? byDefault;
  demand(strategy, 'window', strategy.maxWindow, window);
  return strategy.maxWindow;
}

function demand(
  strategy: Strategy,
  option: string,
  demanded: string | number,
  given: string | number | undefined,
): void {
  if (given === undefined || given === demanded) return;
  throw new UsageError(
    `--${option} ${given}: the strategy ${strategy.name} is defined with --${option} ${demanded}`,
  );
}

function integer(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(
    `--${option}: expected a whole number from ${least} to ${most}, found ${value}`,
  );
}

function oneOf(option: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new UsageError(`--${option}: expected one of ${known.join(', ')}, found ${value}`);
}

function strategyNamed(name: string): Strategy {
  if (isModulePath(name)) return { ...CUSTOM_RULE, name, summary: '' };
  const found = findStrategy(name);
  if (found !== undefined) return found;
  const known = STRATEGIES.map((strategy) => strategy.name);
  throw unknownStrategy(known, name);
}

function checkPicker(name: string): void {
  oneOf(
    'picker',
    name,
    PICKERS.map((picker) => picker.name),
  );
}
