import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import { execute } from '../../src/cli/execute.js';
import { command } from './command.js';

const SMALL = '--ranks 8 --segments 30';

t.test('a report from stored results is the one that the comparison wrote', async (t) => {
  const directory = t.testdir();
  const file = (name: string): string => path.join(directory, name);
  const compared = await command(
    `compare --strategies random,least-loaded --runs 4 ${SMALL}`,
    ...['--out', file('out'), '--export-json', file('a.json'), '--export-markdown', file('a.md')],
  );
  const reported = await command(
    `report ${file('out')} --export-json ${file('b.json')} --export-markdown ${file('b.md')}`,
  );
  t.equal(reported.code, 0);
  t.equal(reported.stdout, compared.stdout);
  for (const kind of ['json', 'md']) {
    t.equal(readFileSync(file(`b.${kind}`), 'utf8'), readFileSync(file(`a.${kind}`), 'utf8'));
  }
  const failed = await command(
    `report ${file('out')} --quiet`,
    ...['--fail-if', 'random.lastCompletion > 0'],
  );
  t.equal(failed.code, 4);
  t.match(failed.stderr, /--fail-if random\.lastCompletion > 0: \d/);
  const results = readdirSync(file('out')).filter((name) => /seed=[123]\./.test(name));
  const some = await command('report --json', ...results.map((name) => file(`out/${name}`)));
  t.match(JSON.parse(some.stdout), {
    seeds: [1, 2, 3],
    contenders: [{ name: 'least-loaded' }, { name: 'random' }],
    runsMissing: 0,
  });
});

t.test('results of single runs are told apart by what differs', async (t) => {
  const directory = t.testdir();
  for (const [index, args] of [
    '--strategy random --seed 1',
    '--strategy random --seed 2',
    '--strategy random --seed 1 --refresh 2',
    '--strategy random --seed 2 --refresh 2',
    '--strategy round-robin --seed 1',
  ].entries()) {
    const { stdout } = await command(`--clock virtual ${SMALL} --json ${args}`);
    writeFileSync(path.join(directory, `${index}.json`), stdout);
  }
  const { code, stdout } = await command(`report ${directory}`);
  t.equal(code, 0);
  t.match(stdout, /^3 strategies, 2 runs each \(seeds 1 to 2\), virtual time\n/);
  t.match(stdout, 'Not whole: 5 of 6 runs have a result.');
  for (const name of ['random:refresh=10', 'random:refresh=2', 'round-robin']) {
    t.match(stdout, new RegExp(`^ {2}${name} +\\d`, 'm'));
  }
  const twice = await command(`report ${directory}/0.json ${directory}/0.json`);
  t.equal(twice.code, 2);
  t.match(twice.stderr, /0\.json: expected another run than .*0\.json, found the same one/);
});

t.test('what is no stored result is refused by name', async (t) => {
  const directory = t.testdir({
    empty: {},
    'newer.json': '{"schemaVersion": 7}',
    'broken.json': '{"schemaVersion": 1',
  });
  for (const [name, message] of [
    ['newer.json', /newer\.json: expected schemaVersion up to 1, found 7, of a newer bt-shm/],
    ['broken.json', /broken\.json: expected a JSON object/],
    ['empty', /empty: expected results \(\*\.json\), found none/],
    ['nowhere', /nowhere: expected a result or a directory of them, found nothing/],
  ] as const) {
    const lines: string[] = [];
    const code = await execute(['report', path.join(directory, name)], (line) => lines.push(line));
    t.equal(code, 2, name);
    t.equal(lines.length, 1);
    t.match(lines[0], message);
  }
});
