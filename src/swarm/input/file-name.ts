/**
 * The longest name in bytes: a file system takes 255, and an output puts `client<R>_` before the
 * name, which leaves room for eight digits of R.
 */
export const MAX_NAME_BYTES = 240;

/**
 * Checks that a name is one plain file name, which can't lead out of the output directory or
 * garble a terminal. Spaces inside a name are fine.
 *
 * @param name - the name as an input gives it, without surrounding spaces
 * @returns what is wrong with it, as a noun phrase, or `undefined` for a good name
 */
export function fileNameFault(name: string): string | undefined {
  if (name === '') {
    return 'an empty name';
  }
  if (name === '.' || name === '..') {
    return 'the name of a directory';
  }
  // A backslash separates paths on Windows: one input means the same on every machine.
  if (/[/\\]/.test(name)) {
    return 'a path separator';
  }
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) {
    return 'a control character';
  }
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    return `more than ${MAX_NAME_BYTES} bytes`;
  }
  return undefined;
}
