/** The roles on one thread, this one: nothing but messages decides what happens when. */
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { test } from 'tap';
import { ContentStore } from '../../src/shm/content-store.js';
import type * as KernelModule from '../../src/roles/kernel.js';
import type * as IdleHostModule from '../../src/swarm/virtual/validate/idle-host.js';
import type * as Config from '../../src/swarm/config.js';
import type { RunOptions } from '../../src/swarm/config.js';
import type * as HostModule from '../../src/swarm/host.js';
import type * as Input from '../../src/swarm/input/index.js';
import type * as Plan from '../../src/swarm/plan.js';
import type { SwarmPlan } from '../../src/swarm/plan.js';
import type { ThreadReport } from '../../src/swarm/report-types.js';

// The kernel lies beside the compiled code: `npm test` builds it first.
const load = createRequire(__filename);
const compiled = path.join(__dirname, '../../dist/src/swarm');
const { completeConfig } = load(path.join(compiled, 'config.js')) as typeof Config;
const { syntheticWorkload } = load(path.join(compiled, 'input/index.js')) as typeof Input;
const { planSwarm, segmentsOf } = load(path.join(compiled, 'plan.js')) as typeof Plan;
const { Host } = load(path.join(compiled, 'host.js')) as typeof HostModule;

/** Runs a swarm on this thread; `prepared` may change its memory before the first message. */
function runHere(options: RunOptions, prepared: (plan: SwarmPlan) => void = () => undefined) {
  const config = completeConfig({ ...options, threads: 1 });
  const workload = syntheticWorkload(config);
  const plan = planSwarm(config, workload);
  const owners = workload.files.map((_, file) =>
    workload.owned.flatMap((files, rank) => (files.includes(file) ? [rank] : [])),
  );
  const { owned, wanted } = workload;
  const wantedOfRanks = wanted.map((files) => segmentsOf(plan, files));
  const host = new Host({ plan, thread: 0, owned, wanted, owners, wantedOfRanks });
  prepared(plan);
  return { report: host.run(), plan };
}

function sum(report: ThreadReport, field: 'segmentsDownloaded' | 'requests' | 'nacks'): number {
  return report.ranks.reduce((total, rank) => total + rank[field], 0);
}

function damage(plan: SwarmPlan, segment: number): void {
  new ContentStore(plan.content).bytes(segment, 1)[0] ^= 1;
}

test('does without a segment that fails its hash 16 times, and gets all others', (t) => {
  const options = { ranks: 6, segments: 50, segmentBytes: 256 };
  const { report } = runHere(options, (plan) => damage(plan, 7));
  for (const rank of report.ranks.filter(({ rank }) => rank > 1)) {
    t.match(rank, { segmentsDownloaded: 49, hashFailures: 16, requests: 65 }, `rank ${rank.rank}`);
  }
  t.end();
});

test('damage goes unnoticed where nobody hashes', (t) => {
  const options = { ranks: 6, segments: 50, segmentBytes: 256 } as const;
  const each = runHere({ ...options, verify: 'each' }, (plan) => damage(plan, 7));
  const none = runHere({ ...options, verify: 'none' }, (plan) => damage(plan, 7));
  t.equal(sum(each.report, 'segmentsDownloaded'), 4 * 49);
  t.equal(sum(none.report, 'segmentsDownloaded'), 4 * 50);
  t.end();
});

test('the followed rule asks without knowing, and a refusal moves on to the next holder', (t) => {
  const options = { ranks: 8, segments: 60, segmentBytes: 0, strategy: 'seed' };
  const { report } = runHere(options);
  t.equal(sum(report, 'segmentsDownloaded'), 6 * 60);
  t.ok(sum(report, 'nacks') > 0, 'some holder had not got there yet');
  t.equal(sum(report, 'requests'), 6 * 60 + sum(report, 'nacks'));
  t.end();
});

test('who knows what the holders have is never refused', (t) => {
  for (const strategy of ['least-loaded', 'random', 'round-robin']) {
    const { report } = runHere({ ranks: 8, segments: 300, segmentBytes: 0, strategy });
    t.equal(sum(report, 'nacks'), 0, strategy);
  }
  t.end();
});

test('a window of one keeps one request in flight, so that the order of the file is kept', (t) => {
  const options = { ranks: 3, segments: 20, segmentBytes: 256, strategy: 'seed' };
  // The one leecher gives up segment 5 after 16 tries in a row; nothing overtakes it.
  const { report } = runHere(options, (plan) => damage(plan, 5));
  t.match(report.ranks[1], { segmentsDownloaded: 19, requests: 35, hashFailures: 16 });
  t.end();
});

test('the same seed makes the same choices, another one others', (t) => {
  const uploads = (seed: number): number[] => {
    const options = { ranks: 20, segments: 400, segmentBytes: 0, strategy: 'random', seed };
    return runHere(options).report.ranks.map((rank) => rank.segmentsUploaded);
  };
  t.same(uploads(1), uploads(1));
  t.notSame(uploads(1), uploads(2));
  t.end();
});

test('a tracker that names few holders at a time serves the swarm nevertheless', (t) => {
  for (const handout of [1, 3]) {
    const { report } = runHere({ ranks: 10, segments: 100, segmentBytes: 0, handout });
    t.equal(sum(report, 'segmentsDownloaded'), 8 * 100, `handout ${handout}`);
  }
  t.end();
});

test('several seeds and files are all served', (t) => {
  const { report } = runHere({ ranks: 12, segments: 80, segmentBytes: 0, seeds: 4, files: 3 });
  t.equal(sum(report, 'segmentsDownloaded'), 7 * 3 * 80);
  for (const seed of report.ranks.slice(0, 4)) t.equal(seed.segmentsDownloaded, 0);
  t.end();
});

test("the kernel's constants stay below what a plan lays out", (t) => {
  const { STATIC_BYTES, instantiateKernel } = load(
    path.join(compiled, '../roles/kernel.js'),
  ) as typeof KernelModule;
  const { IDLE_HOST } = load(
    path.join(compiled, 'virtual/validate/idle-host.js'),
  ) as typeof IdleHostModule;
  const config = completeConfig({ ranks: 4, segments: 10, segmentBytes: 0, threads: 1 });
  const { memory, kernel } = planSwarm(config, syntheticWorkload(config));
  const words = new Int32Array(memory.buffer);
  words.fill(-1);
  instantiateKernel(kernel, memory, IDLE_HOST);
  const written = words.reduce((last, word, index) => (word === -1 ? last : index * 4), -1);
  t.ok(written >= 0, 'there are constants');
  t.ok(written < STATIC_BYTES, `the last one lies at ${written}`);
  t.end();
});
