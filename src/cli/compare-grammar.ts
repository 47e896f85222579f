/** The command line's grammar of `compare` and `report`. */
import { type Command, Option } from 'commander';
import type { ExitCode } from '../errors.js';
import { DEFAULT_NOISE, METRICS } from '../report/comparison/index.js';
import { type Axis, DEFAULT_RUNS } from '../swarm/compare/index.js';
import { type CompareArguments, compareCommand } from './compare-command.js';
import { readNoise } from './compare-config.js';
import type { ReportArguments } from './compare-output.js';
import { parseAxis, parseContenders } from './compare-values.js';
import { GROUPS } from './option-spec.js';
import { reportCommand } from './report-command.js';
import { commandLineOptions, readOptionText } from './run-options.js';
import { readWhole } from './values.js';

const METRIC_NAMES = METRICS.map(({ key }) => `  ${key.padEnd(20)}`)
  .reduce<string[]>((lines, name, index) => {
    if (index % 3 === 0) lines.push('');
    lines[lines.length - 1] += name;
    return lines;
  }, [])
  .map((line) => line.trimEnd())
  .join('\n');

const HELP_OF_CONDITIONS = `
Metrics:
${METRIC_NAMES}

Conditions of --fail-if:
  NAME[/NAME].METRIC[.low|.high] OPERATOR NUMBER, OPERATOR one of > >= < <=
  a/b.lastCompletion > 1.05       a takes over 5 % longer than b (paired ratio)
  a/b.lastCompletion.low > 1.05   and all of the 95 % interval says so
  a.uploadJain < 0.9              the mean of a is below 0.9`;

const HELP_OF_COMPARE = `
Examples:
  bt-shm compare --strategies seed,least-loaded,random --runs 20
  bt-shm compare --strategies slow=random:up=9Mbit,random --export-markdown r.md
  bt-shm compare --strategies random,round-robin --sweep refresh=1,10,100
  bt-shm compare --config study.json --out results    then again with --resume

Configuration files:
  {"strategies": ["random", {"name": "slow", "strategy": "random",
   "options": {"up": "9Mbit"}}], "sweep": {"refresh": [1, 10]}, "runs": 20,
   "ranks": 64, "failIf": ["slow/random.lastCompletion > 1.2"]}
${HELP_OF_CONDITIONS}`;

function option(group: keyof typeof GROUPS, flags: string, help: string): Option {
  return new Option(flags, help).helpGroup(GROUPS[group]);
}

/** What both commands take, besides where the report goes. */
function judgingOptions(): Option[] {
  return [
    option(
      'comparison',
      '--noise <n>',
      `differences below this are none (default: ${DEFAULT_NOISE})`,
    ).argParser((text) => readNoise('--noise', text)),
    option(
      'comparison',
      '--fail-if <condition>',
      'exit with 4 where it holds; repeatable',
    ).argParser((text, previous?: readonly string[]) => [...(previous ?? []), text]),
  ];
}

/** Where the report goes. */
function outputOptions(): Option[] {
  return [
    option('output', '--metric <key>', `metric of the verdicts (default: ${METRICS[0].key})`),
    option('output', '--export-json <file>', 'everything, with each sample'),
    option('output', '--export-csv <file>', 'every run, one a line'),
    option('output', '--export-markdown <file>', 'verdicts, figures, how to repeat it'),
    option('output', '--export-html <file>', 'the same with charts, in one file'),
    option('output', '--json', 'print exactly one JSON object: the comparison'),
    option('output', '--quiet', 'no progress, and the verdicts alone'),
  ];
}

/** Adds `bt-shm compare`. */
export function addCompare(
  program: Command,
  argv: readonly string[],
  onExitCode: (code: ExitCode) => void,
): void {
  const compare = program
    .command('compare')
    .description('compare strategies, each pair judged by runs with the same seeds')
    .usage('--strategies a,b,... [options]')
    .addHelpText('after', HELP_OF_COMPARE);
  const own = [
    option('comparison', '--strategies <list>', 'a,b or NAME=a:OPTION=VALUE,...').argParser(
      parseContenders,
    ),
    option(
      'comparison',
      '--runs <n>',
      `runs of each, one a seed (default: ${DEFAULT_RUNS})`,
    ).argParser((text) => readWhole('--runs', text)),
    option(
      'comparison',
      '--sweep <axis>',
      'OPTION=VALUE,VALUE,...; repeatable, several multiply',
    ).argParser((text, previous?: readonly Axis[]) => [...(previous ?? []), parseAxis(text)]),
    option('comparison', '--config <file>', 'take options from a JSON file; flags override it'),
    option('comparison', '--out <dir>', 'keep each result as it comes'),
    option('comparison', '--resume', 'go on with what --out holds'),
    option(
      'comparison',
      '--jobs <n>',
      'runs at once (default: as the cores have room; real clock: 1)',
    ).argParser((text) => readWhole('--jobs', text)),
    option(
      'comparison',
      '--spread <what>',
      'over MPI: the ranks of each run (default), or whole runs',
    ).choices(['ranks', 'runs']),
    option('comparison', '--mpi', 'go over MPI even where no launcher is seen'),
    option('swarm', '--clock <name>', 'virtual or real (default: virtual)').argParser((text) =>
      readOptionText('clock', '--clock', text),
    ),
  ];
  const runOptions = commandLineOptions([
    ...(['clock', 'strategy', 'out', 'input', 'trace', 'traceLimit', 'observe'] as const),
  ]);
  const all = [...own, ...judgingOptions(), ...runOptions, ...outputOptions()];
  for (const each of all) compare.addOption(each);
  compare.action(async (args: CompareArguments) => {
    onExitCode(await compareCommand(args, argv));
  });
}

/** Adds `bt-shm report`. */
export function addReport(program: Command, onExitCode: (code: ExitCode) => void): void {
  const report = program
    .command('report')
    .description('report on stored results')
    .argument('<path...>', 'a directory of compare --out, or results of runs')
    .addHelpText('after', HELP_OF_CONDITIONS);
  for (const each of [...judgingOptions(), ...outputOptions()]) report.addOption(each);
  report.action(async (paths: string[], args: ReportArguments) => {
    onExitCode(await reportCommand(paths, args));
  });
}
