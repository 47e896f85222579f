/** Entry of a worker thread that runs one rank of a launched program. */
import { parentPort, workerData } from 'node:worker_threads';
import { Communicator } from './communicator.js';
import type { RankReply, RankTask } from './launch-plan.js';
import { Port } from './port.js';

type Program = (comm: Communicator, args: unknown) => unknown;

/**
 * The function that a module has as its default export. Of a CommonJS module that is the value of
 * `module.exports`, or what a compiler of ES modules has left as its `default`.
 */
function defaultFunction(module: { default?: unknown }): Program | undefined {
  let candidate = module.default;
  if (typeof candidate === 'object' && candidate !== null && 'default' in candidate) {
    candidate = candidate.default;
  }
  return typeof candidate === 'function' ? (candidate as Program) : undefined;
}

async function runRank(task: RankTask): Promise<RankReply> {
  const module = (await import(task.program)) as { default?: unknown };
  const program = defaultFunction(module);
  if (program === undefined) {
    return { kind: 'no-program', found: Object.keys(module).join(', ') || 'no export' };
  }
  const port = new Port(task.plan, task.rank);
  const value = await program(new Communicator(port), task.args);
  port.close();
  return { kind: 'returned', value };
}

function failure(error: unknown): RankReply {
  // A clone of an error loses its own properties; the code is worth keeping.
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return { kind: 'failed', error, code: typeof code === 'string' ? code : undefined };
}

function reply(message: RankReply): void {
  try {
    parentPort?.postMessage(message);
  } catch (error) {
    // What can't be cloned is told in words.
    const thrown = message.kind === 'failed' ? message.error : error;
    parentPort?.postMessage(failure(new Error(describe(message, thrown))));
  }
}

function describe(message: RankReply, thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return message.kind === 'returned'
    ? `its result can't be handed to another thread: ${text}`
    : text;
}

runRank(workerData as RankTask).then(reply, (error: unknown) => reply(failure(error)));
