import { CommanderError } from 'commander';
import { findLauncher } from '../comm/mpi/launcher.js';
import { EXIT_CODES, type ExitCode, exitCodeOf } from '../errors.js';
import { explainMemoryLimit } from './memory-limit.js';
import { complain } from './output.js';
import { buildProgram } from './program.js';

/**
 * Executes a command line.
 *
 * @param argv - the arguments, without the interpreter and the script
 * @param say - takes one line that says what went wrong; by default standard error does
 * @returns the exit code; nothing is thrown
 */
export async function execute(
  argv: readonly string[],
  say: (message: string) => void = complainForAll,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.done;
  const program = buildProgram(argv, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, say);
  }
}

/** Of the processes of an MPI job, which all find the same wrong, the first one says so. */
function complainForAll(message: string): void {
  if ((findLauncher(process.env)?.process ?? 0) === 0) complain(message);
}

/** Says what went wrong: one line for what the user can mend, everything for a defect. */
function explain(error: unknown, say: (message: string) => void): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_CODES.done;
    say(`${usageMessage(error)}; see bt-shm --help`);
    return EXIT_CODES.usage;
  }
  const exitCode = exitCodeOf(error);
  if (exitCode === EXIT_CODES.internal) {
    say('internal error, which is a defect in bt-shm:');
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return exitCode;
  }
  say(explainMemoryLimit(error) ?? (error as Error).message);
  return exitCode;
}

/** Commander's message as one clause: it puts a suggestion on a line of its own. */
function usageMessage({ message }: CommanderError): string {
  return message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
}
