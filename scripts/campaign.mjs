/**
 * The fault campaign: random swarms with random faults, drawn from a seed, each held to what is
 * promised in docs/reliability.md. `npm run campaign -- --runs 1000`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import swarm from '../dist/src/index.js';
import faultPlan from '../dist/src/swarm/faults.js';
import random from '../dist/src/swarm/random.js';
import chokers from '../dist/src/roles/chokers.js';
import strategies from '../dist/src/roles/strategies.js';
import pickers from '../dist/src/roles/pickers.js';

/** A run that takes longer does not end. */
const TIME_LIMIT_MS = 60_000;

/** Runs before what the process holds is measured first, between two measurements, and in all. */
const WARM_UP_RUNS = 20;
const RUNS_BETWEEN = 40;
const RUNS_TO_MEASURE = 200;

/**
 * What memory may grow by. Memory that was freed goes back to the system now and then only, so it is
 * the least of several measurements that counts.
 */
const MEMORY_SLACK_BYTES = 100 * 2 ** 20;
const MEASUREMENTS = 3;

/** What shared buffers may grow by: the last run's may still be there. */
const BUFFER_SLACK_BYTES = 16 * 2 ** 20;

const print = (line) => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    plain: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  print(`Usage: npm run campaign -- [--runs 1000] [--seed 1] [--first 0] [--plain RANKSxSEGMENTS]

Runs random swarms with random faults and checks what bt-shm promises of each. The draws of run
number N depend on --seed and N alone: --first N --runs 1 runs one again. With --plain 16x1000 all
are swarms of that size without a fault, a rank a thread, every segment checked.`);
  process.exit(0);
}
// What the allocator keeps for threads that have ended is no leak, but looks like one.
if (process.platform === 'linux' && process.env.MALLOC_ARENA_MAX === undefined) {
  const env = { ...process.env, MALLOC_ARENA_MAX: '1' };
  const again = spawnSync(process.execPath, process.argv.slice(1), { stdio: 'inherit', env });
  process.exit(again.status ?? 1);
}
const [runs, seed, first] = ['runs', 'seed', 'first'].map((name) => {
  if (/^\d+$/.test(values[name])) return Number(values[name]);
  process.stderr.write(`--${name}: expected a whole number, found ${values[name]}\n`);
  process.exit(2);
});

const plain = /^(\d+)x(\d+)$/.exec(values.plain ?? '');
if (values.plain !== undefined && plain === null) {
  process.stderr.write(`--plain: expected RANKSxSEGMENTS such as 16x1000, found ${values.plain}\n`);
  process.exit(2);
}

/** Draws a swarm and its faults. */
function drawCase(index, directory) {
  const source = new random.SeededRandom(seed, `campaign ${index}`);
  if (plain !== null) {
    const [ranks, segments] = plain.slice(1).map(Number);
    return { ranks, segments, files: 1, seeds: 1, seed: source.below(2 ** 31), faults: [] };
  }
  const oneOf = (choices) => choices[source.below(choices.length)];
  if (source.below(3) === 0) return drawVirtualCase(source, oneOf);
  const ranks = 3 + source.below(14);
  const segmentBytes = oneOf([0, 64, 1000, 16_384]);
  const strategy = oneOf(strategies.STRATEGIES.filter(({ needsNetwork }) => needsNetwork !== true));
  const isContent = segmentBytes > 0 && source.below(4) === 0;
  const options = {
    ranks,
    threads: oneOf([ranks, ranks, 1, 2, Math.min(ranks, 5)]),
    strategy: strategy.name,
    ...(strategy.picker === undefined && { picker: oneOf(pickers.PICKERS).name }),
    ...(strategy.load === undefined && { load: oneOf(['shared', 'message']) }),
    ...(strategy.maxWindow === undefined && { window: oneOf([1, 4, 32, 128]) }),
    handout: oneOf([64, 64, 2]),
    seeds: isContent ? 1 : 1 + source.below(Math.min(3, ranks - 1)),
    files: isContent ? 1 : 1 + source.below(2),
    segments: 1 + source.below(300),
    segmentBytes,
    transfer: oneOf(['zero-copy', 'copy']),
    hash: oneOf(['sha1', 'sha256', 'md5']),
    // By themselves these swarms are too small to have any.
    ...(segmentBytes > 0 && { hashThreads: ['auto', 2, 1, 0][index % 4] }),
    seed: source.below(2 ** 31),
    stallTimeoutMs: 20_000,
    peerTimeoutMs: 2000,
  };
  if (isContent) {
    const bytes = drawBytes(index, options.segments * segmentBytes - source.below(segmentBytes));
    const content = join(directory, 'content.bin');
    writeFileSync(content, bytes);
    Object.assign(options, { content, out: join(directory, `out${index}`) });
  }
  return { ...options, faults: drawFaults(source, options) };
}

/** The content of a run's real file. */
function drawBytes(index, length) {
  const source = new random.SeededRandom(seed, `content ${index}`);
  return Uint8Array.from({ length }, () => source.below(256));
}

/** A swarm behind simulated links. */
function drawVirtualCase(source, oneOf) {
  const ranks = 3 + source.below(38);
  const isAck = source.below(2) === 0;
  const strategy = oneOf(isAck ? strategies.STRATEGIES : chokers.CHOKERS);
  const options = {
    clock: 'virtual',
    protocol: isAck ? 'ack' : 'bep3',
    strategy: strategy.name,
    ranks,
    threads: 1 + source.below(Math.min(ranks, 4)),
    seeds: 1 + source.below(Math.min(3, ranks - 1)),
    files: isAck ? 1 + source.below(2) : 1,
    segments: 1 + source.below(100),
    segmentBytes: oneOf([1000, 16_384, 50_000]),
    latencyMs: oneOf([
      [[20]],
      [[50]],
      [
        [10, 80],
        [80, 15],
      ],
    ]),
    jitterMs: oneOf([0, 0, 7]),
    up: oneOf([50_000, 1_250_000]),
    down: oneOf([200_000, 6_250_000]),
    handout: oneOf([50, 4]),
    seed: source.below(2 ** 31),
    peerTimeoutMs: oneOf([5000, 30_000]),
    ...(isAck && strategy.maxWindow === undefined && { window: oneOf([1, 4, 32]) }),
    ...(!isAck && { neighbours: oneOf([50, 6]), pipeline: oneOf([5, 1]) }),
  };
  return { ...options, faults: drawFaults(source, options) };
}

function drawFaults(source, { ranks, segmentBytes }) {
  const rank = () => 1 + source.below(ranks - 1);
  const at = () => Number(source.next().toFixed(3));
  const draws = [
    () => `crash:rank=${rank()},at=${at()}`,
    () => `crash:rank=${rank()},at=${at()}`,
    () => `hang:rank=${rank()},at=${at()}`,
    () => `slow:rank=${rank()},factor=${2 + source.below(4)}`,
    () => `late:rank=${rank()},at=${at()}`,
    () => `drop-holder:rank=${rank()},at=${at()}`,
    () => (source.below(4) === 0 ? `tracker:at=${at()}` : `late:rank=${rank()}`),
  ];
  if (segmentBytes > 0) {
    draws.push(
      () => `corrupt:rank=${rank()}`,
      () => `corrupt:rate=${(0.001 + 0.1 * source.next()).toFixed(3)}`,
    );
  }
  const faults = new Map();
  for (let count = source.below(5); count > 0; count--) {
    const fault = faultPlan.parseFault(draws[source.below(draws.length)]());
    const kind = faultPlan.isDeath(fault) ? 'death' : fault.kind;
    faults.set(`${kind} ${faultPlan.rankOf(fault)}`, fault);
  }
  return [...faults.values()];
}

/** What a result breaks of what is promised. */
function violationsOf(options, result) {
  const found = [];
  const demand = (isKept, what) => {
    if (!isKept) found.push(what);
  };
  const { totals, ranks, missing, outcome } = result;
  const deaths = options.faults.filter(faultPlan.isDeath);
  // In real time a rank takes all others of its thread along.
  const threadOf = (rank) => (options.clock === 'virtual' ? rank : ranks[rank].thread);
  const doomed = new Set(deaths.map((fault) => threadOf(faultPlan.rankOf(fault))));
  const dead = ranks.filter(({ died }) => died !== undefined);
  demand(
    ['done', 'segments-missing', 'rank-died'].includes(outcome),
    `it ended as ${outcome}: ${JSON.stringify(result.waits.slice(0, 3))}`,
  );
  for (const { rank, died } of dead) {
    demand(doomed.has(threadOf(rank)), `rank ${rank} died unasked: ${died.reason}`);
  }
  demand(outcome !== 'rank-died' || dead.length > 0, 'a death without a dead rank');
  const wanted = options.segments * options.files;
  for (const { rank, role, died, segmentsDownloaded } of ranks) {
    if (role !== 'client' || died !== undefined) continue;
    const lacks = missing.filter((list) => list.rank === rank);
    const count = lacks.reduce((sum, list) => sum + list.count, 0);
    demand(
      segmentsDownloaded + count === wanted || lacks.some((list) => list.count === 0),
      `rank ${rank}: ${segmentsDownloaded} of ${wanted} segments, ${count} named as missing`,
    );
    demand(outcome !== 'done' || segmentsDownloaded === wanted, `rank ${rank} is not done`);
  }
  demand(
    outcome === 'done' || !hasSoundSeed(options, ranks, (rank) => doomed.has(threadOf(rank))),
    `incomplete (${outcome}) although a seed and the tracker were untouched`,
  );
  if (options.protocol === 'bep3') checkPieces(demand, result);
  else checkDeliveries(demand, options, result, dead.length);
  checkRefusals(demand, result);
  // Who dies in the middle of a turn takes the wake-ups along that were due at its end.
  const most = new Set(dead.map(({ thread }) => thread)).size * ranks.length;
  demand(totals.missedWakes <= most, `${totals.missedWakes} missed wake-ups, at most ${most}`);
  return found;
}

/** Whether a seed, and the tracker, have nothing to do with any fault. */
function hasSoundSeed({ faults, seeds }, ranks, isDoomed) {
  const touched = new Set(faults.map(faultPlan.rankOf));
  const isSound = (rank) => !touched.has(rank) && !isDoomed(rank);
  if (!isSound(0)) return false;
  return ranks.some(({ rank }) => rank > 0 && rank <= seeds && isSound(rank));
}

/** Deliveries counted by receivers are those counted by senders; what died took its count along. */
function checkDeliveries(demand, options, { totals, ranks }, deaths) {
  const { window = 1 } = options;
  const sent = ranks.reduce((sum, rank) => sum + rank.segmentsUploaded, 0);
  const received = totals.segmentsDelivered + totals.hashFailures;
  // What was on its way to or from the dead: a window for each pair at most.
  const most = received + 2 * window * deaths * ranks.length;
  const counts = `${sent} sent, ${received} received`;
  if (deaths === 0) demand(sent === received, `${counts}, and nobody died`);
  demand(
    totals.requests === received + totals.nacks || deaths > 0,
    `${totals.requests} requests, ${totals.nacks} refused of them`,
  );
  if (!faultPlan.hasFault(options, 'corrupt'))
    demand(sent >= received && sent <= most, `${counts}, ${deaths} dead`);
}

/** Of the pieces sent some are still under way in the end, or were sent to those who died. */
function checkPieces(demand, { totals, ranks }) {
  const sent = ranks.reduce((sum, rank) => sum + rank.segmentsUploaded, 0);
  const received = totals.segmentsDelivered + totals.hashFailures + totals.duplicates;
  demand(sent >= received, `${sent} pieces sent, ${received} received`);
}

/** Each segment that failed its hash was spoiled. */
function checkRefusals(demand, { totals, faults: costs }) {
  const ofAll = costs?.find(({ fault }) => /^corrupt:rate/.test(fault));
  const refused = (ofAll === undefined ? (costs ?? []) : [ofAll]).reduce(
    (sum, { segmentsRefused = 0 }) => sum + segmentsRefused,
    0,
  );
  demand(
    totals.hashFailures === refused,
    `${totals.hashFailures} segments failed their hash, ${refused} were spoiled`,
  );
}

/** Every copy that a client of a real file has written, compared to the byte. */
function checkCopies({ content, out }, { ranks }) {
  if (content === undefined) return [];
  const bytes = readFileSync(content);
  const found = [];
  const names = new Set(readdirSync(out));
  for (const { rank, role, died, completionMs } of ranks) {
    if (role !== 'client' || died !== undefined || completionMs === undefined) continue;
    const name = `client${rank}_content.bin`;
    const isWhole = names.delete(name);
    if (isWhole && !readFileSync(join(out, name)).equals(bytes)) found.push(`${name} differs`);
  }
  // A client that died may have written its copy before.
  for (const name of names) {
    const isCopy = /^client\d+_content\.bin$/.test(name);
    if (!isCopy || !readFileSync(join(out, name)).equals(bytes)) found.push(`${name} was left`);
  }
  return found;
}

/** What a run in virtual time does otherwise on another number of threads: nothing. */
async function differencesOf(options, result) {
  const threads = (options.threads % options.ranks) + 1;
  const again = await swarm.runSwarm({ ...options, threads });
  return ['digest', 'outcome', 'faults', 'missing']
    .filter((name) => JSON.stringify(again[name]) !== JSON.stringify(result[name]))
    .map((name) => `its ${name} is another on ${threads} threads than on ${options.threads}`);
}

async function runCase(index, directory) {
  const options = drawCase(index, directory);
  const limit = new globalThis.AbortController();
  const timer = setTimeout(() => limit.abort(), TIME_LIMIT_MS);
  try {
    const result = await swarm.runSwarm(options, { signal: limit.signal });
    if (limit.signal.aborted) return { options, violations: [`no end in ${TIME_LIMIT_MS} ms`] };
    const violations = [...violationsOf(options, result), ...checkCopies(options, result)];
    if (options.clock === 'virtual') violations.push(...(await differencesOf(options, result)));
    return { options, violations, outcome: result.outcome };
  } catch (error) {
    return { options, violations: [`it threw ${error.stack}`] };
  } finally {
    clearTimeout(timer);
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** What this process holds once garbage was collected; Linux only, elsewhere its memory. */
async function holdings() {
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await sleep(100);
  }
  const count = (directory) => {
    try {
      return readdirSync(directory).length;
    } catch {
      return 0;
    }
  };
  return {
    threads: count('/proc/self/task'),
    descriptors: count('/proc/self/fd'),
    buffers: process.memoryUsage().arrayBuffers,
    bytes: process.memoryUsage().rss,
  };
}

/** What each may grow by. */
const SLACK = {
  threads: 0,
  descriptors: 0,
  buffers: BUFFER_SLACK_BYTES,
  bytes: MEMORY_SLACK_BYTES,
};

/** What has grown from the first measurements to the last. */
function leaksOf(measured) {
  const least = (name, some) => Math.min(...some.map((holding) => holding[name]));
  const change = (name) => [
    least(name, measured.slice(0, MEASUREMENTS)),
    least(name, measured.slice(-MEASUREMENTS)),
  ];
  return Object.entries(SLACK)
    .map(([name, slack]) => [name, slack, ...change(name)])
    .filter(([, slack, before, after]) => after > before + slack)
    .map(([name, , before, after]) => `${name} rose from ${before} to ${after}`);
}

const directory = mkdtempSync(join(tmpdir(), 'bt-shm-campaign-'));
const outcomes = {};
const faultsRun = {};
let failed = 0;
const clocks = {};
const measured = [];
for (let index = first; index < first + runs; index++) {
  const { options, violations, outcome = 'failed' } = await runCase(index, directory);
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const { clock = 'real' } = options;
  clocks[clock] = (clocks[clock] ?? 0) + 1;
  for (const { kind } of options.faults) faultsRun[kind] = (faultsRun[kind] ?? 0) + 1;
  if (violations.length > 0) {
    failed++;
    print(`run ${index} broke what is promised:`);
    for (const violation of violations) print(`  ${violation}`);
    print(`  of ${JSON.stringify(options)}`);
    print(`  again: npm run campaign -- --seed ${seed} --first ${index} --runs 1`);
  }
  if (options.out !== undefined) rmSync(options.out, { recursive: true, force: true });
  const since = index - first - WARM_UP_RUNS;
  if (since >= 0 && since % RUNS_BETWEEN === 0) measured.push(await holdings());
  if ((index - first + 1) % 100 === 0) print(`${index - first + 1} of ${runs} runs`);
}
rmSync(directory, { recursive: true, force: true });
if (runs >= RUNS_TO_MEASURE) {
  const leaks = leaksOf(measured);
  for (const leak of leaks) print(`over ${runs} runs in one process ${leak}`);
  failed += leaks.length;
  const course = (name, unit) => measured.map((holding) => Math.round(holding[name] / unit));
  print(`threads: ${course('threads', 1).join(' ')}`);
  print(`descriptors: ${course('descriptors', 1).join(' ')}`);
  print(`shared buffers in MiB: ${course('buffers', 2 ** 20).join(' ')}`);
  print(`memory in MiB: ${course('bytes', 2 ** 20).join(' ')}`);
}
print(`outcomes: ${JSON.stringify(outcomes)}`);
print(`clocks: ${JSON.stringify(clocks)}`);
print(`faults: ${JSON.stringify(faultsRun)}`);
print(`${runs} runs, ${failed} violations`);
process.exitCode = failed === 0 ? 0 : 1;
