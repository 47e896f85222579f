/** The command line's grammar: commands, options, help. */
import { Command, Option } from 'commander';
import type { ExitCode } from '../errors.js';
import { packageVersion } from '../report/environment.js';
import { colourPaint, paintFor } from '../report/paint.js';
import { type BenchOptions, benchCommand } from './bench-command.js';
import { addCompare, addReport } from './compare-grammar.js';
import { DESCRIPTION, RUN_USAGE, helpAfterOptions } from './help.js';
import { listJson, listText } from './list-command.js';
import { print } from './output.js';
import { type RunArguments, runCommand } from './run-command.js';
import { GROUPS } from './option-spec.js';
import { commandLineOptions } from './run-options.js';
import { type ValidateOptions, collectNames, validateCommand } from './validate-command.js';

type BenchArguments = Partial<BenchOptions> & { readonly mpi?: boolean };

const HELP_COLUMNS = 80;

/**
 * Builds the command line.
 *
 * @param argv - the arguments, for the result of a run
 * @param onExitCode - called with a command's exit code when it has finished
 * @returns a program that throws a CommanderError in place of printing one and leaving
 */
export function buildProgram(
  argv: readonly string[],
  onExitCode: (code: ExitCode) => void,
): Command {
  const program = new Command('bt-shm');
  program
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({
      helpWidth: HELP_COLUMNS,
      styleTitle: (title) => colourPaint('strong', title),
      // The default command's options are the program's: its help shows them, too.
      visibleOptions: (command) =>
        command === program ? [...run.options, ...ownOptions(program)] : ownOptions(command),
      groupItems: groupVisible,
    })
    .description(DESCRIPTION)
    .usage(`${RUN_USAGE}\n       bt-shm compare | report | validate | bench | list`)
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', helpAfterOptions());
  const run = addRun(program, argv, onExitCode);
  addCompare(program, argv, onExitCode);
  addReport(program, onExitCode);
  addValidate(program, argv, onExitCode);
  addBench(program, onExitCode);
  addList(program, onExitCode);
  return program;
}

/** Groups in the order in which they appear in the help; commander would begin with its own. */
function groupVisible<Item extends Command | Option>(
  _all: Item[],
  visible: Item[],
  groupOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of visible) {
    const group = groupOf(item);
    groups.set(group, [...(groups.get(group) ?? []), item]);
  }
  return groups;
}

/** A command's options and `--help`, which commander keeps apart. */
function ownOptions(command: Command): Option[] {
  const help = new Option('-h, --help', 'print this help');
  const all = [...command.options, help];
  return all.map((option) =>
    option.helpGroupHeading === undefined ? option.helpGroup(GROUPS.output) : option,
  );
}

function addRun(
  program: Command,
  argv: readonly string[],
  onExitCode: (code: ExitCode) => void,
): Command {
  const run = program
    .command('run', { isDefault: true })
    .summary('run one swarm (the default command)')
    .description(DESCRIPTION)
    .usage(RUN_USAGE.replaceAll('[run]', 'run').replace(/^run /, ''))
    .argument('[dir]', 'input directory with in1.txt, in2.txt, ...')
    .addHelpText('after', helpAfterOptions());
  for (const option of commandLineOptions()) run.addOption(option);
  const output = (flags: string, help: string): Option =>
    new Option(flags, help).helpGroup(GROUPS.output);
  run
    .addOption(
      new Option('--config <file>', 'take options from a JSON file; flags override it').helpGroup(
        GROUPS.run,
      ),
    )
    .addOption(
      new Option(
        '--mpi',
        'run over MPI even where no launcher is seen to have started us',
      ).helpGroup(GROUPS.run),
    )
    .addOption(output('--json', 'print exactly one JSON object: the result'))
    .addOption(output('--quiet', 'no progress, and one line in place of the summary'))
    .action(async (directory: string | undefined, args: RunArguments) => {
      const commands = program.commands.map((command) => command.name());
      onExitCode(await runCommand(directory, args, commands, argv));
    });
  return run;
}

function addValidate(
  program: Command,
  argv: readonly string[],
  onExitCode: (code: ExitCode) => void,
): void {
  program
    .command('validate')
    .description('reproduce published results in virtual time: pass or fail')
    .option('--only <cases>', 'some cases, such as V1,V2; may be repeated', collectNames)
    .option('--json', 'print exactly one JSON object')
    .action(({ json = false, only = [] }: Partial<ValidateOptions>) => {
      onExitCode(validateCommand({ json, only }, argv));
    });
}

function addBench(program: Command, onExitCode: (code: ExitCode) => void): void {
  program
    .command('bench')
    .description('measure channels and swarms beside their peers')
    .option('--quick', 'shorter measurements, less certain figures')
    .option('--only <section>', 'channel, swarm, simulation, startup, memory, costs or mpi')
    .option('--mpi', 'measure two processes over MPI instead: --only mpi')
    .option('--json', 'print exactly one JSON object')
    .action(async ({ json = false, quick = false, mpi, ...rest }: BenchArguments) => {
      const only = mpi === true ? { only: 'mpi' } : {};
      onExitCode(await benchCommand({ json, quick, ...rest, ...only }));
    });
}

function addList(program: Command, onExitCode: (code: ExitCode) => void): void {
  program
    .command('list')
    .description('list strategies and pickers, one line each')
    .option('--json', 'print exactly one JSON object')
    .action(({ json }: { json?: boolean }) => {
      print(json === true ? listJson() : listText(paintFor(process.stdout)));
      onExitCode(0);
    });
}
