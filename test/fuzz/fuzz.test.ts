/**
 * 10,000 spoiled inputs: each is taken, or refused with a typed error of one line that names the
 * place. `FUZZ_SEED` and `FUZZ_CASES` (a factor) choose others.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { CommanderError } from 'commander';
import t, { type Test } from 'tap';

import { readCompareConfig } from '../../src/cli/compare-config.js';
import { readConfigFile } from '../../src/cli/config-file.js';
import { buildProgram } from '../../src/cli/program.js';
import { runOptionsOf } from '../../src/cli/run-options.js';
import { BtShmError } from '../../src/errors.js';
import { analyse, readStudy } from '../../src/report/comparison/index.js';
import { planMatrix } from '../../src/swarm/compare/index.js';
import { completeConfig } from '../../src/swarm/config.js';
import { readInputDirectory } from '../../src/swarm/input/index.js';
import { SeededRandom } from '../../src/swarm/random.js';
import { compiled } from '../comm/compiled.js';
import { spoilJson, spoilText } from './mutate.js';

const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const FACTOR = Number(process.env['FUZZ_CASES'] ?? 1);
const CASES = { directories: 4000, configs: 2000, studies: 1000, results: 1500, lines: 1500 };

/** Resident memory that reading may add over all cases: none of them is large. */
const MEMORY_LIMIT = 400 * 2 ** 20;

const scratch = mkdtempSync(path.join(tmpdir(), 'bt-shm-fuzz-'));
t.teardown(() => rmSync(scratch, { recursive: true, force: true }));

interface Outcome {
  accepted: number;
  refused: number;
}

/**
 * Tries spoiled inputs.
 *
 * @param attempt - takes one, or throws; `place` is what an error has to name
 */
async function fuzz(
  t: Test,
  name: keyof typeof CASES,
  attempt: (random: SeededRandom) => Promise<void> | void,
  place: (message: string) => boolean,
): Promise<void> {
  const outcome: Outcome = { accepted: 0, refused: 0 };
  const defects: string[] = [];
  const before = process.memoryUsage().rss;
  for (let index = 0; index < CASES[name] * FACTOR; index++) {
    try {
      await attempt(new SeededRandom(SEED, `${name} ${index}`));
      outcome.accepted++;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const isTyped = error instanceof BtShmError || error instanceof CommanderError;
      const isOneLine = error instanceof CommanderError || !/[\n\r\0]/.test(message);
      if (isTyped && isOneLine && place(message)) outcome.refused++;
      else defects.push(`case ${index}: ${error instanceof Error ? error.stack : message}`);
    }
  }
  t.strictSame(defects.slice(0, 3), [], `${defects.length} defects`);
  const { accepted, refused } = outcome;
  t.ok(accepted > 0 && refused > 0, `${accepted} accepted, ${refused} refused`);
  const grown = process.memoryUsage().rss - before;
  t.ok(grown < MEMORY_LIMIT, `memory grew by ${Math.round(grown / 2 ** 20)} MiB`);
}

const hash = (text: string): string => createHash('md5').update(text).digest('hex');

function hashLines(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => hash(`${name} ${index}`));
}

const INPUTS: Readonly<Record<string, string>> = {
  'in1.txt': [
    '2',
    'a.bin 3',
    ...hashLines('a', 3),
    'b b.bin 2',
    ...hashLines('b', 2),
    '0',
    '',
  ].join('\n'),
  'in2.txt': ['1', 'b b.bin 2', ...hashLines('b', 2), '1', 'a.bin', ''].join('\n'),
  'in3.txt': ['0', '2', 'a.bin', 'b b.bin', ''].join('\n'),
};

/** Writes the inputs, one of them spoiled, or a spoiled directory. */
function writeInputs(directory: string, random: SeededRandom): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  const names = Object.keys(INPUTS);
  const spoiled = names[random.below(names.length)];
  for (const [name, text] of Object.entries(INPUTS)) {
    if (name !== spoiled) writeFileSync(path.join(directory, name), text);
  }
  const file = path.join(directory, spoiled);
  switch (random.below(12)) {
    case 0:
      mkdirSync(file);
      break;
    case 1:
      symlinkSync(random.below(2) === 0 ? '/etc/passwd' : 'in2.txt', file);
      break;
    case 2:
      writeFileSync(
        path.join(directory, ['in01.txt', 'in9.txt', 'in.txt'][random.below(3)]),
        '0\n0\n',
      );
      break;
    case 3:
      writeFileSync(file, Buffer.from(Array.from({ length: 200 }, () => random.below(256))));
      break;
    default:
      writeFileSync(file, spoilText(INPUTS[spoiled], random));
  }
}

t.test('input directories', async (t) => {
  const directory = path.join(scratch, 'in');
  await fuzz(
    t,
    'directories',
    (random) => {
      writeInputs(directory, random);
      readInputDirectory(directory);
    },
    (message) => message.startsWith(directory),
  );
});

t.test('spoiled directories that are taken write nothing outside of --out', async (t) => {
  const parent = path.join(scratch, 'run');
  mkdirSync(parent);
  const [input, out] = [path.join(parent, 'in'), path.join(parent, 'out')];
  let runs = 0;
  for (let index = 0; runs < 25; index++) {
    writeInputs(input, new SeededRandom(SEED, `directories ${index}`));
    let names: string[];
    try {
      names = readInputDirectory(input).files.map(({ name }) => name);
    } catch {
      continue;
    }
    runs++;
    await compiled.runSwarm({ input, out, threads: 1 });
    t.strictSame(
      readdirSync(parent).filter((name) => name !== 'in' && name !== 'out'),
      [],
    );
    const written = readdirSync(out, { recursive: true }).map(String);
    const isExpected = (file: string): boolean =>
      names.some((name) => /^client\d+_/.test(file) && file.endsWith(`_${name}`));
    t.strictSame(
      written.filter((file) => !isExpected(file)),
      [],
      `case ${index}`,
    );
    rmSync(out, { recursive: true, force: true });
  }
});

const CONFIG = {
  ...{
    clock: 'virtual',
    protocol: 'bep3',
    ranks: 8,
    segments: 20,
    segmentBytes: '16KiB',
    seeds: 1,
  },
  ...{ strategy: 'tit-for-tat', picker: 'rarest', up: '10Mbit', down: 1e6, latencyMs: '50ms' },
  ...{ classes: '50%:6000/3000kbit', mix: 'free-rider:10%', arrivals: 'poisson:2', seed: 7 },
  ...{ graph: 'regular:4', seeding: 'exp:10', patience: 'never', until: 100, superSeed: false },
};

/** A spoiled JSON file, by its text or by its values. */
function writeJson(file: string, value: unknown, random: SeededRandom): void {
  const isText = random.below(3) === 0;
  const text = JSON.stringify(isText ? value : spoilJson(value, random));
  writeFileSync(file, isText ? spoilText(text, random) : text);
}

t.test('configuration files', async (t) => {
  const file = path.join(scratch, 'config.json');
  await fuzz(
    t,
    'configs',
    (random) => {
      writeJson(file, CONFIG, random);
      const options = readConfigFile(file);
      // What contradicts itself is found after reading, by the name of the option.
      try {
        completeConfig(options);
      } catch (error) {
        if (!(error instanceof BtShmError)) throw error;
      }
    },
    (message) => message.startsWith(file),
  );
});

const STUDY = {
  strategies: ['random', { name: 'slow', strategy: 'random', options: { up: '9Mbit' } }],
  sweep: { refresh: [1, 10], ranks: [4, 8] },
  ...{ runs: 3, noise: 0.02, failIf: ['slow/random.lastCompletion > 1.2'], segments: 5 },
};

t.test('configurations of comparisons', async (t) => {
  const file = path.join(scratch, 'study.json');
  await fuzz(
    t,
    'studies',
    (random) => {
      writeJson(file, STUDY, random);
      const { contenders = [], options, ...others } = readCompareConfig(file);
      try {
        planMatrix({ ...others, contenders, ...(options !== undefined && { options }) });
      } catch (error) {
        if (!(error instanceof BtShmError)) throw error;
      }
    },
    (message) => message.startsWith(file),
  );
});

t.test('results', async (t) => {
  const virtual = await compiled.runSwarm({
    clock: 'virtual',
    ranks: 5,
    segments: 4,
    observe: true,
  });
  const real = await compiled.runSwarm({ ranks: 5, segments: 4, segmentBytes: 0, threads: 1 });
  const file = path.join(scratch, 'result.json');
  await fuzz(
    t,
    'results',
    (random) => {
      writeJson(file, random.below(2) === 0 ? virtual : real, random);
      analyse(readStudy([file]), { resamples: 10 });
    },
    (message) => message.startsWith(file),
  );
});

const LINES = [
  '--ranks 8 --segments 20 --strategy random --picker rarest --window 4 --refresh 3 --seed 5',
  '--clock virtual --protocol bep3 --mix free-rider:10% --classes 50%:6000/3000kbit --up 10Mbit',
  'run --content /etc/hostname --out /nowhere --segment-bytes 16KiB --hash sha256 --verify each',
  '--clock virtual --latency 50ms,100ms;100ms,50ms --jitter 5ms --graph zones:2 --until 10',
  '--fault crash:rank=1,at=0.5 --stall-timeout 5 --threads auto --transfer copy --load message',
  '--fault corrupt:rank=2,rate=0.5 --fault late:rank=3 --fault slow:rank=2,factor=3 --peer-timeout 4',
];

t.test('command lines', async (t) => {
  await fuzz(
    t,
    'lines',
    (random) => {
      const line = spoilText(LINES[random.below(LINES.length)], random).toString();
      const argv = line.split(' ').filter((word) => word !== '');
      const program = buildProgram(argv, () => undefined);
      // What there is to be done stays undone: what is read is in question.
      for (const command of program.commands) {
        command.action((...args: unknown[]) => {
          const values = args.find((value) => typeof value === 'object' && value !== null);
          completeConfig(runOptionsOf(values as Record<string, unknown>));
        });
        command
          .exitOverride()
          .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
      }
      program.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
      try {
        program.parse(argv, { from: 'user' });
      } catch (error) {
        if (error instanceof CommanderError && error.exitCode === 0) return;
        throw error;
      }
    },
    (message) => message.length > 0,
  );
});
