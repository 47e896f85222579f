import { readdirSync } from 'node:fs';
import * as path from 'node:path';

import { InputError } from '../../errors.js';
import { attempt } from './file-io.js';
import { fileNameFault } from './file-name.js';
import { LineReader } from './line-reader.js';
import { quote } from './quote.js';
import { MAX_SEGMENTS } from './workload.js';
import type { Workload, WorkloadFile } from './workload.js';

/** A hash as it stands in the input: 32 hexadecimal characters, a byte each. */
export const HASH_BYTES = 32;

/** Bounds a count on its own, before the lines that it promises bound it. */
const MAX_COUNT = 2 ** 31 - 1;

/** A workload read from an input directory. */
export interface DirectoryInput extends Workload {
  readonly kind: 'directory';
  /**
   * The hashes of each file, by id: {@link HASH_BYTES} ASCII characters a segment, in order and in
   * the spelling of the owner of lowest rank, because the outputs repeat them as they stand.
   */
  readonly hashes: readonly Uint8Array[];
  /** Ids of the files that somebody wants and nobody owns, ascending; each has 0 segments. */
  readonly unownedFiles: readonly number[];
}

/** A file as far as the inputs read so far tell of it. */
interface KnownFile {
  readonly id: number;
  readonly name: string;
  /** What the first owner lists; `undefined` as long as nobody owns the file. */
  content?: OwnedContent;
}

interface OwnedContent {
  readonly hashes: Uint8Array;
  readonly segmentCount: number;
  /** The input and the line that name the file; its hashes stand on the lines below. */
  readonly file: string;
  readonly line: number;
}

/**
 * Reads an input directory: `in1.txt` to `inN.txt`, one for each client, and nothing else in it.
 *
 * An input is a count of owned files; for each of them a line `NAME COUNT` and COUNT lines with a
 * hash of 32 hexadecimal characters; then a count of wanted files and a line with the NAME of each.
 * CRLF line ends, a byte-order mark, spaces around a line and empty lines at the end are accepted.
 * A name may contain spaces: COUNT is the last word of its line. Several clients may own one file
 * when they agree on its hashes, whatever the case of the letters. A file that nobody owns is no
 * error here: the run reports what it misses.
 *
 * Memory grows with the lines that are there, never with a count that an input claims.
 *
 * @param directory - the directory, which may be a symbolic link; the inputs may not
 * @returns the workload, with one rank more than there are inputs
 * @throws InputError - naming file, line, what was expected and what was found
 */
export function readInputDirectory(directory: string): DirectoryInput {
  const clients = countInputs(directory);
  const known = new Map<string, KnownFile>();
  const owned: number[][] = [[]];
  const wanted: number[][] = [[]];
  for (let rank = 1; rank <= clients; rank += 1) {
    const lines = new LineReader(path.join(directory, inputName(rank)));
    try {
      const ownedLines = readOwned(lines, known);
      owned.push([...ownedLines.keys()]);
      wanted.push(readWanted(lines, known, ownedLines));
      requireEnd(lines);
    } finally {
      lines.close();
    }
  }
  const files = [...known.values()];
  return {
    kind: 'directory',
    files: files.map(describeFile),
    owned,
    wanted,
    hashes: files.map(({ content }) => content?.hashes ?? new Uint8Array(0)),
    unownedFiles: files.filter(({ content }) => content === undefined).map(({ id }) => id),
  };
}

function describeFile({ name, content }: KnownFile): WorkloadFile {
  return { name, segmentCount: content?.segmentCount ?? 0, byteLength: 0 };
}

function inputName(rank: number): string {
  return `in${rank}.txt`;
}

/** How many inputs there are, once they are known to be numbered 1, 2, 3, ... */
function countInputs(directory: string): number {
  const names = attempt(directory, 'an input directory', () => readdirSync(directory));
  const numbered = names.filter((name) => /^in\d+\.txt$/.test(name));
  const present = new Set(numbered);
  let clients = 0;
  while (present.delete(inputName(clients + 1))) {
    clients += 1;
  }
  if (present.size === 0 && clients > 0) {
    return clients;
  }
  const misnumbered = [...present].filter((name) => /^in0/.test(name)).sort();
  if (misnumbered.length > 0) {
    throw new InputError({
      file: path.join(directory, misnumbered[0]),
      expected: 'inputs numbered from in1.txt, without leading zeros (rank 0 is the tracker)',
      found: quote(misnumbered[0]),
    });
  }
  const [beyondGap] = [...present].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  throw new InputError({
    file: path.join(directory, inputName(clients + 1)),
    expected: 'an input for each client, numbered without gaps from in1.txt',
    found: beyondGap === undefined ? 'no such file' : `no such file, but ${quote(beyondGap)}`,
  });
}

/** Reads the owned files; returns the line that names each, by file id, in the order listed. */
function readOwned(lines: LineReader, known: Map<string, KnownFile>): Map<number, number> {
  const owned = new Map<number, number>();
  lines.require(() => 'the number of owned files');
  const count = parseCount(lines, lines.text(), 'the number of owned files', MAX_COUNT);
  for (let index = 0; index < count; index += 1) {
    const expected = (): string => `NAME COUNT for owned file ${index + 1} of ${count}`;
    lines.require(expected);
    const text = lines.text();
    const cut = Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t'));
    if (cut === -1) {
      throw lines.error(expected(), lines.describeLine());
    }
    const file = resolveFile(lines, text.slice(0, cut).replace(/[ \t]+$/, ''), known);
    const nameLine = lines.line;
    refuseRepetition(lines, file, owned, 'owned');
    owned.set(file.id, nameLine);
    const segmentCount = parseCount(
      lines,
      text.slice(cut + 1),
      `the number of segments of ${quote(file.name)}`,
      MAX_SEGMENTS,
    );
    if (file.content === undefined) {
      const hashes = readHashes(lines, file.name, segmentCount);
      file.content = { hashes, segmentCount, file: lines.file, line: nameLine };
    } else {
      compareHashes(lines, file.name, segmentCount, file.content);
    }
  }
  return owned;
}

function readWanted(
  lines: LineReader,
  known: Map<string, KnownFile>,
  owned: ReadonlyMap<number, number>,
): number[] {
  const wanted = new Map<number, number>();
  lines.require(() => 'the number of wanted files');
  const count = parseCount(lines, lines.text(), 'the number of wanted files', MAX_COUNT);
  for (let index = 0; index < count; index += 1) {
    lines.require(() => `the name of wanted file ${index + 1} of ${count}`);
    const file = resolveFile(lines, lines.text(), known);
    refuseRepetition(lines, file, wanted, 'wanted');
    const ownedLine = owned.get(file.id);
    if (ownedLine !== undefined) {
      throw lines.error(
        'a file that this client does not own yet',
        `${quote(file.name)}, owned in line ${ownedLine}`,
      );
    }
    wanted.set(file.id, lines.line);
  }
  return [...wanted.keys()];
}

function requireEnd(lines: LineReader): void {
  while (lines.next()) {
    if (lines.start !== lines.end) {
      throw lines.error('the end of the file after the wanted files', lines.describeLine());
    }
  }
}

function refuseRepetition(
  lines: LineReader,
  file: KnownFile,
  listed: ReadonlyMap<number, number>,
  list: 'owned' | 'wanted',
): void {
  const first = listed.get(file.id);
  if (first !== undefined) {
    throw lines.error(
      `each ${list} file once`,
      `${quote(file.name)} again, first in line ${first}`,
    );
  }
}

function resolveFile(lines: LineReader, name: string, known: Map<string, KnownFile>): KnownFile {
  const fault = fileNameFault(name);
  if (fault !== undefined) {
    throw lines.error('a plain file name', `${quote(name)} (${fault})`);
  }
  let file = known.get(name);
  if (file === undefined) {
    file = { id: known.size, name };
    known.set(name, file);
  }
  return file;
}

function parseCount(lines: LineReader, text: string, what: string, max: number): number {
  const count = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!(count <= max)) {
    const found = text === '' ? 'an empty line' : quote(text);
    throw lines.error(`${what}, from 0 to ${max}`, found);
  }
  return count;
}

/** Reads the hashes of a file that no input listed before. */
function readHashes(lines: LineReader, name: string, segmentCount: number): Uint8Array {
  let hashes = new Uint8Array(Math.min(segmentCount, 1024) * HASH_BYTES);
  for (let segment = 0; segment < segmentCount; segment += 1) {
    requireHash(lines, name, segment, segmentCount);
    const offset = segment * HASH_BYTES;
    if (offset === hashes.length) {
      const grown = new Uint8Array(Math.min(segmentCount * HASH_BYTES, offset * 2));
      grown.set(hashes);
      hashes = grown;
    }
    for (let index = 0; index < HASH_BYTES; index += 1) {
      hashes[offset + index] = lines.buffer[lines.start + index];
    }
  }
  return hashes;
}

/** Reads the hashes of a file that has an owner already: both must say the same. */
function compareHashes(
  lines: LineReader,
  name: string,
  segmentCount: number,
  first: OwnedContent,
): void {
  if (segmentCount !== first.segmentCount) {
    throw lines.error(
      `${quote(name)} with ${first.segmentCount} segments, as in ${first.file}:${first.line}`,
      `${segmentCount} segments`,
    );
  }
  for (let segment = 0; segment < segmentCount; segment += 1) {
    requireHash(lines, name, segment, segmentCount);
    for (let index = 0; index < HASH_BYTES; index += 1) {
      const character = lines.buffer[lines.start + index];
      if (lowerCase(character) !== lowerCase(first.hashes[segment * HASH_BYTES + index])) {
        throw lines.error(
          `the hash of segment ${segment} of ${quote(name)} that ` +
            `${first.file}:${first.line + 1 + segment} has`,
          lines.describeLine(),
        );
      }
    }
  }
}

function requireHash(lines: LineReader, name: string, segment: number, count: number): void {
  const expected = (): string =>
    `hash ${segment + 1} of ${count} of ${quote(name)}, ${HASH_BYTES} hexadecimal characters`;
  lines.require(expected);
  let valid = lines.end - lines.start === HASH_BYTES;
  for (let index = lines.start; valid && index < lines.end; index += 1) {
    valid = isHexDigit(lines.buffer[index]);
  }
  if (!valid) {
    throw lines.error(expected(), lines.describeLine());
  }
}

function isHexDigit(character: number): boolean {
  const lower = lowerCase(character);
  return (character >= 0x30 && character <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

/** The lower case of an ASCII letter, in which a hexadecimal digit from 0 to 9 stays itself. */
function lowerCase(character: number): number {
  return character | 0x20;
}
