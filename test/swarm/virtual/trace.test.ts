/** `--trace`: the file as a user gets it, and how records of several threads are put in order. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { test } from 'tap';
import { CHOKERS } from '../../../src/roles/chokers.js';
import { STRATEGIES } from '../../../src/roles/strategies.js';
import { RecordKind, TraceReader } from '../../../src/swarm/virtual/trace.js';
import { type JsonResult, command, runJson } from '../../cli/command.js';

interface TraceEvent {
  readonly name: string;
  readonly ph: 'M' | 'X' | 'i';
  readonly cat?: 'transfer' | 'request' | 'pick' | 'choking';
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: {
    readonly segment: number;
    readonly to: number;
    readonly chosen: number;
    readonly availability?: number;
    readonly unchoked: readonly number[];
    readonly optimistic?: number;
    readonly candidates: readonly { readonly rank: number; readonly score?: number }[];
  };
}

interface Traced {
  readonly text: string;
  readonly result: JsonResult;
  readonly stderr: string;
  /** Without those that name tracks. */
  readonly events: readonly TraceEvent[];
  readonly other: Readonly<Record<string, unknown>>;
}

/** Runs with `--trace` and reads what was written. */
async function trace(directory: string, options: string, ...more: string[]): Promise<Traced> {
  const file = path.join(directory, 'trace.json');
  const { code, result, stderr } = await runJson(
    `--clock virtual ${options}`,
    '--trace',
    file,
    ...more,
  );
  if (code !== 0) throw new Error(stderr);
  const text = readFileSync(file, 'utf8');
  const { traceEvents, otherData } = JSON.parse(text) as {
    traceEvents: TraceEvent[];
    otherData: Record<string, unknown>;
  };
  const events = traceEvents.filter(({ ph }) => ph !== 'M');
  return { text, result, stderr, events, other: otherData };
}

const of = (events: readonly TraceEvent[], category: TraceEvent['cat']): TraceEvent[] =>
  events.filter(({ cat }) => cat === category);

function isSorted(events: readonly TraceEvent[]): boolean {
  return events.every(
    ({ ts, tid }, index) =>
      index === 0 ||
      ts > events[index - 1].ts ||
      (ts === events[index - 1].ts && tid >= events[index - 1].tid),
  );
}

/** Blocks that take an uplink while another one does. */
function overlaps(events: readonly TraceEvent[]): TraceEvent[] {
  const freeAt = new Map<number, number>();
  return of(events, 'transfer').filter(({ tid, ts, dur }) => {
    const isEarly = ts < (freeAt.get(tid) ?? 0) - 1e-3;
    freeAt.set(tid, ts + dur);
    return isEarly;
  });
}

const ACK = '--ranks 24 --segments 150 --segment-bytes 20000';
const BEP3 = '--protocol bep3 --ranks 30 --segments 40 --segment-bytes 40000';

test('a trace has every block and every request, sorted, whatever the number of threads', async (t) => {
  for (const [options, decision] of [
    [ACK, 'request'],
    [BEP3, 'pick'],
  ] as const) {
    const one = await trace(t.testdir(), `${options} --threads 1`);
    t.equal(of(one.events, 'transfer').length, one.result.totals.blocks);
    t.equal(of(one.events, decision).length, one.result.totals.requests);
    t.ok(isSorted(one.events), 'sorted by time and rank');
    t.strictSame(overlaps(one.events), [], 'an uplink sends a block at a time');
    t.equal(one.other['cut'], undefined);
    t.match(one.result.trace, {
      events: one.events.length,
      transfers: one.result.totals.blocks,
      cutAtSeconds: undefined,
    });
    for (const threads of [2, 7]) {
      const other = await trace(t.testdir(), `${options} --threads ${threads}`);
      t.ok(other.text === one.text, `${threads} threads write the same bytes`);
    }
    const untraced = await runJson(`--clock virtual ${options}`);
    t.equal(untraced.result.digest, one.result.digest, 'tracing changes nothing');
    t.equal(untraced.result.trace, undefined);
  }
});

test('every track is named', async (t) => {
  const { text } = await trace(t.testdir(), '--ranks 4 --segments 3');
  const { traceEvents } = JSON.parse(text) as { traceEvents: TraceEvent[] };
  const named = traceEvents.filter(({ name }) => name === 'thread_name');
  t.match(
    named.map(({ tid, args }) => [tid, args]),
    [
      [0, { name: 'rank 0 (tracker)' }],
      [1, { name: 'rank 1 (seed)' }],
      [2, { name: 'rank 2 (client)' }],
      [3, { name: 'rank 3 (client)' }],
    ],
  );
});

test('who is asked is a candidate, and has the lowest score unless the rule draws', async (t) => {
  for (const { name, draws } of STRATEGIES) {
    const { events } = await trace(t.testdir(), `--ranks 10 --segments 40 --strategy ${name}`);
    const wrong = of(events, 'request').filter(({ args: { chosen, candidates } }) => {
      const found = candidates.find(({ rank }) => rank === chosen)?.score ?? NaN;
      // A rule that draws knows only those drawn: any but the worst can be among the best of them.
      const isBetter = (score: number): boolean =>
        draws === undefined ? score < found : Number.isNaN(found);
      return candidates.some(({ score = NaN }) => isBetter(score));
    });
    t.strictSame(wrong, [], name);
    t.ok(events.some(({ args }) => args.candidates?.length > 3));
  }
});

test('a strategy of the user chooses among its candidates, which have no scores', async (t) => {
  const strategy = path.resolve(__dirname, '../../../examples/strategies/shortest-queue.mjs');
  const { events, other } = await trace(
    t.testdir(),
    '--ranks 8 --segments 30 --picker rarest',
    '--strategy',
    strategy,
  );
  const requests = of(events, 'request');
  t.equal(requests.length, 6 * 30);
  for (const { args } of requests) {
    const { chosen, candidates, availability = 0 } = args;
    if (!candidates.some(({ rank }) => rank === chosen)) t.fail('not among its candidates', args);
    if (candidates.some(({ score }) => score !== undefined)) t.fail('a score', args);
    if (availability < candidates.length - 1) t.fail('availability', args);
  }
  t.equal(other['strategy'], 'shortest-queue');
});

test('the slots go to the candidates with the highest scores', async (t) => {
  const options = '--seed-choking fastest-upload --slots 3';
  const { events } = await trace(t.testdir(), `${BEP3} ${options} --strategy fixed-slots`);
  const rounds = of(events, 'choking').filter(({ name }) => name === 'choking');
  t.ok(rounds.some(({ args }) => args.unchoked.length === 3));
  for (const { args } of rounds) {
    const { unchoked, optimistic, candidates } = args;
    const scoreOf = (rank: number): number =>
      candidates.find((candidate) => candidate.rank === rank)?.score ?? NaN;
    const earned = unchoked.filter((rank) => rank !== optimistic);
    const choked = candidates.filter(({ rank }) => !unchoked.includes(rank));
    const isRight = earned.every((rank) =>
      choked.every(({ score = NaN }) => score <= scoreOf(rank)),
    );
    if (!isRight || unchoked.length > 3) t.fail('not the highest', args);
  }
});

test('every rule of choking can be traced, and the trace does not change it', async (t) => {
  for (const { name } of CHOKERS) {
    // Among so few, a limit of neighbours would leave some without any.
    const options = `${BEP3} --neighbours 30 --strategy ${name}`;
    const { events, result } = await trace(t.testdir(), options);
    t.equal((await runJson(`--clock virtual ${options}`)).result.digest, result.digest, name);
    const choking = of(events, 'choking').filter((event) => event.name === 'choking');
    t.ok(choking.length > 0, name);
    const isListed = choking.every(({ args }) =>
      args.unchoked.every((rank) => args.candidates.some((candidate) => candidate.rank === rank)),
    );
    t.ok(isListed, `${name}: who is unchoked was a candidate`);
  }
});

test('a trace that grows too long is cut at the same place by any number of threads', async (t) => {
  const whole = await trace(t.testdir(), `${ACK} --threads 1`);
  const limited = `${ACK} --trace-limit 9000`;
  const one = await trace(t.testdir(), `${limited} --threads 1`);
  for (const threads of [2, 5]) {
    const other = await trace(t.testdir(), `${limited} --threads ${threads}`);
    t.ok(other.text === one.text, `${threads} threads`);
  }
  const cut = one.result.trace?.cutAtSeconds ?? NaN;
  const before = (events: readonly TraceEvent[]): TraceEvent[] =>
    events.filter(({ ts }) => ts < cut * 1e6);
  t.ok(before(one.events).length > 100);
  t.strictSame(before(one.events), before(whole.events), 'complete until there');
  const listed = one.events.reduce((sum, { args }) => sum + 1 + (args.candidates?.length ?? 0), 0);
  t.ok(listed >= 9000 && listed < 9000 + 24, `${listed} events and candidates`);
  t.match(one.other, { cut: `nothing is told after ${cut} s: --trace-limit 9000` });
  t.match(one.stderr, /^bt-shm: --trace .*: cut after [\d.]+ s of virtual time.*\n$/);
  t.equal(one.result.digest, whole.result.digest);
});

test('a trace that can not be written is refused before the run', async (t) => {
  const dir = t.testdir({ 'file.json': 'mine' });
  const real = await command('--ranks 3 --trace', `${dir}/file.json`);
  t.match(real, { code: 2, stderr: '--trace: only with --clock virtual' });
  for (const [file, message] of [
    [`${dir}/none/file.json`, 'no such file or directory (ENOENT)'],
    [dir, 'expected a file that can be written, found a directory'],
  ] as const) {
    t.match(await command('--clock virtual --ranks 3 --trace', file), { code: 2, stderr: message });
  }
  const limit = await command('--clock virtual --trace-limit 0 --trace', `${dir}/file.json`);
  t.match(limit, { code: 2, stderr: '--trace-limit: expected a whole number from 1' });
  t.equal(readFileSync(`${dir}/file.json`, 'utf8'), 'mine', 'an earlier file is as it was');
});

/** A record: when and by whom it was made, when its transfer begins, or how many candidates it has. */
type Row = readonly [
  timeNs: number,
  rank: number,
  beginsNs: number | undefined,
  candidates?: number,
];

/** Memory with each thread's records, in a chunk each. */
function memoryOf(threads: readonly (readonly Row[])[]): {
  buffer: SharedArrayBuffer;
  heads: number[];
} {
  const buffer = new SharedArrayBuffer(4096);
  const words = new Int32Array(buffer);
  let next = 16;
  const heads = threads.map((records) => {
    const addresses = records.map(([time, rank, begin, candidates = 0]) => {
      const chunk = next;
      const kind = begin === undefined ? RecordKind.Choking : RecordKind.Transfer;
      const payload =
        begin === undefined ? [1, 1, candidates] : [begin, 0, begin + 1, 0, 0, 0, 0, 0];
      const record = [5 + payload.length, kind, time, 0, rank, ...payload];
      words.set([0, 8 + record.length * 4, ...record], chunk);
      next += 2 + record.length;
      return chunk * 4;
    });
    addresses.slice(1).forEach((address, index) => (words[addresses[index] / 4] = address));
    return addresses[0] ?? 0;
  });
  return { buffer, heads };
}

function read(threads: readonly (readonly Row[])[], limit: number) {
  const { buffer, heads } = memoryOf(threads);
  const traced = heads.map((traceHead) => ({ traceHead, isTraceCut: false }));
  const reader = new TraceReader(buffer, traced, limit);
  const records = [...reader.records()].map(({ beginsNs, rank }) => [beginsNs, rank]);
  return { records, cut: reader.cutAtNs };
}

test('records of several threads are merged by when what they tell of begins', (t) => {
  const threads: readonly (readonly Row[])[] = [
    [
      [5, 2, undefined],
      [5, 1, 9],
      [10, 1, undefined],
    ],
    [],
    [
      [5, 3, undefined],
      [8, 4, 8],
      [9, 3, undefined],
    ],
  ];
  const all = [
    [5, 2],
    [5, 3],
    [8, 4],
    [9, 1],
    [9, 3],
    [10, 1],
  ];
  t.strictSame(read(threads, 6), { records: all, cut: undefined });
  t.strictSame(read(threads, 5), { records: all.slice(0, 5), cut: 9 });
  t.end();
});

test('a limit counts candidates, and keeps the lower ranks of an instant', (t) => {
  const threads: readonly (readonly Row[])[] = [
    [
      [5, 4, undefined, 3],
      [5, 1, undefined, 2],
    ],
    [
      [5, 2, undefined, 1],
      [6, 2, undefined],
    ],
  ];
  const kept = (limit: number): number => read(threads, limit).records.length;
  t.equal(kept(3), 1, 'a record of two candidates');
  t.equal(kept(4), 2);
  t.equal(kept(5), 2);
  t.equal(kept(6), 3);
  t.equal(kept(9), 3);
  t.equal(kept(10), 4);
  t.end();
});
