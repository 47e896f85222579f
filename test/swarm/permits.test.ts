import * as path from 'node:path';
import t from 'tap';
import type * as Conducting from '../../src/swarm/conductor.js';
import type { RunOptions } from '../../src/swarm/config.js';
import type * as Describing from '../../src/swarm/describe.js';
import { monotonicMs } from '../../src/swarm/report-types.js';
import type * as Building from '../../src/swarm/result-builder.js';
import type { RunResult } from '../../src/swarm/result.js';
import type * as Running from '../../src/swarm/run.js';
import { PERMITS_TAKEN } from '../../src/shm/control-layout.js';
import type * as Boards from '../../src/shm/board.js';

// Ranks run from compiled code: `npm test` builds it first.
const compiled = (name: string): unknown =>
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  require(path.join(__dirname, '../../dist/src', name));
const { Board } = compiled('shm/board.js') as typeof Boards;
const { Conductor } = compiled('swarm/conductor.js') as typeof Conducting;
const { describeRun } = compiled('swarm/describe.js') as typeof Describing;
const { buildResult } = compiled('swarm/result-builder.js') as typeof Building;
const { conduct, layOut } = compiled('swarm/run.js') as typeof Running;

const OPTIONS: RunOptions = {
  ...{ ranks: 12, threads: 12, segments: 500, segmentBytes: 256, stallTimeoutMs: 3000 },
  // With them there are permits for all.
  hashThreads: 0,
};

/**
 * Runs a swarm in which at most `permits` threads are awake, however many cores there are.
 *
 * @param lost - permits that nobody will ever give back
 */
async function runLimited(
  permits: number,
  lost = 0,
): Promise<{ result: RunResult; taken: number }> {
  const { config, workload } = describeRun(OPTIONS);
  const laidOut = await layOut(config, workload, monotonicMs());
  const plan = { ...laidOut, hasCores: false, permits };
  const words = new Int32Array(plan.slab);
  const taken = plan.controlOffset + PERMITS_TAKEN;
  words[taken] = lost;
  const ending = await conduct(plan, new Conductor(plan, workload, {}));
  const result = buildResult(plan, workload, new Board(plan.slab, plan.board), ending);
  return { result, taken: words[taken] };
}

for (const permits of [1, 3]) {
  t.test(
    `an exchange in which ${permits} of 12 threads may be awake comes to its end`,
    async (t) => {
      const { result, taken } = await runLimited(permits);
      t.match(result, { complete: true, outcome: 'done', missing: [] });
      t.equal(result.totals.segmentsDelivered, 10 * 500);
      t.equal(result.totals.missedWakes, 0);
      t.equal(taken, 0, 'every permit was given back');
    },
  );
}

t.test('if all permits are lost, the conductor has those called go on without', async (t) => {
  const { result, taken } = await runLimited(2, 2);
  t.match(result, { complete: true, outcome: 'done', missing: [] });
  t.equal(taken, 2);
});
