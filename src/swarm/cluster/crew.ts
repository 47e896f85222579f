/**
 * The runs of a comparison over the processes of a job: each by all of them together, or whole runs
 * handed out to one process or another.
 */
import type { Crew, Runner } from '../compare/run.js';
import type { RunOptions } from '../config.js';
import type { RunResult } from '../result.js';
import { runSwarm } from '../run.js';
import { type Cluster, type Failure, type Mail, errorFrom, failureOf } from './cluster.js';
import { ProcessLostError } from './errors.js';
import { runInCluster } from './run.js';

/** What is spread over the processes: the ranks of each run, or the runs. */
export type Spreading = 'ranks' | 'runs';

/** A crew that has to be sent home. */
export interface HiredCrew extends Crew {
  dismiss(): Promise<void>;
}

/** What process 0 posts to another one, and what comes back. */
type Order = { readonly id: number; readonly options: RunOptions } | { readonly isOver: true };
type Outcome = { readonly id: number } & ({ readonly result: RunResult } | Failure);

interface Pending {
  readonly process: number;
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * At process 0: has the others of a job take part in a comparison; they call {@link serve}.
 *
 * @param threads - that a run takes in one process
 */
export async function hire(
  cluster: Cluster,
  spreading: Spreading,
  threads: number,
): Promise<HiredCrew> {
  return spreading === 'ranks' ? hireForRanks(cluster) : hireForRuns(cluster, threads);
}

/** At the other processes: does what process 0 asks for until the comparison is over. */
export async function serve(
  cluster: Cluster,
  spreading: Spreading,
  signal: AbortSignal,
): Promise<void> {
  if (spreading === 'ranks') await serveRanks(cluster, signal);
  else await serveRuns(cluster, signal);
}

function hireForRanks(cluster: Cluster): HiredCrew {
  const together: Runner = async (options, hooks) => {
    await cluster.from(0, () => ({ options }));
    const result = await runInCluster(options, cluster, hooks);
    if (result === undefined) throw new Error('process 0 has the result');
    // What such a run has come to is no sample, and there can be no other.
    if (cluster.isBroken) throw new Error('the run was not ended in all processes');
    return result;
  };
  const dismiss = async (): Promise<void> => {
    await cluster.from(0, () => ({ options: undefined }));
  };
  return { isAlone: true, places: [together], dismiss };
}

async function serveRanks(cluster: Cluster, signal: AbortSignal): Promise<void> {
  for (;;) {
    const nothing = (): { options: RunOptions | undefined } => ({ options: undefined });
    const { options } = await cluster.from(0, nothing);
    if (options === undefined) return;
    await runInCluster(options, cluster, { signal });
  }
}

async function hireForRuns(cluster: Cluster, threads: number): Promise<HiredCrew> {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  const stop = await cluster.listen((mail) => settle(pending, mail));
  const others = cluster.members.map(({ process }) => process).slice(1);
  const runAt = (process: number, options: RunOptions): Promise<RunResult> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { process, resolve, reject });
      cluster.post(process, { id, options } satisfies Order).catch(reject);
    });
  return {
    isAlone: false,
    places: others.flatMap((process) => {
      const jobs = Math.max(1, Math.floor(cluster.coresOf(process) / threads));
      return Array.from({ length: jobs }, (): Runner => (options) => runAt(process, options));
    }),
    dismiss: async () => {
      for (const process of others) await cluster.post(process, { isOver: true } satisfies Order);
      await stop();
    },
  };
}

function settle(pending: Map<number, Pending>, { from, value, isLost }: Mail): void {
  if (isLost === true) {
    for (const { process, reject } of pending.values()) {
      if (process === from) reject(new ProcessLostError(process));
    }
    return;
  }
  const outcome = value as Outcome;
  const waiting = pending.get(outcome.id);
  pending.delete(outcome.id);
  if ('result' in outcome) waiting?.resolve(outcome.result);
  else waiting?.reject(errorFrom(outcome));
}

async function serveRuns(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const running = new Set<Promise<void>>();
  let stop: () => Promise<void> = () => Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    const take = ({ value, isLost }: Mail): void => {
      const order = value as Order;
      if (isLost === true || 'isOver' in order) {
        resolve();
        return;
      }
      const run = carryOut(cluster, order, signal).catch(reject);
      running.add(run);
      void run.then(() => running.delete(run));
    };
    cluster.listen(take).then((stopListening) => {
      stop = stopListening;
    }, reject);
  });
  await Promise.all(running);
  await stop();
}

async function carryOut(
  cluster: Cluster,
  { id, options }: Exclude<Order, { isOver: true }>,
  signal: AbortSignal,
): Promise<void> {
  const outcome = await runSwarm(options, { signal }).then(
    (result): Outcome => ({ id, result }),
    (error: unknown): Outcome => ({ id, ...failureOf(error) }),
  );
  await cluster.post(0, outcome);
}
