import { closeSync, constants, fstatSync, openSync, readvSync, writevSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { getSystemErrorMap } from 'node:util';

import { InputError } from '../../errors.js';

/** How many views one `readv` or `writev` takes: with 16 KiB segments, 4 MiB a system call. */
export const VIEWS_PER_CALL = 256;

/**
 * Runs a file operation, and turns its failure into an error that names the file.
 *
 * @param file - the file, as the user named it
 * @param expected - what the operation needed, for the error message
 * @param operation - one synchronous operation of `node:fs`
 * @returns what the operation returned
 * @throws InputError - when the operation fails; the underlying error is its `cause`
 */
export function attempt<T>(file: string, expected: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (!isCoded(error)) {
      throw error;
    }
    throw new InputError({ file, expected, found: describeFailure(error), cause: error });
  }
}

function isCoded(error: unknown): error is Error & { code: string; errno?: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function describeFailure(error: Error & { code: string; errno?: number }): string {
  if (error.code === 'ELOOP') {
    return 'a symbolic link, which is not followed (ELOOP)';
  }
  const [code, text] = getSystemErrorMap().get(error.errno ?? 0) ?? [error.code, error.message];
  return `${text} (${code})`;
}

/** A regular file that is open for reading. */
export interface OpenedFile {
  /** The descriptor, which the caller closes. */
  readonly fd: number;
  /** The state of the file after it was opened. */
  readonly stats: Stats;
}

/**
 * Opens a regular file for reading. The kind is checked on the open descriptor, so nothing can be
 * exchanged for something else between the check and the read, and a FIFO does not block.
 *
 * @param file - the file, as the user named it
 * @param links - whether the last part of the path may be a symbolic link
 * @returns the descriptor, which the caller closes, and the state of the file
 * @throws InputError - when the file can't be opened or is not a regular file
 */
export function openRegularFile(file: string, links: 'follow' | 'refuse'): OpenedFile {
  const expected = links === 'follow' ? 'a file that can be read' : 'a regular file';
  // Windows has neither flag; there the constants are undefined, which `|` takes as 0.
  const linkFlag = links === 'refuse' ? constants.O_NOFOLLOW : 0;
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | linkFlag;
  const fd = attempt(file, expected, () => openSync(file, flags));
  try {
    const stats = attempt(file, expected, () => fstatSync(fd));
    if (!stats.isFile()) {
      throw new InputError({ file, expected, found: kindOf(stats) });
    }
    return { fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) {
    return 'a directory';
  }
  return stats.isFIFO() ? 'a named pipe' : 'a device or socket';
}

/**
 * Reads from where the descriptor stands into several views, which may be over shared memory.
 *
 * @param file - the file, for the error message
 * @param fd - the descriptor, open for reading
 * @param views - where the bytes go, in order; none of them empty
 * @returns the number of bytes read, less than the views hold only at the end of the file
 * @throws InputError - when a read fails
 */
export function readFully(file: string, fd: number, views: readonly Uint8Array[]): number {
  let total = 0;
  for (let pending = views; pending.length > 0;) {
    const count = attempt(file, 'a file that can be read', () => readvSync(fd, pending));
    if (count === 0) {
      break;
    }
    total += count;
    pending = after(pending, count);
  }
  return total;
}

/**
 * Writes several views, which may be over shared memory, where the descriptor stands.
 *
 * @param file - the file, for the error message
 * @param fd - the descriptor, open for writing
 * @param views - the bytes, in order; none of the views empty
 * @throws InputError - when a write fails, as on a full disk
 */
export function writeFully(file: string, fd: number, views: readonly Uint8Array[]): void {
  const expected = 'room and permission to write the file';
  for (let pending = views; pending.length > 0;) {
    const count = attempt(file, expected, () => writevSync(fd, pending));
    if (count === 0) {
      throw new InputError({ file, expected, found: 'a write of 0 bytes' });
    }
    pending = after(pending, count);
  }
}

/** What is left of some views after their first `count` bytes. */
function after(views: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let rest = count;
  let index = 0;
  while (index < views.length && rest >= views[index].byteLength) {
    rest -= views[index].byteLength;
    index += 1;
  }
  return rest === 0 ? views.slice(index) : [views[index].subarray(rest), ...views.slice(index + 1)];
}
