import { closeSync, fstatSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import * as path from 'node:path';

import { assert } from '../../assert.js';
import { InputError, UsageError } from '../../errors.js';
import { VIEWS_PER_CALL, attempt, openRegularFile, readFully } from './file-io.js';
import { fileNameFault } from './file-name.js';
import { quote } from './quote.js';
import { MAX_SEGMENTS } from './workload.js';
import type { Workload } from './workload.js';

/** A workload of one real file, owned by rank 1 and wanted by every other client. */
export interface ContentInput extends Workload {
  readonly kind: 'content';
  /** The file, as the user named it. */
  readonly path: string;
  /** The length of the file in bytes. */
  readonly byteLength: number;
  /** The length of every segment but the last, in bytes. */
  readonly segmentBytes: number;
}

/**
 * Describes the distribution of a real file. The file is opened but not read.
 *
 * @param file - the file; a symbolic link to it is followed
 * @param segmentBytes - the length of a segment, from 1
 * @param ranks - the number of ranks with the tracker, from 2
 * @returns the workload; an empty file has 0 segments
 * @throws InputError - when the file is not a regular file that can be read, or its name is not
 *   plain
 * @throws UsageError - when `segmentBytes` or `ranks` can't be used
 */
export function describeContent(file: string, segmentBytes: number, ranks: number): ContentInput {
  if (!Number.isSafeInteger(segmentBytes) || segmentBytes < 1) {
    throw new UsageError(`segmentBytes=${segmentBytes}: expected a whole number from 1`);
  }
  if (!Number.isSafeInteger(ranks) || ranks < 2) {
    throw new UsageError(`ranks=${ranks}: expected a whole number from 2 (the tracker counts)`);
  }
  const { fd, stats } = openRegularFile(file, 'follow');
  closeSync(fd);
  const name = path.basename(file);
  const fault = fileNameFault(name);
  if (fault !== undefined) {
    throw new InputError({
      file,
      expected: 'a plain file name',
      found: `${quote(name)} (${fault})`,
    });
  }
  const byteLength = stats.size;
  const segmentCount = Math.ceil(byteLength / segmentBytes);
  if (segmentCount > MAX_SEGMENTS) {
    throw new UsageError(
      `segmentBytes=${segmentBytes}: expected at most ${MAX_SEGMENTS} segments, ` +
        `found ${segmentCount} in ${byteLength} bytes of ${quote(file)}`,
    );
  }
  return {
    kind: 'content',
    files: [{ name, segmentCount, byteLength }],
    owned: Array.from({ length: ranks }, (_, rank) => (rank === 1 ? [0] : [])),
    wanted: Array.from({ length: ranks }, (_, rank) => (rank > 1 ? [0] : [])),
    path: file,
    byteLength,
    segmentBytes,
  };
}

/**
 * @param byteLength - the length of a file in bytes
 * @param segmentBytes - the length of every segment but the last
 * @param segment - the segment, from 0
 * @returns the length of that segment in bytes; the last one may be shorter
 */
export function segmentLength(byteLength: number, segmentBytes: number, segment: number): number {
  const start = segment * segmentBytes;
  assert(segment >= 0 && start < byteLength, 'a segment lies inside its file');
  return Math.min(segmentBytes, byteLength - start);
}

/**
 * Reads a real file straight into the cells of its segments, several segments a system call.
 *
 * @param content - the file, as {@link describeContent} found it
 * @param cellOf - gives the cell of a segment, asked once for each segment in order: a view, which
 *   may be over shared memory, of exactly the segment's length
 * @throws InputError - when the file can't be read, or has changed since it was described
 */
export function readContentInto(
  content: ContentInput,
  cellOf: (segment: number) => Uint8Array,
): void {
  const { path: file, byteLength, segmentBytes } = content;
  const { fd } = openRegularFile(file, 'follow');
  try {
    const before = statOf(file, fd);
    const [{ segmentCount }] = content.files;
    let total = 0;
    for (let first = 0; first < segmentCount; first += VIEWS_PER_CALL) {
      const cells: Uint8Array[] = [];
      for (let index = first; index < Math.min(first + VIEWS_PER_CALL, segmentCount); index += 1) {
        const cell = cellOf(index);
        assert(
          cell.byteLength === segmentLength(byteLength, segmentBytes, index),
          'a cell is as long as its segment',
        );
        cells.push(cell);
      }
      total += readFully(file, fd, cells);
    }
    // One byte more than there should be shows a file that grew, also where it reports no size.
    total += readFully(file, fd, [new Uint8Array(1)]);
    requireUnchanged(content, total, before, statOf(file, fd));
  } finally {
    closeSync(fd);
  }
}

function statOf(file: string, fd: number): BigIntStats {
  return attempt(file, 'a file that can be read', () => fstatSync(fd, { bigint: true }));
}

function requireUnchanged(
  { path: file, byteLength }: ContentInput,
  total: number,
  before: BigIntStats,
  after: BigIntStats,
): void {
  if (total !== byteLength) {
    throw new InputError({
      file,
      expected: `${byteLength} bytes, as before the run`,
      found: total < byteLength ? `${total} bytes` : 'more bytes',
    });
  }
  // A write in place leaves the length as it is.
  if (before.mtimeNs !== after.mtimeNs) {
    throw new InputError({
      file,
      expected: 'a file that stays as it is while it is read',
      found: 'a write to it in the meantime',
    });
  }
}
