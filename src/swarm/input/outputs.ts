import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import * as path from 'node:path';

import { assert } from '../../assert.js';
import { HASH_BYTES } from './directory.js';
import { VIEWS_PER_CALL, attempt, writeFully } from './file-io.js';

const NEWLINE = 0x0a;

/** What is kept of a file's name in its temporary name, which must stay below 255 bytes. */
const MAX_STEM_BYTES = 180;

/**
 * @param rank - the rank of the client, from 1
 * @param name - a plain file name
 * @returns the name of the client's output, `client<R>_<NAME>`
 */
export function outputName(rank: number, name: string): string {
  return `client${rank}_${name}`;
}

/**
 * Makes the token that marks the temporary files of one run. The main thread makes one and hands
 * it to every thread that writes.
 *
 * @returns 12 hexadecimal characters that no other run has
 */
export function createOutputToken(): string {
  return randomBytes(6).toString('hex');
}

/**
 * Makes sure that outputs can be written to a directory, before a run spends time on them.
 *
 * @param directory - the directory, created with its parents if it is not there
 * @throws InputError - when it is not a directory, can't be created, or is not writable
 */
export function prepareOutputDirectory(directory: string): void {
  const expected = 'an output directory that can be written to';
  attempt(directory, expected, () => mkdirSync(directory, { recursive: true }));
  attempt(directory, expected, () => accessSync(directory, constants.W_OK | constants.X_OK));
}

/**
 * Writes a file that is there as a whole or not at all: under a temporary name in the same
 * directory first, then renamed, which replaces an earlier file of that name. It outlives a crash
 * of the process, not one of the machine: nothing is flushed to the disk. Any thread may call it.
 *
 * @param file - the file
 * @param chunks - its content, in order; views over shared memory are fine. A chunk must keep its
 *   bytes until the write returns: several are written by one system call
 * @param token - the run's token, see {@link createOutputToken}
 * @throws InputError - when the file can't be written, as on a full disk; nothing is left behind,
 *   and an earlier file of that name is as it was
 */
export function writeAtomically(file: string, chunks: Iterable<Uint8Array>, token: string): void {
  const temporary = temporaryName(file, token);
  const expected = 'an output file that can be written';
  const fd = attempt(file, expected, () => openSync(temporary, 'wx'));
  let open = true;
  try {
    writeChunks(file, fd, chunks);
    open = false;
    attempt(file, expected, () => closeSync(fd));
    attempt(file, expected, () => renameSync(temporary, file));
  } catch (error) {
    discard(temporary, open ? fd : undefined);
    throw error;
  }
}

/** Cleans up after a failure, which is what the user must hear of, not what this runs into. */
function discard(temporary: string, fd: number | undefined): void {
  try {
    if (fd !== undefined) {
      closeSync(fd);
    }
    rmSync(temporary, { force: true });
  } catch {
    // The disk that failed the write may fail this as well.
  }
}

function writeChunks(file: string, fd: number, chunks: Iterable<Uint8Array>): void {
  let batch: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (chunk.byteLength > 0) {
      batch.push(chunk);
    }
    if (batch.length === VIEWS_PER_CALL) {
      writeFully(file, fd, batch);
      batch = [];
    }
  }
  writeFully(file, fd, batch);
}

/** `.client3_movie.bin.<pid>-<token>.part` beside the file. */
function temporaryName(file: string, token: string): string {
  assert(/^[0-9a-z]{1,32}$/.test(token), 'an output token has 1 to 32 characters of 0-9 and a-z');
  const stem = Buffer.from(path.basename(file)).subarray(0, MAX_STEM_BYTES).toString();
  return path.join(path.dirname(file), `.${stem}.${process.pid}-${token}.part`);
}

/**
 * Removes the temporary files that a thread of this run left behind when it died. No thread may be
 * writing any more.
 *
 * @param directory - the output directory
 * @param token - the run's token
 * @returns the names of the files removed
 * @throws InputError - when the directory can't be read or a file can't be removed
 */
export function removeLeftovers(directory: string, token: string): string[] {
  const suffix = `-${token}.part`;
  const names = attempt(directory, 'the output directory', () => readdirSync(directory));
  const leftovers = names.filter((name) => name.startsWith('.') && name.endsWith(suffix));
  for (const name of leftovers) {
    const file = path.join(directory, name);
    attempt(file, 'a temporary file that can be removed', () => rmSync(file, { force: true }));
  }
  return leftovers;
}

/**
 * Builds the output for a file of an input directory: its hashes one a line, in order, as they
 * stand in the input, with no newline after the last.
 *
 * @param hashes - {@link HASH_BYTES} ASCII characters a segment, as {@link DirectoryInput} has them
 * @returns the content of the output
 */
export function hashLines(hashes: Uint8Array): Uint8Array {
  assert(hashes.length % HASH_BYTES === 0, 'hashes are a whole number of hashes');
  const count = hashes.length / HASH_BYTES;
  const lines = new Uint8Array(Math.max(0, count * (HASH_BYTES + 1) - 1)).fill(NEWLINE);
  for (let segment = 0; segment < count; segment += 1) {
    const start = segment * HASH_BYTES;
    lines.set(hashes.subarray(start, start + HASH_BYTES), segment * (HASH_BYTES + 1));
  }
  return lines;
}
