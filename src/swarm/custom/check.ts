/** Checks a strategy of the user's own before a run. */
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startWorker } from '../../comm/workers.js';
import { InputError, UsageError } from '../../errors.js';
import { ISOLATION_WORDS, WORD_BYTES } from '../../shm/layout.js';
import type { RunConfig } from '../config.js';
import type { Finding } from './check-worker.js';
import { isModulePath } from './module.js';

/** A module that takes longer to load does not come to an end. */
const LOAD_LIMIT_MS = 10_000;

/** Words that a thread tells its choices in; see `watch.ts`. */
export const CHOICE_WORDS = ISOLATION_WORDS;

/** A strategy of the user's own, as all threads know it; plain data and shared memory. */
export interface CustomPlan {
  /** The module as the user named it. */
  readonly path: string;
  readonly url: string;
  readonly name: string;
  readonly summary?: string;
  readonly kind: 'routing' | 'choking';
  /** {@link CHOICE_WORDS} a thread. */
  readonly choices: SharedArrayBuffer;
}

/**
 * Imports the module that a run's strategy names, in a thread of its own: one that never ends its
 * loading, or ends its process, does no harm there.
 *
 * @returns `undefined` where the strategy is a built-in one
 * @throws InputError where it can't be imported or exports no strategy; UsageError where its kind
 *   does not go with the protocol
 */
export async function checkStrategy(config: RunConfig): Promise<CustomPlan | undefined> {
  const file = config.strategy;
  if (!isModulePath(file)) return undefined;
  if (!existsSync(file)) {
    throw new InputError({ file, expected: 'a module with a strategy', found: 'no such file' });
  }
  const url = pathToFileURL(path.resolve(file)).href;
  const finding = await inspect(file, url);
  if (finding.kind === 'problem') {
    const { expected, found, line } = finding;
    throw new InputError({ file, ...(line !== undefined && { line }), expected, found });
  }
  refuseWrongKind(config, finding);
  const choices = new SharedArrayBuffer(config.threads * CHOICE_WORDS * WORD_BYTES);
  const { name, summary, of: kind } = finding;
  return { path: file, url, name, kind, choices, ...(summary !== undefined && { summary }) };
}

function refuseWrongKind(config: RunConfig, { name, of }: { name: string; of: string }): void {
  const protocol = config.protocol ?? 'ack';
  const expected = protocol === 'ack' ? 'routing' : 'choking';
  if (of === expected) return;
  throw new UsageError(
    `--strategy ${config.strategy}: expected kind ${expected} with --protocol ${protocol}, ` +
      `found ${name} of kind ${of}`,
  );
}

function inspect(file: string, url: string): Promise<Finding> {
  return new Promise((resolve, reject) => {
    const worker = startWorker(path.join(__dirname, 'check-worker.js'), url, 'bt-shm strategy');
    const problem = (found: string): Finding => ({
      kind: 'problem',
      expected: 'a module that can be imported',
      found,
    });
    const limit = setTimeout(() => {
      resolve(problem(`that its loading does not end within ${LOAD_LIMIT_MS / 1000} s`));
      void worker.terminate();
    }, LOAD_LIMIT_MS);
    worker.on('message', (finding: Finding) => {
      resolve(finding);
      void worker.terminate();
    });
    worker.on('error', (error) => reject(new InputError({ file, ...importFailure(error) })));
    worker.on('exit', (code) => {
      clearTimeout(limit);
      resolve(problem(`that it ends its thread with code ${code}`));
    });
  });
}

function importFailure(error: unknown): { expected: string; found: string; cause: unknown } {
  return { expected: 'a module that can be imported', found: String(error), cause: error };
}
