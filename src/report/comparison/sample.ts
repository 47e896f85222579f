import type { RunResult } from '../../swarm/result.js';
import { METRICS, completionsOf } from './metrics.js';
import type { Sample } from './types.js';

/** @returns what a comparison needs of a run, which is far less than its result */
export function sampleOf(
  { config, outcome, complete, digest, ranks, observation, ...rest }: RunResult,
  contender: string,
  point: number,
): Sample {
  const result = { config, outcome, complete, ranks, ...rest };
  const values = METRICS.flatMap(({ key, of }) => {
    const value = of(result);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    contender,
    point,
    seed: config.seed,
    outcome,
    complete,
    ...(digest !== undefined && { digest }),
    values: Object.fromEntries(values),
    completionSeconds: completionsOf(result),
    ...(observation !== undefined && { observation }),
    segmentsUploaded: ranks.filter(({ rank }) => rank > 0).map((rank) => rank.segmentsUploaded),
  };
}
