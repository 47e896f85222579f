/** Faults that a run injects: what they are, how they are written, what fits a configuration. */
import { UsageError } from '../errors.js';
import { TRACKER } from '../roles/tags.js';
import type { RunConfig } from './config.js';
import { SeededRandom } from './random.js';

/** A rank that ends, or goes silent without ending, once it has come as far as `at` says. */
export interface DeathFault {
  /** `crash`: the rank's thread ends at once; `hang`: it stops answering without ending. */
  readonly kind: 'crash' | 'hang';
  readonly rank: number;
  /**
   * When: the share of its segments that the rank has downloaded, or, where it downloads none,
   * the share of all segments that the swarm has.
   */
  readonly at: number;
}

/** The tracker crashes. */
export interface TrackerFault {
  readonly kind: 'tracker';
  /** When: the share of all segments that the swarm has. */
  readonly at: number;
}

/** A client that joins late, or a holder that the tracker forgets. */
export interface MembershipFault {
  readonly kind: 'late' | 'drop-holder';
  /** Drawn from the run's seed among the clients that download, where it is not given. */
  readonly rank?: number;
  /** When: the share of all segments that the swarm has. */
  readonly at: number;
}

/** A client that works so many times slower. */
export interface SlowFault {
  readonly kind: 'slow';
  readonly rank: number;
  /** 2: half as fast. */
  readonly factor: number;
}

/** Segments whose bytes are wrong where they arrive. */
export interface CorruptFault {
  readonly kind: 'corrupt';
  /** Those that this rank sends; absent: those of all. */
  readonly rank?: number;
  /** Part of the segments, above 0 and up to 1. */
  readonly rate: number;
}

/** A fault to inject. */
export type Fault = DeathFault | TrackerFault | MembershipFault | SlowFault | CorruptFault;

/** What a fault may be, for help and errors. */
export const FAULT_FORMS =
  'crash:rank=R,at=F, hang:rank=R,at=F, slow:rank=R,factor=K, corrupt:rank=R, corrupt:rate=P, ' +
  'late:rank=R, drop-holder or tracker';

/** The parameters that a kind of fault needs, and those it may have with their defaults. */
const PARAMETERS: Readonly<
  Record<Fault['kind'], { needs: readonly string[]; may: Readonly<Record<string, number | null>> }>
> = {
  crash: { needs: ['rank', 'at'], may: {} },
  hang: { needs: ['rank', 'at'], may: {} },
  slow: { needs: ['rank', 'factor'], may: {} },
  corrupt: { needs: [], may: { rank: null, rate: 1 } },
  late: { needs: ['rank'], may: { at: 0.5 } },
  'drop-holder': { needs: [], may: { rank: null, at: 0.5 } },
  tracker: { needs: [], may: { at: 0.5 } },
};

const IN_RANGE: Readonly<Record<string, (value: number) => boolean>> = {
  rank: (value) => Number.isInteger(value),
  at: (value) => value <= 1,
  rate: (value) => value > 0 && value <= 1,
  factor: (value) => value >= 1 && value <= 1000,
};

/**
 * Reads a fault such as `crash:rank=5,at=0.5` or `tracker`.
 *
 * @throws UsageError on anything else
 */
export function parseFault(text: string): Fault {
  const [kind, ...rest] = text.split(':');
  const values = readValues(rest.join(':'));
  if (!Object.hasOwn(PARAMETERS, kind) || values === undefined) throw malformed(text);
  const { needs, may } = PARAMETERS[kind as Fault['kind']];
  const isKnown = [...values.keys()].every((name) => needs.includes(name) || name in may);
  const isWhole = needs.every((name) => values.has(name));
  const isNothing = kind === 'corrupt' && values.size === 0;
  if (!isKnown || !isWhole || isNothing) throw malformed(text);
  const defaults = Object.entries(may).filter(([, value]) => value !== null);
  return { kind, ...Object.fromEntries(defaults), ...Object.fromEntries(values) } as Fault;
}

function malformed(text: string): UsageError {
  return new UsageError(
    `--fault: expected ${FAULT_FORMS}, with F and P from 0 to 1 and K from 1 to 1000, found ${text}`,
  );
}

/** Reads `rank=5,at=0.5`; undefined where that is not what it is. */
function readValues(text: string): Map<string, number> | undefined {
  const values = new Map<string, number>();
  for (const part of text === '' ? [] : text.split(',')) {
    const match = /^([a-z]+)=(\d+|\d*\.\d+)$/.exec(part);
    if (match === null) return undefined;
    const [, name, digits] = match;
    const value = Number(digits);
    if (values.has(name) || !Object.hasOwn(IN_RANGE, name) || !IN_RANGE[name](value)) {
      return undefined;
    }
    values.set(name, value);
  }
  return values;
}

/** The text that {@link parseFault} reads. */
export function formatFault({ kind, ...values }: Fault): string {
  const parts = Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .sort((a, b) => Number(b.startsWith('rank')) - Number(a.startsWith('rank')));
  return parts.length === 0 ? kind : `${kind}:${parts.join(',')}`;
}

/** The rank that a fault befalls; undefined where it befalls all. */
export function rankOf(fault: Fault): number | undefined {
  return fault.kind === 'tracker' ? TRACKER : fault.rank;
}

/** Whether a fault ends a rank, or makes it silent for good. */
export function isDeath(fault: Fault): fault is DeathFault | TrackerFault {
  return fault.kind === 'crash' || fault.kind === 'hang' || fault.kind === 'tracker';
}

/**
 * The rank's own downloads at which a fault comes due, of the `wanted` segments that it downloads in
 * all; undefined where the whole swarm's progress says when.
 */
export function dueAtDownloads(fault: Fault, wanted: number): number | undefined {
  if (!isDeath(fault) || wanted === 0) return undefined;
  return Math.max(1, Math.round(wanted * fault.at));
}

/** Whether any fault is of one of these kinds. */
export function hasFault(
  { faults }: Pick<RunConfig, 'faults'>,
  ...kinds: readonly Fault['kind'][]
): boolean {
  return faults.some(({ kind }) => kinds.includes(kind));
}

/** Whether `rank` is to join late. */
export function isLate({ faults }: Pick<RunConfig, 'faults'>, rank: number): boolean {
  return faults.some((fault) => fault.kind === 'late' && fault.rank === rank);
}

/** For each rank the part of the segments it sends that arrive spoiled. */
export function spoiledRates({ faults, ranks }: RunConfig): Float64Array {
  const rates = new Float64Array(ranks);
  for (const fault of faults) {
    if (fault.kind === 'corrupt' && fault.rank === undefined) rates.fill(fault.rate);
  }
  for (const fault of faults) {
    if (fault.kind === 'corrupt' && fault.rank !== undefined) rates[fault.rank] = fault.rate;
  }
  return rates;
}

/**
 * Checks the faults of a configuration whose number of ranks is known, and draws the ranks that
 * they leave open.
 *
 * @throws UsageError where one does not fit
 */
export function settleFaults(config: RunConfig): RunConfig {
  if (config.faults.length === 0) return config;
  const random = new SeededRandom(config.seed, 'faults');
  const faults = config.faults.map((fault) => settle(fault, config, random));
  const seen = new Set<string>();
  for (const fault of faults) {
    const what = isDeath(fault) ? 'crash, hang or tracker' : fault.kind;
    const rank = rankOf(fault);
    const key = `${what} of ${rank === undefined ? 'all ranks' : `rank ${rank}`}`;
    if (seen.has(key)) throw new UsageError(`--fault: expected at most one ${key}, found two`);
    seen.add(key);
  }
  return { ...config, faults };
}

function settle(fault: Fault, config: RunConfig, random: SeededRandom): Fault {
  const { ranks, seeds } = config;
  if (fault.kind === 'drop-holder' && fault.rank === undefined) {
    const first = seeds + 1 < ranks ? seeds + 1 : 1;
    const { kind, at } = fault;
    return { kind, rank: first + random.below(ranks - first), at };
  }
  const rank = rankOf(fault);
  const least = isDeath(fault) ? 0 : 1;
  if (rank !== undefined && (rank < least || rank >= ranks)) {
    throw new UsageError(
      `--fault ${formatFault(fault)}: expected a rank from ${least} to ${ranks - 1}, found ${rank}`,
    );
  }
  if (fault.kind === 'corrupt') checkChecked(fault, config);
  return fault;
}

/** Spoiled bytes must exist, and be noticed. */
function checkChecked(fault: CorruptFault, { segmentBytes, verify }: RunConfig): void {
  const option = `--fault ${formatFault(fault)}`;
  if (segmentBytes === 0) throw new UsageError(`${option}: expected bytes to spoil, found none`);
  if (verify !== 'each') {
    throw new UsageError(
      `${option}: expected --verify each, which alone finds it, found ${verify}`,
    );
  }
}
