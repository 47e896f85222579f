/** A comparison as people read it in a terminal: figures, verdicts, what is doubtful. */
import { labelOfPoint } from '../../swarm/compare/index.js';
import { plural, shorten, wrapText } from '../format.js';
import type { Emphasis, Paint } from '../paint.js';
import { SUMMARY_COLUMNS } from '../rows.js';
import { type Alignment, alignRows } from './table.js';
import { titleOf } from './metrics.js';
import type { ComparedPoint, Comparison, Pair, Summary } from './types.js';
import { formatValue } from './verdict.js';
import { describeGaps, describeScope } from './words.js';

/** What a reader may choose. */
export interface TerminalOptions {
  readonly paint: Paint;
  /** Key of the metric whose intervals and verdicts are shown; the first one by default. */
  readonly metric?: string;
  /** Verdicts alone. */
  readonly quiet?: boolean;
}

const INDENT = '  ';

/** Letters of a contender's name that a column has room for. */
const NAME_COLUMNS = 26;
const HEAD_COLUMNS = 16;

/** Outliers and verdicts that are named; the files have them all. */
const MOST_OUTLIERS = 8;
const MOST_VERDICTS = 45;

/** @returns lines of at most 80 columns, with a line feed after the last */
export function comparisonText(comparison: Comparison, options: TerminalOptions): string {
  const { paint, quiet = false } = options;
  const head = options.metric ?? comparison.metrics[0].key;
  const title = wrapText(describeScope(comparison), SUMMARY_COLUMNS).map((line) =>
    paint('strong', line),
  );
  const gaps = describeGaps(comparison).flatMap((text) => paragraph(text, paint, 'warn'));
  const blocks = comparison.points.flatMap((point) =>
    pointBlocks(comparison, point, head, options),
  );
  const all = [
    ...(quiet ? [] : [[...title, ...gaps]]),
    ...blocks,
    ...(quiet ? [] : [outlierBlock(comparison, head, paint)]),
    gateBlock(comparison, paint),
  ].filter((lines) => lines.length > 0);
  return `${all.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function paragraph(text: string, paint: Paint, emphasis?: Emphasis, indent = ''): string[] {
  const lines = wrapText(text, SUMMARY_COLUMNS - indent.length - INDENT.length);
  return lines.map((line, index) => {
    const painted = emphasis === undefined ? line : paint(emphasis, line);
    return `${indent}${index === 0 ? '' : INDENT}${painted}`;
  });
}

function pointBlocks(
  comparison: Comparison,
  point: ComparedPoint,
  head: string,
  { paint, quiet = false }: TerminalOptions,
): string[][] {
  const label = labelOfPoint(point.values);
  const title = label === '' ? [] : [paint('accent', label)];
  const verdicts = verdictBlock(comparison, point, head, paint);
  if (quiet) return [[...title, ...verdicts]];
  const [first, ...others] = [
    headTable(comparison, point, head, paint),
    ...meansTables(comparison, point, paint),
    verdicts,
  ].filter((lines) => lines.length > 0);
  return first === undefined ? [] : [[...title, ...first], ...others];
}

/** The metric that the reader is after, in full. */
function headTable(
  { metrics }: Comparison,
  { contenders }: ComparedPoint,
  head: string,
  paint: Paint,
): string[] {
  const metric = metrics.find(({ key }) => key === head);
  if (metric === undefined || contenders.every((entry) => entry.metrics[head] === undefined)) {
    return [];
  }
  const rows = contenders.map(({ name, metrics: summaries }) => [
    shorten(name, NAME_COLUMNS),
    ...summaryCells(summaries[head]),
  ]);
  return tableLines(
    [[titleOf(metric), 'mean', '95 % interval', 'median', 'runs'], ...rows],
    ['left', 'right', 'right', 'right', 'right'],
    paint,
  );
}

function summaryCells(summary: Summary | undefined): string[] {
  if (summary === undefined) return ['-', '-', '-', '0'];
  const { mean, interval, median, runs } = summary;
  const range =
    interval === undefined ? '-' : `${formatValue(interval.low)} to ${formatValue(interval.high)}`;
  return [formatValue(mean), range, formatValue(median), String(runs)];
}

/** Means of all metrics; as many contenders side by side as there is room for. */
function meansTables(
  { metrics }: Comparison,
  { contenders }: ComparedPoint,
  paint: Paint,
): string[][] {
  const shown = metrics.filter(({ key }) =>
    contenders.some((entry) => entry.metrics[key] !== undefined),
  );
  const labels = shown.map(titleOf);
  const room = SUMMARY_COLUMNS - INDENT.length - Math.max(5, ...labels.map(({ length }) => length));
  const tables: string[][] = [];
  for (let from = 0; from < contenders.length;) {
    let used = 0;
    let to = from;
    const columns: string[][] = [];
    for (; to < contenders.length; to++) {
      const entry = contenders[to];
      const cells = shown.map(({ key }) => {
        const summary = entry.metrics[key];
        return summary === undefined ? '-' : formatValue(summary.mean);
      });
      const column = [shorten(entry.name, HEAD_COLUMNS), ...cells];
      used += 2 + column.reduce((most, cell) => Math.max(most, cell.length), 0);
      if (used > room && to > from) break;
      columns.push(column);
    }
    const rows = ['means', ...labels].map((label, row) => [
      label,
      ...columns.map((column) => column[row]),
    ]);
    tables.push(tableLines(rows, ['left', ...columns.map(() => 'right' as const)], paint));
    from = to;
  }
  return tables;
}

function tableLines(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
  paint: Paint,
): string[] {
  const [head, ...lines] = alignRows(rows, alignments);
  return [paint('faint', `${INDENT}${head}`), ...lines.map((line) => `${INDENT}${line}`)];
}

function verdictBlock(
  { metrics }: Comparison,
  { pairs }: ComparedPoint,
  head: string,
  paint: Paint,
): string[] {
  const judged = pairs.flatMap((pair) => pair.metrics[head]?.verdict ?? []);
  const lines = judged.slice(0, MOST_VERDICTS).flatMap(({ text, winner }) => {
    return paragraph(text, paint, winner === undefined ? undefined : 'good', INDENT);
  });
  const hidden = judged.length - MOST_VERDICTS;
  if (hidden > 0) lines.push(`${INDENT}and ${plural(hidden, 'pair')} more`);
  const others = metrics.filter(({ key }) => key !== head && isShownFor(pairs, key));
  if (others.length > 0) {
    const names = others.map(({ name }) => name).join(', ');
    lines.push(...paragraph(`differences shown, too, in: ${names}`, paint, 'faint', INDENT));
  }
  return lines;
}

function isShownFor(pairs: readonly Pair[], key: string): boolean {
  return pairs.some(({ metrics }) => metrics[key]?.verdict.winner !== undefined);
}

function outlierBlock({ points, metrics }: Comparison, head: string, paint: Paint): string[] {
  const metric = metrics.find(({ key }) => key === head);
  const named = points.flatMap(({ values, contenders }) =>
    contenders.flatMap(({ name, metrics: summaries }) =>
      (summaries[head]?.outliers ?? []).map(({ seed, value }) => {
        const at = [name, labelOfPoint(values)].filter((part) => part !== '').join(' at ');
        return `${at}, seed ${seed}: ${formatValue(value)}`;
      }),
    ),
  );
  if (named.length === 0 || metric === undefined) return [];
  const more = named.length > MOST_OUTLIERS ? `; ${named.length - MOST_OUTLIERS} more` : '';
  const list = named.slice(0, MOST_OUTLIERS).join('; ');
  return paragraph(`Outliers in ${titleOf(metric)}, kept: ${list}${more}`, paint);
}

function gateBlock({ gates }: Comparison, paint: Paint): string[] {
  return gates.flatMap(({ text, failed, numbers }) => {
    const [word, emphasis] = failed ? (['failed', 'bad'] as const) : (['kept', 'good'] as const);
    return paragraph(`--fail-if ${text}: ${word}, ${numbers}`, paint, emphasis);
  });
}
