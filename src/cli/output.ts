/** Standard output and standard error, as the commands use them. */
import { fstatSync } from 'node:fs';
import { escapeControls } from '../report/format.js';

/**
 * Writes to standard output. The process must then end by itself, never by `process.exit`: what a
 * pipe has not taken yet would be lost.
 */
export function print(text: string): void {
  process.stdout.write(text);
}

/** Writes one line to standard error. */
export function complain(message: string): void {
  process.stderr.write(`bt-shm: ${escapeControls(message)}\n`);
}

/** Lets a reader such as `head` close our standard output without an error. */
export function tolerateClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** @returns whether standard output goes into another command */
export function isOutputPiped(): boolean {
  try {
    const stats = fstatSync(process.stdout.fd);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}
