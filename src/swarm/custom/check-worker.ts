/** Entry of the thread that imports a strategy of the user's own to see whether it is one. */
import { parentPort, workerData } from 'node:worker_threads';
import { firstLine, lineIn } from './failure.js';
import { importStrategy } from './module.js';

/** What the thread has found out. */
export type Finding =
  | {
      readonly kind: 'strategy';
      readonly name: string;
      readonly summary?: string;
      readonly of: 'routing' | 'choking';
    }
  | {
      readonly kind: 'problem';
      readonly expected: string;
      readonly found: string;
      readonly line?: number;
    };

const url = workerData as string;

async function inspect(): Promise<Finding> {
  try {
    const found = await importStrategy(url);
    if (typeof found === 'string') {
      const expected = "a default export { name, kind: 'routing' or 'choking', choose() }";
      return { kind: 'problem', expected, found };
    }
    const { name, summary, kind } = found;
    return { kind: 'strategy', name, of: kind, ...(summary !== undefined && { summary }) };
  } catch (error) {
    const line = lineIn(error, url);
    return {
      kind: 'problem',
      expected: 'a module that can be imported',
      found: firstLine(error),
      ...(line !== undefined && { line }),
    };
  }
}

void inspect().then((finding) => parentPort?.postMessage(finding));
