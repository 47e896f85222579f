import { completeConfig } from '../../src/swarm/config.js';
import type { RunOptions } from '../../src/swarm/config.js';
import type { RunResult } from '../../src/swarm/result.js';

/** A result in which four ranks have delivered 2000 segments in half a second. */
export function resultOf(
  changes: Partial<Omit<RunResult, 'config' | 'totals'>> & {
    readonly config?: RunOptions;
    readonly totals?: Partial<RunResult['totals']>;
  } = {},
): RunResult {
  const { config, totals, ...others } = changes;
  return {
    schemaVersion: 1,
    complete: (changes.outcome ?? 'done') === 'done',
    outcome: 'done',
    // Whatever the number of cores.
    config: completeConfig({
      ranks: 4,
      ...(config?.clock !== 'virtual' && { hashThreads: 0 }),
      ...config,
    }),
    timing: { startupMs: 100, exchangeMs: 500, teardownMs: 10, wallMs: 615 },
    totals: {
      segmentsDelivered: 2000,
      bytesDelivered: 2000 * 16384,
      segmentsPerSecond: 4000,
      bytesPerSecond: 4000 * 16384,
      requests: 2000,
      nacks: 0,
      hashFailures: 0,
      messages: 4400,
      trackerRequests: 200,
      notifies: 50,
      parks: 50,
      missedWakes: 0,
      transportBytes: 4 * 50_482,
      ...totals,
    },
    ranks: (['tracker', 'seed', 'client', 'client'] as const).map((role, rank) => ({
      rank,
      role,
      thread: rank,
      segmentsDownloaded: role === 'client' ? 1000 : 0,
      segmentsUploaded: rank === 0 ? 0 : 667,
      ...(role === 'client' && { completionMs: 400 + rank * 10 }),
    })),
    balance: { uploadMax: 700, uploadMean: 667, uploadJain: 0.998, uploadGini: 0.01 },
    missing: [],
    waits: [],
    fills: [],
    silentThreads: [],
    ...others,
  };
}
