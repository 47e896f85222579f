/** Moves the cursor to the first column and clears the line. */
const CLEAR_LINE = '\r\x1b[K';

/** Says on a terminal what is being measured; elsewhere nothing at all. */
export class Progress {
  constructor(private readonly stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>) {}

  /** Shows what is measured now, in place of what was before. */
  show(what: string): void {
    if (this.stream.isTTY) this.stream.write(`${CLEAR_LINE}${what} ...`);
  }

  /** Clears the line. */
  clear(): void {
    if (this.stream.isTTY) this.stream.write(CLEAR_LINE);
  }
}
