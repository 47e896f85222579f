/** The table of `bt-shm validate`: each case, and below it a line a figure. */
import type {
  CaseResult,
  Check,
  CheckUnit,
  Tolerance,
  Validation,
} from '../swarm/virtual/validate/index.js';
import { formatCount, formatDuration, plural, wrapText } from './format.js';
import type { Paint } from './paint.js';
import { SUMMARY_COLUMNS } from './rows.js';

/** One line's cells; each column is as wide as its widest cell. */
interface Line {
  readonly name: string;
  readonly expected: string;
  readonly got: string;
  readonly tolerance: string;
  readonly verdict: string;
}

const COLUMNS = ['name', 'expected', 'got', 'tolerance'] as const;
const HEAD: Line = {
  name: '',
  expected: 'expected',
  got: 'got',
  tolerance: 'tolerance',
  verdict: 'verdict',
};

const INDENT = '  ';
const UNIT_SUFFIXES: Readonly<Record<CheckUnit, string>> = {
  rounds: ' rounds',
  s: ' s',
  peers: ' peers',
  requests: '',
  ratio: '',
  checksum: '',
};

/**
 * Draws the table.
 *
 * @param paint - how emphasis looks; it adds no columns
 * @returns the table and one line that sums it up, with a line feed at the end
 */
export function renderValidation({ cases }: Validation, paint: Paint): string {
  const lines = cases.map(({ checks }) => checks.map(lineOf));
  const widths = COLUMNS.map((column) =>
    Math.max(...[HEAD, ...lines.flat()].map((line) => line[column].length)),
  );
  const head = paint('faint', INDENT + joinCells(HEAD, widths) + HEAD.verdict);
  const sections = cases.map((each, index) => renderCase(each, lines[index], widths, paint));
  return `${[head, ...sections, sumUp(cases, paint)].join('\n')}\n`;
}

function renderCase(
  result: CaseResult,
  lines: readonly Line[],
  widths: readonly number[],
  paint: Paint,
): string {
  const { id, title, source, checks, notes, error } = result;
  const remarks = [`source: ${source}`, ...notes].flatMap((note) => remark(note));
  return [
    paint('strong', `${id}  ${title}`),
    ...remarks.map((line) => paint('faint', line)),
    ...lines.map((line, index) => {
      const verdict = paint(checks[index].passed ? 'good' : 'bad', line.verdict);
      return `${INDENT}${joinCells(line, widths)}${verdict}`;
    }),
    ...(error === undefined ? [] : remark(`failed: ${error}`).map((line) => paint('bad', line))),
    '',
  ].join('\n');
}

function remark(text: string): string[] {
  return wrapText(text, SUMMARY_COLUMNS - INDENT.length).map((line) => INDENT + line);
}

function joinCells(line: Line, widths: readonly number[]): string {
  const cells = COLUMNS.map((column, index) =>
    column === 'name' || column === 'tolerance'
      ? line[column].padEnd(widths[index])
      : line[column].padStart(widths[index]),
  );
  return `${cells.join('  ')}  `;
}

function lineOf({ name, unit, expected, got, tolerance, passed }: Check): Line {
  return {
    name,
    expected: formatFigure(expected, unit),
    got: formatFigure(got, unit),
    tolerance: formatTolerance(tolerance, unit),
    verdict: passed ? 'pass' : 'FAIL',
  };
}

function formatFigure(value: number, unit: CheckUnit): string {
  if (Number.isNaN(value)) return 'nothing';
  if (unit === 'checksum') return value.toString(16).padStart(8, '0');
  if (unit === 'ratio') return value.toFixed(3);
  const text = Number.isInteger(value) || value >= 1000 ? formatCount(value) : value.toFixed(2);
  return `${text}${UNIT_SUFFIXES[unit]}`;
}

function formatTolerance({ kind, by }: Tolerance, unit: CheckUnit): string {
  switch (kind) {
    case 'exact':
      return 'exact';
    case 'relative':
      return `+-${Number((by * 100).toPrecision(3))} %`;
    case 'absolute':
      return `+-${by}${UNIT_SUFFIXES[unit]}`;
    case 'at-least':
      return 'at least';
    case 'at-most':
      return 'at most';
  }
}

function sumUp(cases: readonly CaseResult[], paint: Paint): string {
  const failed = cases.filter(({ passed }) => !passed).map(({ id }) => id);
  const figures = cases.reduce((sum, { checks }) => sum + checks.length, 0);
  const seconds = cases.reduce((sum, each) => sum + each.seconds, 0);
  const rest = `${plural(figures, 'figure')} in ${formatDuration(seconds * 1000)}`;
  if (failed.length === 0) return paint('good', `${plural(cases.length, 'case')} passed, ${rest}`);
  const of = plural(cases.length, 'case');
  return paint(
    'bad',
    `${formatCount(failed.length)} of ${of} failed (${failed.join(', ')}), ${rest}`,
  );
}
