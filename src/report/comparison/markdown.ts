/** A comparison as Markdown: what was found first, then the figures, then how to repeat it. */
import { labelOfPoint } from '../../swarm/compare/index.js';
import {
  type Cell,
  type Table,
  environmentTable,
  figureTable,
  gateTable,
  outlierTable,
  ownConfigTable,
  pairTable,
} from './tables.js';
import type { ComparedPoint, Comparison } from './types.js';
import { OUTLIER_NOTE, describeGaps, describeScope, describeTests } from './words.js';

/** @returns the text, with a line feed after the last line */
export function comparisonMarkdown(comparison: Comparison, head?: string): string {
  const { contenders, points } = comparison;
  const metric = head ?? comparison.metrics[0].key;
  const names = contenders.map(({ name }) => escape(name)).join(', ');
  const parts = [
    `# Comparison of ${names}`,
    `${describeScope(comparison)}.`,
    ...describeGaps(comparison).map((gap) => `**${escape(gap)}**`),
    '## Verdicts',
    ...points.flatMap((point) => titled(point, 3, verdictList(point, metric))),
    ...gateParts(comparison),
    '## Figures',
    ...points.flatMap((point) => titled(point, 3, tableOf(figureTable(comparison, point), true))),
    '## Pairs',
    describeTests(comparison),
    ...points.flatMap((point) => titled(point, 3, ...pairParts(comparison, point))),
    ...outlierParts(comparison),
    '## How to repeat it',
    ...repetitionParts(comparison),
  ];
  return `${parts.join('\n\n')}\n`;
}

function escape(text: string): string {
  return text.replace(/[\\`*_|<>[\]]/g, '\\$&');
}

function titled({ values }: ComparedPoint, level: number, ...parts: readonly string[]): string[] {
  const label = labelOfPoint(values);
  return label === '' ? [...parts] : [`${'#'.repeat(level)} ${escape(label)}`, ...parts];
}

/** A cell of the first column that repeats the one above is left blank where `isGrouped` says so. */
function tableOf({ head, texts, rows }: Table, isGrouped = false): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column < texts ? ':--' : '--:'));
  const body = rows.map((cells, row) =>
    cells.map((cell, column) => {
      const isRepeated = column === 0 && row > 0 && rows[row - 1][0].text === cell.text;
      return isGrouped && isRepeated ? '' : cellText(cell);
    }),
  );
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

function cellText({ text, strong = false, code = false }: Cell): string {
  if (code) return text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``;
  return strong ? `**${escape(text)}**` : escape(text);
}

function verdictList({ pairs }: ComparedPoint, metric: string): string {
  const texts = pairs.flatMap((pair) => pair.metrics[metric]?.verdict ?? []);
  if (texts.length === 0) return 'There is no pair to judge.';
  return texts
    .map(({ text, winner }) => `- ${winner === undefined ? escape(text) : `**${escape(text)}**`}`)
    .join('\n');
}

function gateParts(comparison: Comparison): string[] {
  if (comparison.gates.length === 0) return [];
  return ['## Thresholds', tableOf(gateTable(comparison))];
}

function pairParts(comparison: Comparison, point: ComparedPoint): string[] {
  const { table, equal } = pairTable(comparison, point);
  if (table.rows.length === 0 && equal.length === 0) return ['There is no pair.'];
  return [
    ...(table.rows.length === 0 ? [] : [tableOf(table, true)]),
    ...(equal.length === 0 ? [] : [`All runs are equal in: ${equal.join(', ')}.`]),
  ];
}

function outlierParts(comparison: Comparison): string[] {
  const table = outlierTable(comparison);
  return table.rows.length === 0 ? [] : ['## Outliers', OUTLIER_NOTE, tableOf(table)];
}

function repetitionParts(comparison: Comparison): string[] {
  const { command, config } = comparison;
  const environment = environmentTable(comparison);
  return [
    ...(command === undefined ? [] : [fenced('sh', command)]),
    ...(environment.rows.length === 0 ? [] : [tableOf(environment)]),
    'What all runs have in common:',
    fenced('json', JSON.stringify(config, null, 2)),
    tableOf(ownConfigTable(comparison)),
  ];
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
