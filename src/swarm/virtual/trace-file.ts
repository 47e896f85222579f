/**
 * Writes what happened in a run in the Chrome trace event format, which Perfetto and
 * `chrome://tracing` open: a track a rank, on it the blocks that its uplink sends as complete events
 * and its decisions as instant events. Times are us of virtual time.
 *
 * Source: "Trace Event Format" (Google, 2016).
 */
import { accessSync, constants, statSync } from 'node:fs';
import * as path from 'node:path';
import { InputError } from '../../errors.js';
import type { VirtualRunConfig } from '../config.js';
import { attempt } from '../input/file-io.js';
import { createOutputToken, writeAtomically } from '../input/outputs.js';
import type { VirtualPlan } from './plan.js';
import { RecordKind, type TraceRecord, TraceReader, type TracedThread, wide } from './trace.js';

const NS_PER_US = 1000;
const NS_PER_SECOND = 1e9;

/** Characters that are gathered before they are written. */
const CHUNK_CHARACTERS = 2 ** 16;

const CHOSEN = 1;
const OPTIMISTIC = 2;

/** In place of a score: the strategy gives none. The upper word of the smallest 64-bit integer. */
const NO_SCORE = -(2 ** 31);

/** What was written. */
export interface TraceResult {
  readonly file: string;
  /** Events, those that name tracks not counted. */
  readonly events: number;
  /** Those that are blocks on an uplink. */
  readonly transfers: number;
  /** Virtual time after which nothing is told, in s; where there was more than `--trace-limit`. */
  readonly cutAtSeconds?: number;
}

/**
 * Makes sure that a trace can be written, before a run spends time on it.
 *
 * @throws InputError where it can't be
 */
export function checkTraceFile(file: string): void {
  const expected = 'a file that can be written';
  const directory = path.dirname(file);
  attempt(file, expected, () => accessSync(directory, constants.W_OK | constants.X_OK));
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new InputError({ file, expected, found: 'a directory' });
  }
}

/**
 * Writes the trace of a run that is over.
 *
 * @throws InputError where the file can't be written; an earlier one is as it was then
 */
export function writeTrace(
  file: string,
  plan: VirtualPlan,
  threads: readonly TracedThread[],
): TraceResult {
  const { memory, config } = plan;
  // Growing by nothing makes this thread see what others have grown the memory to.
  memory.grow(0);
  const reader = new TraceReader(memory.buffer, threads, config.traceLimit);
  const text = new TraceText(plan, reader);
  writeAtomically(file, chunksOf(text.lines()), createOutputToken());
  const { events, transfers } = text;
  const cut = reader.cutAtNs;
  return {
    file,
    events,
    transfers,
    ...(cut !== undefined && { cutAtSeconds: cut / NS_PER_SECOND }),
  };
}

function* chunksOf(lines: Iterable<string>): Generator<Uint8Array> {
  let gathered = '';
  for (const line of lines) {
    gathered += line;
    if (gathered.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(gathered);
    gathered = '';
  }
  yield Buffer.from(gathered);
}

/** Turns records into JSON. */
class TraceText {
  events = 0;
  transfers = 0;
  private readonly words: Int32Array;
  private readonly doubles: DataView;
  /** Place of the segment in a transfer's payload: what its message says of it. */
  private readonly segmentAt: number;

  constructor(
    private readonly plan: VirtualPlan,
    private readonly reader: TraceReader,
  ) {
    this.words = reader.words;
    this.doubles = new DataView(this.words.buffer);
    this.segmentAt = plan.config.protocol === 'bep3' ? 7 : 6;
  }

  /** The file, in pieces. */
  *lines(): Generator<string> {
    const { config } = this.plan;
    yield '{"traceEvents":[\n';
    const name = `bt-shm ${config.protocol} ${strategyOf(this.plan)}`;
    yield JSON.stringify({ name: 'process_name', ph: 'M', pid: 1, args: { name } });
    for (let rank = 0; rank < config.ranks; rank++) yield this.track(rank);
    for (const record of this.reader.records()) {
      this.events++;
      yield `,\n${JSON.stringify(this.eventOf(record))}`;
    }
    const other = { ...describe(config, strategyOf(this.plan)), ...this.counts() };
    yield `\n],\n"displayTimeUnit":"ms",\n"otherData":${JSON.stringify(other)}}\n`;
  }

  private track(rank: number): string {
    const role = rank === 0 ? 'tracker' : this.plan.population.isSeed[rank] ? 'seed' : 'client';
    const event = { ph: 'M', pid: 1, tid: rank };
    const name = { name: 'thread_name', ...event, args: { name: `rank ${rank} (${role})` } };
    const sort = { name: 'thread_sort_index', ...event, args: { sort_index: rank } };
    return `,\n${JSON.stringify(name)},\n${JSON.stringify(sort)}`;
  }

  private counts(): Readonly<Record<string, unknown>> {
    const { events, transfers } = this;
    const { cutAtNs } = this.reader;
    const { traceLimit } = this.plan.config;
    const cut =
      cutAtNs !== undefined &&
      `nothing is told after ${cutAtNs / NS_PER_SECOND} s: --trace-limit ${traceLimit} events and candidates`;
    return { events, transfers, ...(cut !== false && { cut }) };
  }

  private eventOf(record: TraceRecord): Readonly<Record<string, unknown>> {
    const { kind, beginsNs, rank, payload } = record;
    const place = { pid: 1, tid: rank, ts: beginsNs / NS_PER_US };
    if (kind === RecordKind.Transfer) return this.transfer(place, payload);
    const instant = { ph: 'i', s: 't', ...place };
    switch (kind) {
      case RecordKind.Request:
        return { name: 'request', cat: 'request', ...instant, args: this.request(payload) };
      case RecordKind.Pick:
        return { name: 'pick', cat: 'pick', ...instant, args: this.pick(payload) };
      case RecordKind.Choking:
        return { name: 'choking', cat: 'choking', ...instant, args: this.choking(payload) };
      default:
        return { name: 'unchoke', cat: 'choking', ...instant, args: this.unchoke(payload) };
    }
  }

  private transfer(place: object, at: number): Readonly<Record<string, unknown>> {
    const { words } = this;
    this.transfers++;
    const segment = words[at + this.segmentAt];
    return {
      name: `segment ${segment}`,
      cat: 'transfer',
      ph: 'X',
      ...place,
      dur: (wide(words, at + 2) - wide(words, at)) / NS_PER_US,
      args: { segment, to: words[at + 4], bytes: words[at + 5] },
    };
  }

  private request(at: number): object {
    const { words } = this;
    const [segment, chosen, availability, count] = words.subarray(at, at + 4);
    const candidates = Array.from({ length: count }, (_, index) => {
      const row = at + 4 + index * 3;
      const rank = words[row];
      return words[row + 2] === NO_SCORE ? { rank } : { rank, score: wide(words, row + 1) };
    });
    return { segment, chosen, ...(availability >= 0 && { availability }), candidates };
  }

  private pick(at: number): object {
    const [segment, from, availability, isAgain] = this.words.subarray(at, at + 4);
    return { segment, from, availability, ...(isAgain === 1 && { endgame: true }) };
  }

  private choking(at: number): object {
    const { words } = this;
    const [round, isRound, count] = words.subarray(at, at + 3);
    const unchoked: number[] = [];
    let optimistic: number | undefined;
    const candidates = Array.from({ length: count }, (_, index) => {
      const row = at + 3 + index * 4;
      const rank = words[row];
      if ((words[row + 1] & CHOSEN) !== 0) unchoked.push(rank);
      if ((words[row + 1] & OPTIMISTIC) !== 0) optimistic = rank;
      const score = this.doubles.getFloat64((row + 2) * 4, true);
      return Number.isFinite(score) ? { rank, score } : { rank };
    });
    return {
      round,
      ...(isRound === 0 && { between: true }),
      unchoked,
      ...(optimistic !== undefined && { optimistic }),
      candidates,
    };
  }

  private unchoke(at: number): object {
    return { unchoked: this.words[at], why: 'it has become interested, and a slot is free' };
  }
}

function strategyOf({ config, custom }: VirtualPlan): string {
  return custom?.name ?? config.strategy;
}

/** What a reader of the file has to know of the run; nothing that depends on threads. */
function describe(config: VirtualRunConfig, strategy: string): object {
  const { protocol, picker, ranks, seeds, files, segments, segmentBytes, blockBytes, seed } =
    config;
  const scores =
    protocol === 'ack'
      ? 'the lowest is asked; most rules: value * 2^20 + tie-break'
      : 'the highest are unchoked (pairwise: those below 2)';
  const content = { ranks, seeds, files, segments, segmentBytes, blockBytes, seed };
  return { protocol, strategy, picker, ...content, scores };
}
