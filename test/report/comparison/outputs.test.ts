import t from 'tap';

import { analyse } from '../../../src/report/comparison/analyse.js';
import { comparisonCsv } from '../../../src/report/comparison/csv.js';
import { parseGate } from '../../../src/report/comparison/gate.js';
import { comparisonJson } from '../../../src/report/comparison/json.js';
import { comparisonMarkdown } from '../../../src/report/comparison/markdown.js';
import { comparisonText } from '../../../src/report/comparison/terminal.js';
import { colourPaint, plainPaint } from '../../../src/report/paint.js';
import { checkSchema } from '../../schemas.js';
import { noise, studyOf } from './studies.js';

const study = studyOf(
  {
    'a|b': (seed, point) => ({
      lastCompletion: 100 + point + noise(seed),
      trackerRequests: 7,
      nackShare: 0,
    }),
    'slow, "x"': (seed) => (seed === 2 ? undefined : { lastCompletion: 200 + noise(seed, 1) }),
    'a-name-that-is-far-too-long-for-any-column-of-a-table': (seed) => ({
      lastCompletion: seed === 5 ? 900 : 150 + noise(seed, 2),
    }),
  },
  20,
  [
    { refresh: 1, arrivals: 'poisson:1' },
    { refresh: 100, arrivals: 'poisson:1' },
  ],
);
const gates = ['a|b.lastCompletion > 90', 'a|b.lastCompletion > 190'].map((text) =>
  parseGate(text, study.definition.contenders),
);
const comparison = analyse(
  { ...study, command: 'bt-shm compare', startedAt: '2026-01-01T00:00:00.000Z' },
  { gates },
);

t.test('the terminal shows figures, verdicts, outliers and thresholds in 80 columns', (t) => {
  const text = comparisonText(comparison, { paint: plainPaint });
  const lines = text.split('\n');
  t.strictSame(
    lines.filter((line) => line.length > 80 || line !== line.trimEnd()),
    [],
  );
  t.match(text, /^3 strategies at 2 points, 20 runs each \(seeds 1 to 20\), virtual time\n/);
  t.match(text, '2 runs did not deliver everything and stand in no figure: slow');
  t.match(text, '\nrefresh=100, arrivals=poisson:1\n');
  t.match(text, /last completion, s +mean +95 % interval +median +runs/);
  t.match(text, /a\|b is \d\.\d\dx \(.* to .*\) faster than slow, "x" in last/);
  t.match(text.replace(/\s+/g, ' '), /Outliers in last completion, s, kept: .*, seed 5: 900/);
  t.match(text, /--fail-if a\|b\.lastCompletion > 90: failed, 10\d \(/);
  t.match(text, /--fail-if a\|b\.lastCompletion > 190: kept, 10\d \(/);
  // eslint-disable-next-line no-control-regex -- there must be none
  t.notMatch(text, /\x1b/);
  t.end();
});

t.test('colours add nothing but colours', (t) => {
  const painted = comparisonText(comparison, { paint: colourPaint });
  // eslint-disable-next-line no-control-regex -- what colours are made of
  const plain = painted.replace(/\x1b\[\d+m/g, '');
  t.notSame(painted, plain);
  t.equal(plain, comparisonText(comparison, { paint: plainPaint }));
  t.end();
});

t.test('another metric can head the verdicts, and quiet shows them alone', (t) => {
  const text = comparisonText(comparison, {
    paint: plainPaint,
    metric: 'trackerRequests',
    quiet: true,
  });
  t.notMatch(text, 'last completion between');
  t.notMatch(text, '95 % interval');
  t.end();
});

t.test('many contenders take several tables', (t) => {
  const rules = Object.fromEntries(
    Array.from({ length: 9 }, (_, index) => [
      `contender-${index}`,
      (seed: number) => ({ lastCompletion: 1000 * (index + 1) + noise(seed, index) }),
    ]),
  );
  const text = comparisonText(analyse(studyOf(rules, 10)), { paint: plainPaint });
  t.strictSame(
    text.split('\n').filter((line) => line.length > 80),
    [],
  );
  t.equal(text.match(/^ {2}means /gm)?.length, 3);
  t.end();
});

t.test('the CSV has every run on a line, quoted where it must be', (t) => {
  const lines = comparisonCsv(comparison).trimEnd().split('\n');
  t.equal(lines.length, 1 + 3 * 2 * 20);
  t.match(
    lines[0],
    /^contender,refresh,arrivals,seed,outcome,digest,lastCompletion,.*,freeRiderPenalty$/,
  );
  const none = ','.repeat(comparison.metrics.length);
  t.match(lines[1], /^a\|b,1,poisson:1,1,done,d+,100\.\d+,,/);
  t.ok(lines.includes(`"slow, ""x""",1,poisson:1,2,stalled,${'d'.repeat(32)}${none}`));
  t.end();
});

t.test(
  'the Markdown has verdicts first, tables that hold together, and the way to repeat it',
  (t) => {
    const text = comparisonMarkdown(comparison);
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    t.strictSame(headings, [
      'Verdicts',
      'Thresholds',
      'Figures',
      'Pairs',
      'Outliers',
      'How to repeat it',
    ]);
    t.match(text, '```sh\nbt-shm compare\n```');
    t.match(text, '- **a\\|b is ');
    const tables = text
      .trimEnd()
      .split('\n\n')
      .filter((block) => block.startsWith('| '));
    t.ok(tables.length >= 6);
    for (const table of tables) {
      const columns = table.split('\n').map((row) => row.replaceAll('\\|', '').split('|').length);
      t.equal(new Set(columns).size, 1, table.split('\n')[0]);
    }
    t.end();
  },
);

t.test('the JSON holds every sample and keeps to its schema', (t) => {
  const parsed = JSON.parse(comparisonJson(comparison)) as typeof comparison;
  t.strictSame(parsed.samples, JSON.parse(JSON.stringify(study.samples)));
  checkSchema(t, 'comparison', parsed);
  t.end();
});
