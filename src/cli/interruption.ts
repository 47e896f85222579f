import { EXIT_CODES } from '../errors.js';

/**
 * A second signal within this time is taken for the same one: a package manager that passes the
 * terminal's Ctrl-C on delivers it twice.
 */
const SAME_SIGNAL_MS = 50;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Turns SIGINT and SIGTERM into an abort signal. */
export interface Interruption {
  /** Aborted by the first signal. The second one ends the process. */
  readonly signal: AbortSignal;
  /** Gives the signals their usual meaning back. */
  release(): void;
}

/**
 * Takes SIGINT and SIGTERM over until `release` is called.
 *
 * @param onFirst - called with the first signal, after the abort
 */
export function takeInterrupts(onFirst: () => void): Interruption {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const onSignal = (): void => {
    const now = performance.now();
    if (firstAtMs === undefined) {
      firstAtMs = now;
      controller.abort();
      onFirst();
    } else if (now - firstAtMs > SAME_SIGNAL_MS) {
      process.exit(EXIT_CODES.interrupted);
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
