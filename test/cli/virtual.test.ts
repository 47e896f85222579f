/** `--clock virtual` on the command line. */
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import { readConfigFile } from '../../src/cli/config-file.js';
import { execute } from '../../src/cli/execute.js';
import type { RunOptions } from '../../src/swarm/config.js';
import { SMALL, SMALL_BEP3, run, withoutMachine } from '../swarm/virtual/runs.js';
import { type JsonResult, MAIN, runJson, startNode } from './command.js';

const FLAGS =
  '--clock virtual --ranks 8 --segments 12 --latency 100ms --up 1Mbit --down 4Mbit --threads 1';

t.test('a value that can not be used is one line that names its option', async (t) => {
  const bep3 = '--clock virtual --protocol bep3';
  const refused: [args: string, message: RegExp][] = [
    ['--clock lunar', /^--clock: expected one of real, virtual, found "lunar"$/],
    ['--protocol http', /^--protocol: expected one of ack, bep3, found "http"$/],
    ['--clock virtual --up fast', /^--up: expected a rate such as .*, found "fast"$/],
    ['--clock virtual --seed-down 5', /^--seed-down: expected a rate such as .*, found "5"$/],
    ['--clock virtual --latency 5,6', /^--latency: expected .* square matrix .*, found "5,6"$/],
    ['--clock virtual --jitter lots', /^--jitter: expected a time such as .*, found "lots"$/],
    ['--clock virtual --until never', /^--until: expected a time such as .*, found "never"$/],
    ['--clock virtual --block-bytes 0', /^--block-bytes: expected a whole number from 1/],
    ['--clock virtual --classes 5', /^--classes: expected classes such as .*, found "5"$/],
    ['--clock virtual --classes 60%:1/1kbit,60%:1/1kbit', /^--classes: .*at most 100 %.*120 %$/],
    [`${bep3} --mix nobody:5%`, /^--mix: expected names among tit-for-tat, .*, found nobody$/],
    [`${bep3} --mix free-rider`, /^--mix: expected parts such as .*, found "free-rider"$/],
    [`${bep3} --graph ring`, /^--graph: expected tracker, full, .*, found "ring"$/],
    [`${bep3} --ranks 6 --graph regular:3`, /^--graph regular:3: expected a degree below 5/],
    [`${bep3} --arrivals often`, /^--arrivals: expected at-once, .*, found "often"$/],
    [`${bep3} --arrivals trace:nowhere`, /^nowhere: expected a trace that can be read/],
    [`${bep3} --seeding exp:x`, /^--seeding: expected a time such as .*, found "x"$/],
    [`${bep3} --patience soon`, /^--patience: expected a time such as .*, found "soon"$/],
    [`${bep3} --seed-choking best`, /^--seed-choking: expected one of fastest-upload, .*"best"$/],
    [`${bep3} --endgame maybe`, /^--endgame: expected one of on, off, found "maybe"$/],
    [`${bep3} --neighbours 500`, /^--neighbours: expected a whole number from 1 to 127/],
    ['--clock virtual --up unlimited --fault slow:rank=1,factor=2', /^--fault slow:.*links/],
    ['--clock virtual --transfer copy', /^--transfer: only with --clock real/],
    ['--clock virtual --super-seed', /^--super-seed: only with --protocol bep3/],
    ['--clock virtual --segment-bytes 0', /^--segment-bytes: expected a whole number from 1/],
  ];
  for (const [args, message] of refused) {
    const lines: string[] = [];
    const code = await execute(args.split(' '), (line) => lines.push(line));
    t.equal(code, 2, args);
    t.equal(lines.length, 1, 'one line');
    t.match(lines[0], message);
  }
});

t.test('a configuration file is refused with its name and the key', async (t) => {
  const refused: [json: string, message: RegExp][] = [
    ['{"up": "fast"}', /up: expected a rate such as/],
    ['{"up": -1}', /up: expected a rate such as/],
    ['{"latencyMs": [[1, 2]]}', /latencyMs: expected/],
    ['{"latencyMs": [[-1]]}', /latencyMs: expected/],
    ['{"mix": [{"name": "leaver"}]}', /mix: expected objects with name, share/],
    ['{"mix": [{"name": "leaver", "share": "half"}]}', /mix: expected/],
    ['{"mix": [{"name": "leaver", "share": -1}]}', /mix: expected/],
    ['{"classes": [{"share": 0.5, "up": "x", "down": 5}]}', /classes: expected/],
    ['{"classes": [{"share": 2, "up": 5, "down": 5}]}', /classes: expected/],
    ['{"endgame": 1}', /endgame: expected one of on, off/],
    ['{"superSeed": "yes"}', /superSeed: expected true or false/],
    ['{"arrivals": 5}', /arrivals: expected at-once/],
    ['{"slots": 0}', /--slots: expected a whole number from 1/],
  ];
  for (const [json, message] of refused) {
    const file = path.join(t.testdir({ 'c.json': '' }), 'c.json');
    const known = JSON.parse(json) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ clock: 'virtual', protocol: 'bep3', ...known }));
    const lines: string[] = [];
    t.equal(await execute(['--config', file], (line) => lines.push(line)), 2, json);
    t.equal(lines.length, 1, 'one line');
    t.ok(lines[0]?.startsWith(`${file}: `), 'which names the file');
    t.match(lines[0], message);
  }
});

t.test('the configuration of a result gives the same result again', async (t) => {
  const runs: RunOptions[] = [
    SMALL,
    { ...SMALL, strategy: 'seed' },
    SMALL_BEP3,
    { ...SMALL_BEP3, mix: [{ name: 'leaver', share: 0.4 }], arrivals: 'poisson:1', seeding: '9' },
    { ...SMALL_BEP3, classes: [{ share: 0.4, up: 1e5, down: 0 }], seedUp: 0, jitterMs: 5 },
    { ...SMALL_BEP3, graph: 'regular:4', endgame: false, superSeed: true, until: 4 },
  ];
  const file = path.join(t.testdir({}), 'config.json');
  for (const options of runs) {
    const first = await run(options);
    writeFileSync(file, JSON.stringify(first.config));
    const again = await run(readConfigFile(file));
    t.strictSame(again.config, first.config);
    t.strictSame(withoutMachine(again), withoutMachine(first));
  }
  const { result } = await runJson(`--config ${file} --until 3 --seed 99`);
  t.match(result, { outcome: 'done', config: { seed: 99, until: 3, graph: 'regular:4' } });
});

t.test('text in a configuration file means what it does on the command line', async (t) => {
  const file = path.join(t.testdir({}), 'config.json');
  const config = {
    clock: 'virtual',
    protocol: 'bep3',
    ranks: 8,
    segments: 12,
    threads: 1,
    up: '1Mbit',
    down: '4Mbit',
    latencyMs: '100ms',
    mix: 'free-rider:30%',
    endgame: 'off',
    superSeed: true,
  };
  writeFileSync(file, JSON.stringify(config));
  const fromFile = await runJson(`--config ${file}`);
  const typed = await runJson(
    `${FLAGS} --protocol bep3 --mix free-rider:30% --endgame off --super-seed`,
  );
  t.equal(fromFile.result.digest, typed.result.digest);
});

t.test('a run that can not go on exits with 6 and lists what is missing', async (t) => {
  const { code, result } = await runJson(`${FLAGS} --protocol bep3 --neighbours 1`);
  t.equal(code, 6);
  t.match(result, { complete: false, outcome: 'stalled' });
  t.ok(result.missing.length > 0);
});

t.test('an interrupted run prints its partial result', async (t) => {
  for (const threads of [1, 2]) {
    // Neighbours that never ask for anything: nothing but the interrupt ends this soon.
    const args =
      '--clock virtual --protocol bep3 --ranks 60 --segments 20 --mix idle:50% --until 1000000000';
    const words = [...args.split(' '), '--threads', `${threads}`, '--json'];
    // The process interrupts itself once it takes signals over.
    const script = `
      const { execute } = require(${JSON.stringify(path.join(path.dirname(MAIN), 'execute.js'))});
      process.on('newListener', (name) => {
        if (name === 'SIGINT') setTimeout(() => process.kill(process.pid, 'SIGINT'), 500);
      });
      execute(${JSON.stringify(words)}).then((code) => (process.exitCode = code));`;
    const running = startNode(['-e', script]);
    const { code, stdout } = await running.ended;
    t.equal(code, 130, `${threads} threads`);
    const result = JSON.parse(stdout) as JsonResult;
    t.match(result, { complete: false, outcome: 'interrupted', config: { clock: 'virtual' } });
    t.ok((result.timing.virtualSeconds ?? -1) >= 0);
  }
});
