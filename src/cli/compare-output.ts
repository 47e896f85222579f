/** What `compare` and `report` have in common: where a comparison goes, and the exit code. */
import * as path from 'node:path';
import { EXIT_CODES, type ExitCode, UsageError } from '../errors.js';
import {
  type Comparison,
  METRICS,
  comparisonCsv,
  comparisonHtml,
  comparisonJson,
  comparisonMarkdown,
  comparisonText,
  worstOutcome,
} from '../report/comparison/index.js';
import { paintFor } from '../report/paint.js';
import {
  createOutputToken,
  prepareOutputDirectory,
  writeAtomically,
} from '../swarm/input/index.js';
import { complain, print } from './output.js';
import { EXIT_CODE_OF_OUTCOME } from './run-command.js';

/** The options of both commands. */
export interface ReportArguments extends Readonly<Record<string, unknown>> {
  readonly noise?: number;
  readonly metric?: string;
  readonly failIf?: readonly string[];
  readonly exportJson?: string;
  readonly exportCsv?: string;
  readonly exportMarkdown?: string;
  readonly exportHtml?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The exports there are, by the option that asks for them. */
const EXPORTS = [
  ['exportJson', '--export-json', comparisonJson],
  ['exportCsv', '--export-csv', comparisonCsv],
  ['exportMarkdown', '--export-markdown', comparisonMarkdown],
  ['exportHtml', '--export-html', comparisonHtml],
] as const satisfies readonly (readonly [
  keyof ReportArguments,
  string,
  (comparison: Comparison, metric?: string) => string | Promise<string>,
])[];

/** The options that ask for them, as they are typed. */
export const EXPORT_FLAGS: readonly string[] = EXPORTS.map(([, flag]) => flag);

/**
 * Makes sure that the exports can be written, before anything runs for hours.
 *
 * @throws UsageError, InputError - where they can't
 */
export function prepareOutputs(args: ReportArguments): void {
  const { metric } = args;
  if (metric !== undefined && !METRICS.some(({ key }) => key === metric)) {
    const known = METRICS.map(({ key }) => key).join(', ');
    throw new UsageError(`--metric: expected one of ${known}, found ${metric}`);
  }
  const files = EXPORTS.flatMap(([option]) => args[option] ?? []).map((file) => path.resolve(file));
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) {
    throw new UsageError(`--export: expected different files, found ${twice} twice`);
  }
  for (const file of files) prepareOutputDirectory(path.dirname(file));
}

/**
 * Writes and prints a comparison.
 *
 * @returns the exit code, by what the runs and the thresholds say
 * @throws InputError - where an export can't be written
 */
export async function putOut(comparison: Comparison, args: ReportArguments): Promise<ExitCode> {
  const { metric, json, quiet = false } = args;
  for (const [option, , render] of EXPORTS) {
    const file = args[option];
    if (file === undefined) continue;
    writeAtomically(file, [Buffer.from(await render(comparison, metric))], createOutputToken());
  }
  if (json === true) {
    print(comparisonJson(comparison));
  } else {
    const paint = paintFor(process.stdout);
    print(comparisonText(comparison, { paint, quiet, ...(metric !== undefined && { metric }) }));
  }
  const failed = comparison.gates.filter((gate) => gate.failed);
  for (const { text, numbers } of failed) complain(`--fail-if ${text}: ${numbers}`);
  const worst = worstOutcome(comparison);
  if (worst !== undefined) return EXIT_CODE_OF_OUTCOME[worst];
  return failed.length > 0 ? EXIT_CODES.threshold : EXIT_CODES.done;
}
