import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

/** What a piece of text is to the reader; how that looks is decided here alone. */
export type Emphasis = 'strong' | 'faint' | 'good' | 'bad' | 'warn' | 'accent';

/** Marks text with an emphasis, or returns it as it is where colours are off. */
export type Paint = (emphasis: Emphasis, text: string) => string;

const STYLES = {
  strong: 'bold',
  faint: 'dim',
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  accent: 'cyan',
} as const satisfies Record<Emphasis, Parameters<typeof styleText>[0]>;

/** No colours. */
export const plainPaint: Paint = (_emphasis, text) => text;

/** Colours, whatever the output is. */
export const colourPaint: Paint = (emphasis, text) =>
  // Node would look at standard output, whichever stream the text is for.
  styleText(STYLES[emphasis], text, { validateStream: false });

/**
 * @param stream - the output
 * @param env - the environment, for NO_COLOR (https://no-color.org: present and not empty)
 * @returns {@link colourPaint} on a terminal that shows colours, {@link plainPaint} otherwise
 */
export function paintFor(
  stream: Pick<WriteStream, 'isTTY' | 'hasColors'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Paint {
  // On a pipe `isTTY` is undefined, whatever its type says.
  if (!stream.isTTY || (env['NO_COLOR'] ?? '') !== '') return plainPaint;
  return stream.hasColors(env) ? colourPaint : plainPaint;
}
