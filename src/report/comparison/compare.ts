/** Runs a comparison from its matrix to its verdicts. */
import {
  type Crew,
  type Manifest,
  type MatrixOptions,
  type MatrixProgress,
  ResultStore,
  defineComparison,
  manifestOf,
  planMatrix,
  runMatrix,
} from '../../swarm/compare/index.js';
import { describeEnvironment } from '../environment.js';
import { resultJson } from '../result-json.js';
import { analyse } from './analyse.js';
import { parseGate } from './gate.js';
import { sampleOf } from './sample.js';
import type { Comparison, Sample } from './types.js';

/** What to compare, and what to do with it. */
export interface CompareOptions extends MatrixOptions {
  /** Ratios nearer to 1 than this are no difference; 0.01 by default. */
  readonly noise?: number;
  /** Conditions that are failures where they hold, such as `a/b.lastCompletion > 1.05`. */
  readonly failIf?: readonly string[];
  /** Directory that keeps each result as it comes. */
  readonly out?: string;
  /** Go on with what is stored in `out`. */
  readonly resume?: boolean;
  /** Runs at once; by default as many as the cores have room for, with the real clock one. */
  readonly jobs?: number;
  /** Reproduces the comparison, for its reader. */
  readonly command?: string;
  /** The command's arguments, for the stored results. */
  readonly argv?: readonly string[];
}

/** What a caller may hang on a comparison. */
export interface CompareHooks {
  /** Ends it early: the comparison is of the runs that are over. */
  readonly signal?: AbortSignal;
  /** Called after each run and about ten times a second. */
  readonly onProgress?: (progress: MatrixProgress) => void;
  /** Over MPI: others who take over runs. */
  readonly crew?: Crew;
}

/**
 * Compares strategies: every one runs with the same seeds, and each pair is judged by its paired
 * runs. With the virtual clock the same options give the same figures on any machine.
 *
 * @param options - what to compare
 * @returns the comparison with verdicts, intervals and all samples
 * @throws UsageError, InputError before anything runs
 */
export async function compareStrategies(
  options: CompareOptions,
  hooks: CompareHooks = {},
): Promise<Comparison> {
  const matrix = planMatrix(options);
  const gates = (options.failIf ?? []).map((text) => parseGate(text, matrix.contenders));
  const environment = describeEnvironment(options.argv ?? []);
  const { cpu, cores, version } = environment;
  const definition = defineComparison(matrix, version, `${cpu}, ${cores} cores`);
  const planned = manifestOf(matrix, {
    startedAt: new Date().toISOString(),
    ...(options.command !== undefined && { command: options.command }),
    environment: withoutMoment(environment),
    definition,
  });
  const { out, resume = false, jobs } = options;
  const store = out === undefined ? undefined : ResultStore.open(out, planned, resume);
  const kept = await runMatrix<Sample>(matrix, {
    recall: (cell) => {
      const result = store?.read(cell);
      return result && sampleOf(result, matrix.contenders[cell.contender], cell.point);
    },
    keep: (cell, result) => {
      const contender = matrix.contenders[cell.contender];
      store?.write(cell, {
        ...resultJson(result, environment),
        comparison: { contender, point: matrix.points[cell.point] },
      });
      return sampleOf(result, contender, cell.point);
    },
    ...(jobs !== undefined && { jobs }),
    ...hooks,
  });
  const samples = kept.filter((sample) => sample !== undefined);
  return analyse(
    { ...headOf(store?.manifest ?? planned), definition, samples },
    { gates, ...(options.noise !== undefined && { noise: options.noise }) },
  );
}

function headOf({ startedAt, command, environment }: Manifest): Partial<Comparison> {
  return {
    startedAt,
    ...(command !== undefined && { command }),
    ...(environment !== undefined && { environment }),
  };
}

/** What is true of the machine, and not only of the moment. */
function withoutMoment(environment: object): Record<string, unknown> {
  const kept: Record<string, unknown> = { ...environment };
  delete kept['load1'];
  delete kept['argv'];
  return kept;
}
