/** `bt-shm report`: the report of a comparison, from results that are stored. */
import type { ExitCode } from '../errors.js';
import { analyse, parseGate, readStudy } from '../report/comparison/index.js';
import { type ReportArguments, prepareOutputs, putOut } from './compare-output.js';

/**
 * Reports on stored results.
 *
 * @param paths - a directory that `compare --out` wrote, or results of runs
 * @param args - the options
 * @returns the exit code
 * @throws UsageError, InputError - where they can't be read or an export can't be written
 */
export function reportCommand(paths: readonly string[], args: ReportArguments): Promise<ExitCode> {
  const study = readStudy(paths);
  const gates = (args.failIf ?? []).map((text) => parseGate(text, study.definition.contenders));
  prepareOutputs(args);
  const { noise } = args;
  return putOut(analyse(study, { gates, ...(noise !== undefined && { noise }) }), args);
}
