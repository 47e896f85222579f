/** `bt-shm validate`: published results, reproduced: pass or fail. */
import { EXIT_CODES, type ExitCode } from '../errors.js';
import { describeEnvironment } from '../report/environment.js';
import { paintFor } from '../report/paint.js';
import { renderValidation } from '../report/validation.js';
import {
  type CaseResult,
  type Validation,
  type ValidationCase,
  casesNamed,
  runCase,
} from '../swarm/virtual/validate/index.js';
import { print } from './output.js';

const SCHEMA_VERSION = 1;

/** Moves the cursor to the first column and clears the line. */
const CLEAR_LINE = '\r\x1b[K';

/** What the command line may say. */
export interface ValidateOptions {
  /** Print one JSON object in place of the table. */
  readonly json: boolean;
  /** Names of the cases to run; none: all. */
  readonly only: readonly string[];
}

/** Reads `V1,V2`; may be given several times. */
export function collectNames(text: string, previous: readonly string[] = []): string[] {
  return [...previous, ...text.split(',').map((name) => name.trim())];
}

/**
 * Runs the cases and prints what became of them.
 *
 * @param argv - the whole command line, for the result
 * @returns the exit code
 * @throws UsageError where a case is named that there is not
 */
export function validateCommand(options: ValidateOptions, argv: readonly string[]): ExitCode {
  const chosen = casesNamed(options.only);
  const environment = describeEnvironment(argv);
  const cases = chosen.map((each, index) => runShown(each, index, chosen.length));
  if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
  const validation: Validation = { passed: cases.every(({ passed }) => passed), cases };
  const { passed } = validation;
  if (options.json) {
    print(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, passed, environment, cases })}\n`);
  } else {
    print(renderValidation(validation, paintFor(process.stdout)));
  }
  return passed ? EXIT_CODES.done : EXIT_CODES.threshold;
}

/** The cases run on this thread: the line is written before each of them. */
function runShown(chosen: ValidationCase, index: number, count: number): CaseResult {
  if (process.stderr.isTTY) {
    process.stderr.write(`${CLEAR_LINE}${index + 1}/${count} ${chosen.id}: ${chosen.title}`);
  }
  return runCase(chosen);
}
