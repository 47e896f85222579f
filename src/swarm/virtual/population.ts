/** Who takes part in a run in virtual time: each client's links, zone, rules and comings and goings. */
import { readFileSync } from 'node:fs';
import { InputError, UsageError } from '../../errors.js';
import { BEHAVIOURS, CHOKERS } from '../../roles/chokers.js';
import { PICKERS } from '../../roles/pickers.js';
import { TRACKER } from '../../roles/tags.js';
import type { VirtualRunConfig } from '../config.js';
import { isModulePath } from '../custom/module.js';
import { formatFault, hasFault } from '../faults.js';
import { SeededRandom } from '../random.js';
import { drawGraph } from './graph.js';
import { type Delay, parseArrivals, parseDelay, parseGraph } from './text.js';

const NS_PER_SECOND = 1e9;

/** As in `assembly/bep3/peer.ts`. */
const SUPER_SEEDS = 2;
export const ASKS_NOTHING = 4;

/** All ranks of a run, column by column; rank 0 is the tracker, whose links have no limit. */
export interface Population {
  readonly isSeed: Uint8Array;
  /** Bytes/s, 0: no limit. */
  readonly up: Float64Array;
  readonly down: Float64Array;
  readonly zone: Int32Array;
  /** When the client joins, in ns. */
  readonly joinsAtNs: Float64Array;
  /** How long it stays with all it wants, in ns; negative: to the end. */
  readonly seedingNs: Float64Array;
  /** How long after it joined it gives up, in ns; negative: never. */
  readonly patienceNs: Float64Array;
  readonly choker: Int32Array;
  readonly picker: Int32Array;
  readonly behaviour: Int32Array;
  readonly connections: Int32Array;
  /** What the client is in `--mix`: index, or -1. */
  readonly part: Int32Array;
  /** Whom each rank opens connections to, where the tracker does not say. */
  readonly neighbours?: readonly (readonly number[])[];
}

/** The lowest rate among links that have one; Infinity where none has. */
export function slowestOf(rates: Float64Array): number {
  return rates.reduce((least, rate) => (rate > 0 ? Math.min(least, rate) : least), Infinity);
}

/** Whether a rank downloads nothing: the tracker, a seed, or a client that asks for nothing. */
export function wantsNothing({ isSeed, behaviour }: Population, rank: number): boolean {
  return rank === TRACKER || isSeed[rank] === 1 || (behaviour[rank] & ASKS_NOTHING) !== 0;
}

/** Draws a run's population from its seed. */
export function drawPopulation(config: VirtualRunConfig): Population {
  const { ranks, seeds, seed } = config;
  const zones = config.latencyMs.length;
  const population: Population = {
    isSeed: Uint8Array.from({ length: ranks }, (_, rank) => (rank >= 1 && rank <= seeds ? 1 : 0)),
    up: new Float64Array(ranks).fill(config.up),
    down: new Float64Array(ranks).fill(config.down),
    zone: Int32Array.from({ length: ranks }, (_, rank) => (rank === 0 ? 0 : (rank - 1) % zones)),
    joinsAtNs: new Float64Array(ranks),
    seedingNs: new Float64Array(ranks).fill(-1),
    patienceNs: new Float64Array(ranks).fill(-1),
    choker: new Int32Array(ranks).fill(chokerOf(config.strategy)),
    picker: new Int32Array(ranks).fill(indexOf(PICKERS, config.picker)),
    behaviour: new Int32Array(ranks),
    connections: new Int32Array(ranks).fill(config.neighbours),
    part: new Int32Array(ranks).fill(-1),
  };
  setLinks(population, config);
  slowDown(population, config);
  drawTimes(population, config);
  setMix(population, config);
  const graph = parseGraph(config.graph);
  const random = new SeededRandom(seed, 'graph');
  const neighbours = drawGraph(graph, ranks - 1, population.zone, config.neighbours, random);
  if (neighbours === undefined) return population;
  if (config.arrivals !== 'at-once' || hasFault(config, 'late')) {
    throw new UsageError(
      `--graph ${config.graph}: expected all to join at once with a given graph`,
    );
  }
  giveRoom(population, neighbours);
  return { ...population, neighbours };
}

/**
 * Makes the links of ranks that are slow so many times slower.
 *
 * @throws UsageError where such a link has no limit
 */
function slowDown({ up, down }: Population, config: VirtualRunConfig): void {
  for (const fault of config.faults) {
    if (fault.kind !== 'slow') continue;
    if (up[fault.rank] === 0 || down[fault.rank] === 0) {
      throw new UsageError(
        `--fault ${formatFault(fault)}: expected links with a rate, found unlimited ones`,
      );
    }
    up[fault.rank] /= fault.factor;
    down[fault.rank] /= fault.factor;
  }
}

/** In a given graph each peer has as many connections as it has edges. */
function giveRoom(population: Population, neighbours: readonly (readonly number[])[]): void {
  population.connections.fill(0);
  neighbours.forEach((others, rank) => {
    population.connections[rank] += others.length;
    for (const other of others) population.connections[other]++;
  });
}

/** A strategy of the user's own has no number; see `assembly/bep3/chokers/index.ts`. */
function chokerOf(strategy: string): number {
  return isModulePath(strategy) ? -1 : indexOf(CHOKERS, strategy);
}

function indexOf(rules: readonly { readonly name: string }[], name: string): number {
  return Math.max(
    0,
    rules.findIndex((rule) => rule.name === name),
  );
}

function setLinks(population: Population, config: VirtualRunConfig): void {
  const random = new SeededRandom(config.seed, 'classes');
  const assigned = assign(clientsOf(population), config.classes, random);
  assigned.forEach((ranks, index) => {
    for (const rank of ranks) {
      population.up[rank] = config.classes[index].up;
      population.down[rank] = config.classes[index].down;
    }
  });
  for (let rank = 1; rank <= config.seeds; rank++) {
    population.up[rank] = config.seedUp;
    population.down[rank] = config.seedDown;
  }
  population.up[0] = 0;
  population.down[0] = 0;
}

function clientsOf(population: Population): number[] {
  const clients: number[] = [];
  for (let rank = 1; rank < population.isSeed.length; rank++) {
    if (population.isSeed[rank] === 0) clients.push(rank);
  }
  return clients;
}

/** Deals ranks out at random, to each part its share, rounded so that the sum is right. */
function assign(
  ranks: readonly number[],
  parts: readonly { readonly share: number }[],
  random: SeededRandom,
): number[][] {
  const order = [...ranks];
  random.shuffle(order);
  let dealt = 0;
  let share = 0;
  return parts.map((part) => {
    share += part.share;
    const end = Math.min(order.length, Math.round(share * order.length));
    const taken = order.slice(dealt, end);
    dealt = end;
    return taken;
  });
}

function setMix(population: Population, config: VirtualRunConfig): void {
  if (config.superSeed) {
    for (let rank = 1; rank <= config.seeds; rank++) population.behaviour[rank] |= SUPER_SEEDS;
  }
  const random = new SeededRandom(config.seed, 'mix');
  assign(clientsOf(population), config.mix, random).forEach((ranks, index) => {
    const { name } = config.mix[index];
    const choker = CHOKERS.findIndex((rule) => rule.name === name);
    const behaviour = BEHAVIOURS.find((rule) => rule.name === name);
    for (const rank of ranks) {
      population.part[rank] = index;
      if (choker >= 0) population.choker[rank] = choker;
      if (behaviour === undefined) continue;
      population.behaviour[rank] |= behaviour.bits ?? 0;
      if (behaviour.leaves === true) population.seedingNs[rank] = 0;
      const wider = population.connections[rank] * (behaviour.viewFactor ?? 1);
      population.connections[rank] = Math.min(127, wider);
    }
  });
}

function drawTimes(population: Population, config: VirtualRunConfig): void {
  const clients = clientsOf(population);
  const joins = arrivalTimes(config, clients.length);
  const seeding = new DelaySource(config.seed, 'seeding', parseDelay(config.seeding));
  const patience = new DelaySource(config.seed, 'patience', parseDelay(config.patience));
  clients.forEach((rank, index) => {
    population.joinsAtNs[rank] = Math.round(joins[index] * NS_PER_SECOND);
    population.seedingNs[rank] = seeding.drawNs();
    population.patienceNs[rank] = patience.drawNs();
  });
}

function arrivalTimes(config: VirtualRunConfig, clients: number): readonly number[] {
  const arrivals = parseArrivals(config.arrivals);
  switch (arrivals.kind) {
    case 'at-once':
      return new Array<number>(clients).fill(0);
    case 'poisson': {
      const random = new SeededRandom(config.seed, 'arrivals');
      let time = 0;
      return Array.from(
        { length: clients },
        () => (time += random.exponential(1 / arrivals.perSecond)),
      );
    }
    case 'trace':
      return readTrace(arrivals.file, clients);
  }
}

function readTrace(file: string, clients: number): number[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError({
      file,
      expected: 'a trace that can be read',
      found: (error as Error).message,
      cause: error,
    });
  }
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const times = lines.map((line, index) => {
    const seconds = /^\d+(\.\d+)?$/.test(line.trim()) ? Number(line) : NaN;
    if (seconds >= 0) return seconds;
    const found = JSON.stringify(line);
    throw new InputError({ file, line: index + 1, expected: 'seconds such as 12.5', found });
  });
  if (times.length === clients) return times;
  throw new InputError({
    file,
    expected: `${clients} lines, one for each client that is no seed`,
    found: `${times.length}`,
  });
}

class DelaySource {
  private readonly random: SeededRandom;

  constructor(
    seed: number,
    purpose: string,
    private readonly delay: Delay,
  ) {
    this.random = new SeededRandom(seed, purpose);
  }

  /** In ns, negative: never. */
  drawNs(): number {
    const { kind, seconds } = this.delay;
    if (kind === 'never') return -1;
    const drawn = kind === 'fixed' ? seconds : this.random.exponential(seconds);
    return Math.round(drawn * NS_PER_SECOND);
  }
}
