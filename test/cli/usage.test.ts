import * as path from 'node:path';
import t from 'tap';

import { execute } from '../../src/cli/execute.js';
import { command } from './command.js';

/** Executes a command line in this process, which takes no time to start. */
async function refusal(args: string): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const code = await execute(args.split(' '), (line) => lines.push(line));
  return { code, lines };
}

t.test('a usage error is one line on standard error, without a stack trace', async (t) => {
  for (const args of ['--rank 4', '--ranks 1', 'nowhere', '--config nowhere.json']) {
    const { code, stdout, stderr } = await command(args);
    t.equal(code, 2, args);
    t.equal(stdout, '', 'nothing on standard output');
    t.match(stderr, /^bt-shm: [^\n]+\n$/);
  }
});

t.test('what can not be run is refused with a message that says why', async (t) => {
  const directory = t.testdir({
    'unknown.json': '{"ranks": 4, "segmentz": 5}',
    'broken.json': '{"ranks": 4,',
    'array.json': '[]',
    'type.json': '{"ranks": "many"}',
    'range.json': '{"ranks": 1}',
    'fault.json': '{"faults": ["explode:rank=1"]}',
    'clock.json': '{"protocol": "bep3"}',
    'both.json': '{"input": "a", "content": "b"}',
    in: { 'in1.txt': '0\n0\n' },
  });
  const config = (name: string): string => `--config ${path.join(directory, name)}`;
  const refused: [args: string, message: RegExp][] = [
    ['--rank 4', /unknown option '--rank' \(Did you mean --ranks\?\)/],
    ['--segmentbytes 4', /unknown option '--segmentbytes' \(Did you mean --segment-bytes\?\)/],
    ['list --jsn', /unknown option '--jsn' \(Did you mean --json\?\)/],
    [
      'lst',
      /lst: expected a command \(run, compare, report, validate, bench, list\) or an input directory/,
    ],
    ['./nowhere/', /nowhere\/: expected an input directory/],
    ['in1 in2', /too many arguments/],
    ['--ranks', /option '--ranks <n>' argument missing/],
    ['--ranks many', /--ranks: expected a whole number, found "many"/],
    ['--ranks 1', /--ranks: expected a whole number from 2 to 1048576, found 1/],
    ['--ranks 4.5', /--ranks: expected a whole number, found "4.5"/],
    ['--ranks 4 --threads 5', /--threads: expected a whole number from 1 to 4, found 5/],
    ['--threads all', /--threads: expected a whole number or auto, found "all"/],
    ['--ranks 4 --seeds 4', /--seeds: expected a whole number from 1 to 3, found 4/],
    ['--segment-bytes 16KB2', /--segment-bytes: expected bytes such as .*, found "16KB2"/],
    ['--strategy fastest', /--strategy: expected one of least-loaded, .*, found fastest/],
    ['--picker best', /--picker: expected one of random, sequential, rarest, found best/],
    ['--strategy seed --window 4', /--window 4: the strategy seed is defined with --window 1/],
    ['--hash sha3', /--hash: expected one of sha1, sha256, md5, found "sha3"/],
    ['--load guess', /--load: expected one of shared, message, found "guess"/],
    ['--protocol bep3', /--protocol bep3: expected --clock virtual/],
    ['--up 1Mbit', /--up: only with --clock virtual/],
    ['--clock virtual --slots 3', /--slots: only with --protocol bep3/],
    ['--clock virtual --threads 2 --latency 0ms', /--threads 2: expected 1 with a latency of 0/],
    ['--stall-timeout 0', /--stall-timeout: expected seconds above 0 and up to \d+, found "0"/],
    ['--fault crash:5', /--fault: expected crash:rank=R,at=F, .*, found crash:5/],
    [
      '--ranks 4 --fault crash:rank=4,at=0',
      /--fault crash:rank=4,at=0: expected a rank from 0 to 3, found 4/,
    ],
    ['--content /', /\/: expected /],
    ['--content nowhere.iso', /nowhere\.iso: expected a file that can be read/],
    [`${directory}/in --content a`, /--content: expected no input directory beside it/],
    [`${directory}/in --segments 5`, /--segments: only for synthetic content/],
    ['--content a --seeds 2', /--seeds: only for synthetic content, found it beside --content/],
    [config('nowhere.json'), /nowhere\.json: expected a JSON file, found ENOENT/],
    [config('broken.json'), /broken\.json: expected JSON, found /],
    [config('array.json'), /array\.json: expected a JSON object, found an array/],
    [config('unknown.json'), /unknown\.json: unknown key "segmentz", expected one of ranks, .*out/],
    [config('type.json'), /type\.json: ranks: expected a whole number, found "many"/],
    [config('range.json'), /range\.json: --ranks: expected a whole number from 2 .*, found 1/],
    [config('fault.json'), /fault\.json: --fault: expected crash.*, found explode:rank=1/],
    [config('clock.json'), /clock\.json: --protocol bep3: expected --clock virtual/],
    [config('both.json'), /content: expected no input beside it, found a/],
  ];
  for (const [args, message] of refused) {
    const { code, lines } = await refusal(args);
    t.equal(code, 2, args);
    t.equal(lines.length, 1, 'one line');
    t.match(lines[0], message);
  }
});

t.test('a run that would not fit into memory is refused with the numbers', async (t) => {
  const { code, stdout, stderr } = await command('--ranks 4 --segments 1e8');
  t.equal(code, 2);
  t.equal(stdout, '');
  t.match(stderr, /^bt-shm: not enough memory for 4 ranks [^\n]*\n$/);
  const amounts = [...stderr.matchAll(/\(([\d,]+) bytes\)/g)].map((match) =>
    Number(match[1].replaceAll(',', '')),
  );
  t.equal(amounts.length, 2, 'what it needs and what there is');
  t.ok(amounts[0] > 1e8 * 16384, 'it needs more than the content');
  t.ok(amounts[1] < amounts[0], 'there is less');
});

t.test('flags override values of a configuration file that could not be used', async (t) => {
  const directory = t.testdir({ 'range.json': '{"ranks": 1, "segments": 5}' });
  const file = path.join(directory, 'range.json');
  const { code, stdout } = await command(`--ranks 4 --quiet --config ${file}`);
  t.equal(code, 0);
  t.match(stdout, /^10 segments delivered/);
});
