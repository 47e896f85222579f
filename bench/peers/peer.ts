import { existsSync } from 'node:fs';
import path from 'node:path';

/** What one peer reached in one measurement on this machine, or why it could not be measured. */
export interface PeerResult {
  /** The peer and the measurement, unique among the peers. */
  name: string;
  /** The peer's own version; a peer made of Node's own parts has the version of Node. */
  version?: string;
  /** The figure in `unit`; absent exactly when `skipped` is there. */
  value?: number;
  unit: 'msg/s' | 'ns' | 'B/s' | 'segments/s';
  /** Why there is no figure. */
  skipped?: string;
}

/** Payload of every small message, in bytes: what one of bt-shm's records holds. */
export const SMALL_MESSAGE_BYTES = 16;

/** The version shown for peers that Node itself provides. */
export const NODE_VERSION = `Node ${process.versions.node}`;

/**
 * The value below which the share `q` of `values` lies (nearest rank).
 *
 * @param values - the sample, in any order; not changed
 * @param q - the share, 0 to 1
 * @returns one of `values`
 * @throws RangeError when the sample is empty
 */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) {
    throw new RangeError('quantile: expected at least one value, found none');
  }
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

/**
 * The middle one of several repetitions: one disturbed repetition does not move it.
 *
 * @param values - the repetitions' figures, in any order
 * @returns one of `values`
 */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The text for {@link PeerResult.skipped}.
 *
 * @param error - what was thrown
 * @returns its message
 */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Rates of repetitions whose start one thread stamped and whose end another did.
 *
 * @param count - messages in a repetition
 * @param starts - `process.hrtime.bigint()` before each repetition's first message
 * @param ends - the same clock (it is one for all threads) after each repetition's last message
 * @returns messages a second, one figure a repetition
 */
export function ratesPerSecond(
  count: number,
  starts: readonly bigint[],
  ends: readonly bigint[],
): number[] {
  return starts.map((start, repetition) => (count * 1e9) / Number(ends[repetition] - start));
}

/**
 * The package's root: where C sources lie, which the compiler does not copy to `dist/`.
 *
 * @param from - a folder inside the package
 * @returns the nearest folder at or above `from` that holds a package.json
 * @throws Error when there is none
 */
export function packageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) {
      return folder;
    }
    if (folder === path.dirname(folder)) {
      throw new Error(`packageRoot: from=${from}: expected a package.json at or above it`);
    }
  }
}
