/** Segments as a receiver takes them over, on this thread: no ranks, no messages. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import t from 'tap';
import { ContentStore, allocateContent } from '../../src/shm/content-store.js';
import { Board } from '../../src/shm/board.js';
import { type RunOptions, completeConfig } from '../../src/swarm/config.js';
import { syntheticWorkload } from '../../src/swarm/input/index.js';
import { StoredPayload } from '../../src/swarm/payload.js';
import type * as Plan from '../../src/swarm/plan.js';
import type { SwarmPlan } from '../../src/swarm/plan.js';

// The kernel lies beside the compiled code: `npm test` builds it first.
const { planSwarm } = createRequire(__filename)(
  path.join(__dirname, '../../dist/src/swarm/plan.js'),
) as typeof Plan;

const SEGMENTS = 5;
const SEGMENT_BYTES = 5000;
const THREAD = 1;

/** The first of the two ranks of the process that receives. */
const RANK = 7;

/** Content of segment `segment`. */
function contentOf(segment: number): Uint8Array {
  return Uint8Array.from({ length: SEGMENT_BYTES }, (_, at) => (at * 7 + segment) % 251);
}

/**
 * The last of three processes and two mates: both of them have all segments, it has none. With
 * `transfer: copy` they have them in the cells of their first rank.
 */
function threeProcesses(options: RunOptions = {}): {
  plan: SwarmPlan;
  payload: StoredPayload;
  mates: readonly { firstCell: number; store: ContentStore }[];
} {
  const settings = { ranks: 9, threads: 2, segments: SEGMENTS, segmentBytes: SEGMENT_BYTES };
  const config = completeConfig({ ...settings, ...options });
  const seat = { process: 2, processes: 3, hasMates: true };
  const alone = planSwarm(config, syntheticWorkload(config), undefined, seat);
  const { shape } = alone.content;
  const contents = [allocateContent(shape), allocateContent(shape)];
  const mates = contents.map((content, process) => ({
    process,
    firstCell: shape.cells * (process + 1),
    content,
  }));
  const { cluster } = alone;
  if (cluster === undefined || alone.hosted.first !== RANK) throw new Error('not as expected');
  const plan: SwarmPlan = { ...alone, cluster: { ...cluster, mates } };
  const digests = new Uint8Array(plan.digests);
  for (let segment = 0; segment < SEGMENTS; segment++) {
    const bytes = contentOf(segment);
    digests.set(createHash('sha1').update(bytes).digest(), segment * plan.digestBytes);
    for (const content of contents) {
      new ContentStore(content).bytes(segment, SEGMENT_BYTES).set(bytes);
    }
  }
  return {
    plan,
    payload: new StoredPayload(plan, new Board(plan.slab, plan.board), THREAD),
    mates: mates.map(({ firstCell, content }) => ({
      firstCell,
      store: new ContentStore(content),
    })),
  };
}

function isIn(payload: StoredPayload, rank: number, segment: number): boolean {
  return Buffer.from(payload.bytesOf(rank, segment)).equals(contentOf(segment));
}

t.test("a segment in a mate's memory is copied, checked and kept", (t) => {
  const { plan, payload, mates } = threeProcesses();
  const accept = payload.acceptance();
  for (const [index, { firstCell }] of mates.entries()) {
    const segment = 2 + index;
    t.notOk(isIn(payload, RANK, segment), 'it is not here yet');
    t.ok(accept(RANK, segment, firstCell + segment, SEGMENT_BYTES));
    t.ok(isIn(payload, RANK, segment), 'it is in its own cell');
    const berth = (plan.cluster?.landing?.firstBerth ?? 0) + THREAD;
    const landed = new ContentStore(plan.content).bytes(berth, SEGMENT_BYTES);
    t.ok(Buffer.from(landed).equals(contentOf(segment)), "by way of the thread's cell");
  }
  t.ok(accept(RANK + 1, 2, 2, SEGMENT_BYTES), 'other ranks get it from there');
  t.end();
});

t.test("what is wrong in a mate's memory is refused, and neither kept nor passed on", (t) => {
  const { payload, mates } = threeProcesses();
  const accept = payload.acceptance();
  const [{ firstCell, store }, second] = mates;
  store.bytes(3, SEGMENT_BYTES)[4999] ^= 1;
  t.notOk(accept(RANK, 3, firstCell + 3, SEGMENT_BYTES));
  t.notOk(isIn(payload, RANK, 3));
  t.ok(accept(RANK, 3, second.firstCell + 3, SEGMENT_BYTES), 'another has it as it should be');
  t.ok(isIn(payload, RANK, 3));
  t.notOk(accept(RANK + 1, 3, firstCell + 3, SEGMENT_BYTES), 'who asks the first is refused again');
  t.ok(isIn(payload, RANK, 3), 'what is here stays right');
  t.notOk(accept(RANK, 1, firstCell + 1, SEGMENT_BYTES - 1), 'too short');
  t.end();
});

t.test('what was checked once is not looked at again where once is enough', (t) => {
  const { payload, mates } = threeProcesses({ verify: 'once' });
  const accept = payload.acceptance();
  const [{ firstCell, store }, second] = mates;
  store.bytes(0, SEGMENT_BYTES)[0] ^= 1;
  t.notOk(accept(RANK, 0, firstCell, SEGMENT_BYTES));
  t.ok(accept(RANK, 0, second.firstCell, SEGMENT_BYTES));
  t.ok(accept(RANK + 1, 0, firstCell, SEGMENT_BYTES), 'it is here, whatever is there');
  t.ok(isIn(payload, RANK, 0));
  t.end();
});

t.test('with --transfer copy it goes straight to the cell of its rank', (t) => {
  const { payload, mates } = threeProcesses({ transfer: 'copy' });
  const accept = payload.acceptance();
  const [, { firstCell, store }] = mates;
  t.ok(accept(RANK + 1, 4, firstCell + 4, SEGMENT_BYTES));
  t.ok(isIn(payload, RANK + 1, 4));
  t.notOk(isIn(payload, RANK, 4), 'and to no other');
  store.bytes(1, SEGMENT_BYTES)[0] ^= 1;
  t.notOk(accept(RANK + 1, 1, firstCell + 1, SEGMENT_BYTES));
  t.end();
});

t.test('a receiver whose line spoils segments spoils those, too', (t) => {
  const { payload, mates } = threeProcesses();
  const [{ firstCell, store }] = mates;
  t.notOk(payload.spoiledAcceptance()(RANK, 2, firstCell + 2, SEGMENT_BYTES));
  const there = Buffer.from(store.bytes(2, SEGMENT_BYTES));
  t.ok(there.equals(contentOf(2)), 'but not for others');
  t.end();
});
