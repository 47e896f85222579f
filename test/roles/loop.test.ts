/** A thread's loop and the bridge that shares its core, on this thread. */
import { createRequire } from 'node:module';
import * as path from 'node:path';
import t from 'tap';
import type * as KernelModule from '../../src/roles/kernel.js';
import { IDLE } from '../../src/roles/turns.js';
import { ABORT, BRIDGE_NAPS } from '../../src/shm/control-layout.js';
import { WORD_BYTES } from '../../src/shm/layout.js';
import { completeConfig } from '../../src/swarm/config.js';
import { syntheticWorkload } from '../../src/swarm/input/index.js';
import type * as OpenKernel from '../../src/swarm/open-kernel.js';
import type * as Plan from '../../src/swarm/plan.js';
import { IDLE_HOST } from '../../src/swarm/virtual/validate/idle-host.js';

// The kernel lies beside the compiled code: `npm test` builds it first.
const load = createRequire(__filename);
const compiled = path.join(__dirname, '../../dist/src');
const { planSwarm } = load(path.join(compiled, 'swarm/plan.js')) as typeof Plan;
const { openSwarm } = load(path.join(compiled, 'swarm/open-kernel.js')) as typeof OpenKernel;
const { instantiateKernel } = load(path.join(compiled, 'roles/kernel.js')) as typeof KernelModule;

/** Turns without work before the thread sleeps. */
const SPINS = 2;

/** The tracker's thread, to which nobody has anything to say. */
function idleThread(hasBridge: boolean): { rest: () => void; naps: () => number; nap: () => void } {
  const config = completeConfig({ ranks: 4, segments: 10, segmentBytes: 0, threads: 1 });
  const plan = planSwarm(config, syntheticWorkload(config));
  const kernel = instantiateKernel(plan.kernel, plan.memory, IDLE_HOST);
  const words = new Int32Array(plan.slab);
  const naps = plan.controlOffset + BRIDGE_NAPS;
  openSwarm(kernel, plan, 0);
  kernel.openRanks(1);
  kernel.openTracker(1);
  const abort = (plan.controlOffset + ABORT) * WORD_BYTES;
  kernel.openLoop(abort, hasBridge ? naps * WORD_BYTES : 0, 0, SPINS);
  return {
    rest: () => {
      if (kernel.takeTurns(1) !== IDLE) throw new Error('there is something to do');
      kernel.rest(1);
    },
    naps: () => Atomics.load(words, naps),
    nap: () => Atomics.store(words, naps, 1),
  };
}

t.test('a thread that is about to sleep calls the bridge that naps', (t) => {
  const { rest, nap, naps } = idleThread(true);
  nap();
  for (let turn = 0; turn < SPINS; turn++) rest();
  t.equal(naps(), 1, 'not while it still looks for work');
  rest();
  t.equal(naps(), 0);
  rest();
  t.equal(naps(), 0, 'who does not nap is not called');
  t.end();
});

t.test('without a bridge nobody looks at the word', (t) => {
  const { rest, nap, naps } = idleThread(false);
  nap();
  for (let turn = 0; turn <= SPINS; turn++) rest();
  t.equal(naps(), 1);
  t.end();
});
