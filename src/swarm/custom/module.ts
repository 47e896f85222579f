/** Modules with a strategy of the user's own: which values name one, and what one must export. */
import { Console } from 'node:console';
import type { CustomStrategy } from './interface.js';

/** A strategy's name is shown on one line. */
const NAME = /^[^\p{Cc}]{1,60}$/u;

/** Whether a value of `--strategy` is the path of a module, and not the name of a built-in rule. */
export function isModulePath(strategy: string): boolean {
  return /[/\\]|\.[cm]?js$/.test(strategy);
}

/**
 * Imports the module at a URL into the calling thread.
 *
 * @returns the strategy, or what its default export is in place of one
 */
export async function importStrategy(url: string): Promise<CustomStrategy | string> {
  // Standard output is the result's; what a strategy prints while it is being written goes beside.
  globalThis.console = new Console(process.stderr, process.stderr);
  let { default: value } = (await import(url)) as { default?: unknown };
  // What a compiler of ES modules leaves in a CommonJS module.
  if (typeof value === 'object' && value !== null && 'default' in value) value = value.default;
  return isStrategy(value) ? value : describe(value);
}

function isStrategy(value: unknown): value is CustomStrategy {
  return typeof value === 'object' && value !== null && describe(value) === '';
}

/** What is wrong with a default export; empty where nothing is. */
function describe(value: unknown): string {
  if (value === undefined) return 'no default export';
  if (typeof value !== 'object' || value === null) return `a default export that is ${noun(value)}`;
  const { name, summary, kind, choose } = value as Partial<Record<keyof CustomStrategy, unknown>>;
  if (typeof name !== 'string' || !NAME.test(name)) return `name: ${noun(name)}`;
  if (kind !== 'routing' && kind !== 'choking') return `kind: ${noun(kind)}`;
  if (typeof choose !== 'function') return `choose: ${noun(choose)}`;
  return summary === undefined || typeof summary === 'string' ? '' : `summary: ${noun(summary)}`;
}

function noun(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value);
}
