/** Entry of the thread that speaks MPI, for as long as the process is part of a job. */
import { parentPort, workerData } from 'node:worker_threads';
import { MpiWorld, type SharedWindow } from '../../comm/mpi/world.js';
import { instantiateKernel } from '../../roles/kernel.js';
import { openSwarm } from '../open-kernel.js';
import { codeOf } from '../report-types.js';
import { NO_HOST } from './no-host.js';
import { Bridge, type BridgeReport } from './bridge.js';
import type { MpiAnswer, MpiMail, MpiReady, MpiRequest, MpiStart } from './cluster.js';
import { ProcessLostError } from './errors.js';
import { shareDigests } from './digests.js';
import { Exchange } from './exchange.js';
import { Members } from './members.js';
import { VirtualBridge } from './virtual-bridge.js';
import type { VirtualPlan } from '../virtual/plan.js';
import { introduce } from './introduce.js';

/** Time between two looks for mail, and looks between two at whether the others live. */
const LISTEN_MS = 5;
const LOOKS_PER_CHECK = 40;

async function serve(): Promise<void> {
  const start = workerData as MpiStart;
  const world = await MpiWorld.open(start.launcher, start.library);
  const all = introduce(world, start.self);
  const members = new Members(world.process, all);
  const exchange = new Exchange(world, members);
  const ready: MpiReady = { process: world.process, members: all };
  parentPort?.on('message', ({ id, request }: { id: number; request: MpiRequest }) => {
    parentPort?.postMessage({ id, ...answer(world, exchange, members, request) });
    // No handle of its own keeps the thread alive then.
    if (request.kind === 'leave') parentPort?.close();
  });
  parentPort?.postMessage(ready);
}

function answer(
  world: MpiWorld,
  exchange: Exchange,
  members: Members,
  request: MpiRequest,
): MpiAnswer {
  try {
    return { value: perform(world, exchange, members, request) };
  } catch (error) {
    return { error, code: codeOf(error) };
  }
}

function perform(
  world: MpiWorld,
  exchange: Exchange,
  members: Members,
  request: MpiRequest,
): unknown {
  switch (request.kind) {
    case 'gather':
      return exchange.gather(request.value);
    case 'share':
      return exchange.share(request.value, request.root);
    case 'find-mates':
      return world.findMates();
    case 'open-window':
      window = world.openWindow(request.bytes);
      return window.parts;
    case 'close-window':
      if (window !== undefined) world.closeWindow(window);
      window = undefined;
      return undefined;
    case 'bridge':
      return bridge(world, exchange, members, request);
    case 'simulate':
      return simulate(world, members, request.plan);
    case 'post':
      if (!exchange.post(request.value, request.to)) throw new ProcessLostError(request.to);
      return undefined;
    case 'listen':
      listen(exchange, members);
      return undefined;
    case 'ignore':
      clearInterval(listening);
      return undefined;
    case 'leave':
      world.close();
      return undefined;
    case 'abort':
      world.abort(request.code);
      return undefined;
  }
}

/** The memory of this process that its mates see, while there is any. */
let window: SharedWindow | undefined;

let listening: NodeJS.Timeout | undefined;

/** Hands on what other processes post, and says which of them die, until told to stop. */
function listen(exchange: Exchange, members: Members): void {
  let looks = 0;
  listening = setInterval(() => {
    for (let mail = exchange.receiveMail(); mail !== undefined; mail = exchange.receiveMail()) {
      parentPort?.postMessage({ mail } satisfies MpiMail);
    }
    if (++looks % LOOKS_PER_CHECK !== 0) return;
    for (const process of members.others) {
      if (!members.hasVanished(process)) continue;
      members.bury(process);
      parentPort?.postMessage({ mail: { from: process, isLost: true } } satisfies MpiMail);
    }
  }, LISTEN_MS);
}

function bridge(
  world: MpiWorld,
  exchange: Exchange,
  members: Members,
  { plan, owners }: Extract<MpiRequest, { kind: 'bridge' }>,
): BridgeReport {
  const { cluster } = plan;
  if (cluster === undefined) throw new Error('a bridge leads to other processes');
  const kernel = instantiateKernel(plan.kernel, plan.memory, NO_HOST);
  openSwarm(kernel, plan, plan.config.threads);
  const carrier = new Bridge(plan, cluster, kernel, world, members, cluster.mates && window);
  shareDigests(plan, cluster, owners, exchange);
  return carrier.run();
}

function simulate(world: MpiWorld, members: Members, plan: VirtualPlan): BridgeReport {
  const kernel = instantiateKernel(plan.kernel, plan.memory, NO_HOST);
  return new VirtualBridge(plan, kernel, world, members).run();
}

serve().catch((error: unknown) => {
  parentPort?.postMessage({ error, code: codeOf(error) } satisfies MpiAnswer);
  parentPort?.close();
});
