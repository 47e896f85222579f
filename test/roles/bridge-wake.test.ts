/** Permits are for threads with ranks: the thread that speaks MPI is woken without one. */
import { createRequire } from 'node:module';
import * as path from 'node:path';
import t from 'tap';
import type * as KernelModule from '../../src/roles/kernel.js';
import { PERMITS_TAKEN, STATE } from '../../src/shm/control-layout.js';
import { PARKED, RUNNING } from '../../src/shm/control-words.js';
import { completeConfig } from '../../src/swarm/config.js';
import { syntheticWorkload } from '../../src/swarm/input/index.js';
import type * as OpenKernel from '../../src/swarm/open-kernel.js';
import type * as Plan from '../../src/swarm/plan.js';
import { monotonicMs } from '../../src/swarm/report-types.js';
import { IDLE_HOST } from '../../src/swarm/virtual/validate/idle-host.js';

// The kernel lies beside the compiled code: `npm test` builds it first.
const load = createRequire(__filename);
const compiled = path.join(__dirname, '../../dist/src');
const { planSwarm, fabricOf } = load(path.join(compiled, 'swarm/plan.js')) as typeof Plan;
const { openSwarm } = load(path.join(compiled, 'swarm/open-kernel.js')) as typeof OpenKernel;
const { instantiateKernel } = load(path.join(compiled, 'roles/kernel.js')) as typeof KernelModule;

t.test('a message to another process wakes the bridge, and takes no permit', (t) => {
  const config = completeConfig({ ranks: 4, threads: 2, segments: 10, segmentBytes: 0 }, true);
  const seat = { process: 1, processes: 2 };
  const laidOut = planSwarm(config, syntheticWorkload(config), monotonicMs(), seat);
  const plan = { ...laidOut, permits: 1 };
  const words = new Int32Array(plan.slab);
  const bridge = fabricOf(plan).control.threadOffset(config.threads) + STATE;
  Atomics.store(words, bridge, PARKED);
  const kernel = instantiateKernel(plan.kernel, plan.memory, IDLE_HOST);
  openSwarm(kernel, plan, 0);
  kernel.openRanks(1);
  // It registers with the tracker, which is in process 0.
  kernel.openClient(plan.hosted.first, 0, 0, 0, 0);
  kernel.startClient(plan.hosted.first);
  kernel.flush();
  kernel.wakeReceivers();
  t.equal(Atomics.load(words, bridge), RUNNING);
  t.equal(Atomics.load(words, plan.controlOffset + PERMITS_TAKEN), 0);
  t.end();
});
