/** What a section of the benchmarks is made of. */
import type { Progress } from './progress.js';
import { type PeerResult, reasonOf } from './peers/peer.js';
import type { Measurement } from './report.js';

/** What a section is told. */
export interface BenchContext {
  /** Fewer and shorter repetitions, with less certain figures. */
  readonly quick: boolean;
  readonly progress: Progress;
}

/** A group of benchmarks with a table of its own. */
export interface Section {
  readonly name: string;
  readonly title: string;
  /** Never throws for a benchmark that fails: its measurement says why. */
  run(context: BenchContext): Promise<Measurement[]>;
}

/**
 * Takes the samples of a measurement.
 *
 * @param base - everything but the samples
 * @param measure - returns one figure a repetition
 * @returns the measurement, with its failure where `measure` throws
 */
export async function sampled(
  base: Omit<Measurement, 'samples' | 'failure'>,
  measure: () => Promise<readonly number[]>,
): Promise<Measurement> {
  try {
    return { ...base, samples: await measure() };
  } catch (error) {
    return { ...base, samples: [], failure: reasonOf(error) };
  }
}

/**
 * Asks a peer that may fail.
 *
 * @param name - what it is called where it does
 * @param unit - its figure's unit
 * @param measure - the peer
 * @returns its results, or a single one that was skipped
 */
export async function peersOrSkip(
  name: string,
  unit: PeerResult['unit'],
  measure: () => Promise<readonly PeerResult[]>,
): Promise<readonly PeerResult[]> {
  try {
    return await measure();
  } catch (error) {
    return [{ name, unit, skipped: reasonOf(error) }];
  }
}
