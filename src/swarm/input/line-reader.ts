import { closeSync, readSync } from 'node:fs';

import { InputError } from '../../errors.js';
import { attempt, openRegularFile } from './file-io.js';
import { quote } from './quote.js';

/** No line of the format comes near this; a longer one is not text. */
const MAX_LINE_BYTES = 64 * 1024;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a text file line by line through one buffer of fixed size, so that the size of the file
 * is not limited by memory. A byte-order mark, the CR of a CRLF, and spaces and tabs at both ends
 * of a line mean nothing in the format and are left out.
 *
 * The bytes of the current line are `buffer[start]` to `buffer[end - 1]`, until the next line.
 */
export class LineReader {
  /** The file, as the user named it. */
  readonly file: string;
  /** Holds the current line. */
  readonly buffer = Buffer.allocUnsafeSlow(MAX_LINE_BYTES);
  /** The number of the current line, counted from 1; 0 before the first. */
  line = 0;
  /** Where the current line starts in the buffer. */
  start = 0;
  /** Where the current line ends in the buffer. */
  end = 0;

  readonly #fd: number;
  /** `buffer[#unread]` to `buffer[#filled - 1]` were read from the file and are not yet a line. */
  #unread = 0;
  #filled = 0;

  /**
   * @param file - the file, which must be a regular one; symbolic links are refused
   * @throws InputError - when it can't be opened
   */
  constructor(file: string) {
    this.file = file;
    this.#fd = openRegularFile(file, 'refuse').fd;
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#fd);
  }

  /**
   * Moves to the next line.
   *
   * @returns false at the end of the file
   * @throws InputError - when the file can't be read, or a line is too long to be text
   */
  next(): boolean {
    let searched = 0;
    for (;;) {
      const newline = this.buffer.indexOf(NEWLINE, this.#unread + searched);
      // Beyond #filled stand bytes of earlier reads.
      if (newline !== -1 && newline < this.#filled) {
        this.#setLine(newline);
        this.#unread = newline + 1;
        return true;
      }
      searched = this.#filled - this.#unread;
      if (!this.#refill()) {
        break;
      }
    }
    if (this.#unread === this.#filled) {
      return false;
    }
    this.#setLine(this.#filled);
    this.#unread = this.#filled;
    return true;
  }

  /**
   * @returns the current line as text
   * @throws InputError - when the line is not UTF-8
   */
  text(): string {
    const text = this.#decoded();
    if (text === undefined) {
      throw this.error('text in UTF-8', this.describeLine());
    }
    return text;
  }

  /** @returns the current line as an error message quotes it */
  describeLine(): string {
    if (this.start === this.end) {
      return 'an empty line';
    }
    const text = this.#decoded();
    if (text !== undefined) {
      return quote(text);
    }
    const bytes = this.buffer.subarray(this.start, Math.min(this.end, this.start + 16));
    return `bytes that are not UTF-8 (${bytes.toString('hex')})`;
  }

  /**
   * @param expected - what the current line should be
   * @param found - what it is
   * @returns an error that names the file and the current line
   */
  error(expected: string, found: string): InputError {
    return new InputError({ file: this.file, line: this.line, expected, found });
  }

  /**
   * Moves to the next line where one must follow.
   *
   * @param expected - what the line should be, built only for the error
   * @throws InputError - at the end of the file
   */
  require(expected: () => string): void {
    if (!this.next()) {
      this.line += 1;
      throw this.error(expected(), 'the end of the file');
    }
  }

  #decoded(): string | undefined {
    try {
      return UTF8.decode(this.buffer.subarray(this.start, this.end));
    } catch {
      return undefined;
    }
  }

  #setLine(end: number): void {
    const { buffer } = this;
    this.line += 1;
    this.start = this.#unread;
    this.end = end;
    if (this.line === 1 && isByteOrderMark(buffer, this.start, end)) {
      this.start += 3;
    }
    if (this.end > this.start && buffer[this.end - 1] === CARRIAGE_RETURN) {
      this.end -= 1;
    }
    while (this.end > this.start && isBlank(buffer[this.end - 1])) {
      this.end -= 1;
    }
    while (this.start < this.end && isBlank(buffer[this.start])) {
      this.start += 1;
    }
  }

  /** Reads more of the file behind what is unread; false at its end. */
  #refill(): boolean {
    const { buffer } = this;
    buffer.copyWithin(0, this.#unread, this.#filled);
    this.#filled -= this.#unread;
    this.#unread = 0;
    if (this.#filled === buffer.length) {
      this.line += 1;
      throw this.error('a line of text', `more than ${MAX_LINE_BYTES} bytes without a line end`);
    }
    const count = attempt(this.file, 'a file that can be read', () =>
      readSync(this.#fd, buffer, this.#filled, buffer.length - this.#filled, null),
    );
    this.#filled += count;
    return count > 0;
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function isByteOrderMark(buffer: Uint8Array, start: number, end: number): boolean {
  return (
    end - start >= 3 &&
    buffer[start] === 0xef &&
    buffer[start + 1] === 0xbb &&
    buffer[start + 2] === 0xbf
  );
}
