import t from 'tap';

import { EXIT_CODES } from '../../src/errors.js';
import { collectNames, validateCommand } from '../../src/cli/validate-command.js';
import { AT_LEAST, check } from '../../src/swarm/virtual/validate/check.js';
import type { CaseResult, ValidationCase } from '../../src/swarm/virtual/validate/index.js';
import { command } from './command.js';

interface Printed {
  readonly passed: boolean;
  readonly cases: readonly CaseResult[];
}

/** A case whose only figure is `got`, at least 1. */
function made(id: string, got: number): ValidationCase {
  const run = (): ReturnType<ValidationCase['run']> => ({
    checks: [check('figure', 'ratio', 1, got, AT_LEAST)],
    notes: [],
  });
  return { id, title: 'made up', source: 'here', run };
}

t.test('published results are reproduced, and printed as one JSON object', async (t) => {
  const { code, stdout, stderr } = await command('validate --only V1,V8 --only V11 --json');
  t.equal(code, EXIT_CODES.done);
  t.equal(stderr, '', 'no progress where there is no terminal');
  const { passed, cases } = JSON.parse(stdout) as Printed;
  t.equal(passed, true);
  t.strictSame(
    cases.map(({ id }) => id),
    ['V1', 'V8', 'V11'],
  );
  const rounds = cases[0].checks.filter(({ unit }) => unit === 'rounds');
  t.strictSame(
    rounds.map(({ got }) => got),
    [4, 13, 103, 403, 6, 15, 105, 405, 10, 19, 109, 409],
  );
});

t.test('a table is printed unless JSON is asked for', async (t) => {
  const { code, stdout } = await command('validate --only v11');
  t.equal(code, EXIT_CODES.done);
  t.match(stdout, /expected +got +tolerance +verdict\nV11 .*\n.*source: BEP 40/);
  t.match(stdout, /ec2d7224 +ec2d7224 +exact +pass/);
});

t.test('one case that fails makes the exit code 4', (t) => {
  const cases = [made('V1', 1.5), made('V2', 0.5)];
  const options = { json: true, only: [] };
  const output = t.capture(process.stdout, 'write');
  const codes = [
    validateCommand(options, [], cases),
    validateCommand({ ...options, only: ['V1'] }, [], cases),
  ];
  output.restore();
  t.strictSame(codes, [EXIT_CODES.threshold, EXIT_CODES.done]);
  const [both, first] = output.args().map(([text]) => JSON.parse(String(text)) as Printed);
  t.match(both, { passed: false, cases: [{ passed: true }, { passed: false }] });
  t.match(first, { passed: true, cases: [{ id: 'V1' }] });
  t.end();
});

t.test('a case that there is not is a usage error', async (t) => {
  const { code, stdout, stderr } = await command('validate --only V3');
  t.equal(code, EXIT_CODES.usage);
  t.equal(stdout, '');
  t.match(stderr, /^bt-shm: --only: expected one of V1, V2, V5, V7, V8, V11, found V3\n$/);
});

t.test('names come one by one or as a list', (t) => {
  t.strictSame(collectNames('V5', collectNames('V1, V2')), ['V1', 'V2', 'V5']);
  t.end();
});
