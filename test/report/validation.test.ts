import t from 'tap';

import { plainPaint } from '../../src/report/paint.js';
import { renderValidation } from '../../src/report/validation.js';
import { EXACT, check, within } from '../../src/swarm/virtual/validate/check.js';
import type { CaseResult } from '../../src/swarm/virtual/validate/index.js';

const ABOUT = { id: 'V1', title: 'makespan', source: 'Somebody, 2006', seconds: 1.5, notes: [] };

function made(changes: Partial<CaseResult>): CaseResult {
  return { ...ABOUT, passed: true, checks: [], ...changes };
}

t.test('each figure stands on a line with what was expected, got and allowed', (t) => {
  const checks = [
    check('N = 15', 'rounds', 403, 403, EXACT),
    check('pair', 'checksum', 0xec2d7224, 0x00568189, EXACT),
    check('time', 's', 45_455, 45_454.5, within(0.001)),
  ];
  const cases = [made({ checks, passed: false, notes: ['a note'] })];
  const lines = renderValidation({ passed: false, cases }, plainPaint).split('\n');
  t.strictSame(lines, [
    '            expected         got  tolerance  verdict',
    'V1  makespan',
    '  source: Somebody, 2006',
    '  a note',
    '  N = 15  403 rounds  403 rounds  exact      pass',
    '  pair      ec2d7224    00568189  exact      FAIL',
    '  time      45,455 s    45,455 s  +-0.1 %    pass',
    '',
    '1 of 1 case failed (V1), 3 figures in 1.50 s',
    '',
  ]);
  t.end();
});

t.test('a figure that was not got, and a case that was not run to its end, say so', (t) => {
  const text = renderValidation(
    {
      passed: false,
      cases: [
        made({ checks: [check('time', 's', 1, NaN, EXACT)], passed: false }),
        made({ id: 'V2', passed: false, error: 'a run beat its lower bound' }),
      ],
    },
    plainPaint,
  );
  t.match(text, /time +1 s +nothing +exact +FAIL/);
  t.match(text, /failed: a run beat its lower bound/);
  t.match(text, /2 of 2 cases failed \(V1, V2\)/);
  t.end();
});

t.test('no line is wider than a terminal', (t) => {
  const source =
    'A, B, C, D, Some long title of a paper that goes on and on, in some journal, 1999';
  const text = renderValidation({ passed: true, cases: [made({ source })] }, plainPaint);
  for (const line of text.split('\n')) t.ok(line.length <= 80, line);
  t.match(text, /1 case passed, 0 figures/);
  t.end();
});
