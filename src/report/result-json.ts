import type { RunResult } from '../swarm/result.js';
import type { Environment } from './environment.js';

/** A run's result as it stands in files and on standard output. */
export type ResultJson = RunResult & { readonly environment: Environment };

/** @returns the result with where it came from, what matters most first */
export function resultJson(result: RunResult, environment: Environment): ResultJson {
  const { schemaVersion, complete, outcome, config, ...rest } = result;
  return { schemaVersion, complete, outcome, config, environment, ...rest };
}
