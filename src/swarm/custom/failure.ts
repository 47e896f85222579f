/** What was thrown by a strategy of the user's own, in words. */

/** What a message shows of what was thrown. */
const MOST_SHOWN = 200;

/** @returns the first line of what was thrown: `TypeError: x is undefined` */
export function firstLine(error: unknown): string {
  return textOf(error).split('\n', 1)[0].slice(0, MOST_SHOWN);
}

/** Anything can be thrown, even what can't be turned into text. */
function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return typeof error;
  }
}

/** @returns the line of the module at which something was thrown, where that is known */
export function lineIn(error: unknown, url: string): number | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const at = stack.indexOf(`${url}:`);
  const line = at < 0 ? NaN : Number.parseInt(stack.slice(at + url.length + 1), 10);
  return Number.isNaN(line) ? undefined : line;
}
