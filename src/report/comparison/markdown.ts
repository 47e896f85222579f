/** A comparison as Markdown: what was found first, then the figures, then how to repeat it. */
import { labelOfPoint } from '../../swarm/compare/index.js';
import { formatSignificant } from '../format.js';
import { titleOf } from './metrics.js';
import type { ComparedPoint, Comparison, Summary, Verdict } from './types.js';
import { describeRatio, formatValue } from './verdict.js';
import { describeGaps, describeScope } from './words.js';

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
    ...points.flatMap((point) => titled(point, 3, summaryTable(comparison, point))),
    '## Pairs',
    pairNote(comparison),
    ...points.flatMap((point) => titled(point, 3, pairTable(comparison, point))),
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

/** @param texts - columns of text, the first ones; numbers stand to the right */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  texts = head.length,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column < texts ? ':--' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function verdictList({ pairs }: ComparedPoint, metric: string): string {
  const texts = pairs.flatMap((pair) => pair.metrics[metric]?.verdict ?? []);
  if (texts.length === 0) return 'There is no pair to judge.';
  return texts
    .map(({ text, winner }) => `- ${winner === undefined ? escape(text) : `**${escape(text)}**`}`)
    .join('\n');
}

function gateParts({ gates }: Comparison): string[] {
  if (gates.length === 0) return [];
  const rows = gates.map(({ text, failed, numbers }) => {
    return [`\`${text.replaceAll('|', '\\|')}\``, numbers, failed ? '**failed**' : 'kept'];
  });
  return ['## Thresholds', table(['fails if', 'found', 'outcome'], rows)];
}

function summaryTable({ metrics }: Comparison, { contenders }: ComparedPoint): string {
  const shown = metrics.filter(({ key }) =>
    contenders.some((entry) => entry.metrics[key] !== undefined),
  );
  const rows = shown.flatMap((metric) =>
    contenders.map(({ name, metrics: summaries }, index) => [
      index === 0 ? titleOf(metric) : '',
      escape(name),
      ...summaryCells(summaries[metric.key]),
    ]),
  );
  const head = ['metric', 'strategy', 'mean', '95 % interval', 'median', 'least', 'most', 'runs'];
  return table(head, rows, 2);
}

function summaryCells(summary: Summary | undefined): string[] {
  if (summary === undefined) return ['-', '-', '-', '-', '-', '0'];
  const { mean, interval, median, least, most, runs } = summary;
  const range =
    interval === undefined ? '-' : `${formatValue(interval.low)} to ${formatValue(interval.high)}`;
  return [
    formatValue(mean),
    range,
    formatValue(median),
    formatValue(least),
    formatValue(most),
    String(runs),
  ];
}

function pairNote({ settings }: Comparison): string {
  const { confidence, noise, resamples, tests } = settings;
  return (
    `Ratios are geometric means over runs of the same seed, with ${confidence * 100} % intervals ` +
    `by ${resamples} bootstrap samples. *p* is that of Wilcoxon's signed-rank test, corrected by ` +
    `Holm over all ${tests} tests of this report. The effect is the rank-biserial correlation. ` +
    'A difference is shown where the interval leaves out 1, the corrected *p* is at most ' +
    `${formatSignificant(1 - confidence)} and the ratio differs from 1 by ${noise} or more.`
  );
}

function pairTable({ metrics }: Comparison, { pairs }: ComparedPoint): string {
  const isEqual = ({ because }: Verdict): boolean => because === 'no-difference';
  const judged = metrics.filter(({ key }) => pairs.some((pair) => pair.metrics[key] !== undefined));
  const equal = judged.filter(({ key }) =>
    pairs.every(({ metrics: tests }) => tests[key] === undefined || isEqual(tests[key].verdict)),
  );
  const rows = judged.flatMap((metric) =>
    pairs.flatMap(({ of, to, metrics: tests }) => {
      const test = tests[metric.key];
      if (test === undefined || equal.includes(metric)) return [];
      return [
        [
          metric.name,
          `${escape(of)} / ${escape(to)}`,
          test.ratio === undefined ? '-' : describeRatio(test.ratio),
          formatP(test.p),
          formatP(test.pHolm),
          test.effect.toFixed(2),
          test.verdict.winner === undefined ? 'none shown' : `**${escape(test.verdict.winner)}**`,
        ],
      ];
    }),
  );
  if (judged.length === 0) return 'There is no pair.';
  const names = equal.map(({ name }) => name).join(', ');
  return [
    ...(rows.length === 0
      ? []
      : [table(['metric', 'pair', 'ratio', '*p*', 'corrected', 'effect', 'better'], rows, 2)]),
    ...(equal.length === 0 ? [] : [`All runs are equal in: ${names}.`]),
  ].join('\n\n');
}

function formatP(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4);
}

function outlierParts({ points, metrics }: Comparison): string[] {
  const rows = points.flatMap(({ values, contenders }) =>
    contenders.flatMap(({ name, metrics: summaries }) =>
      metrics.flatMap((metric) =>
        (summaries[metric.key]?.outliers ?? []).map(({ seed, value }) => [
          [name, labelOfPoint(values)]
            .filter((part) => part !== '')
            .map(escape)
            .join(' at '),
          titleOf(metric),
          String(seed),
          formatValue(value),
        ]),
      ),
    ),
  );
  if (rows.length === 0) return [];
  return [
    '## Outliers',
    'More than 1.5 interquartile ranges beyond the quartiles. They are part of all figures.',
    table(['strategy', 'metric', 'seed', 'value'], rows, 2),
  ];
}

function repetitionParts(comparison: Comparison): string[] {
  const { command, environment, startedAt, config, contenders } = comparison;
  const parts: string[] = [];
  if (command !== undefined) parts.push(fenced('sh', command));
  const machine = [
    ...Object.entries(environment ?? {}).map(([key, value]) => [key, String(value)]),
    ...(startedAt === undefined ? [] : [['started', startedAt]]),
  ];
  if (machine.length > 0) {
    parts.push(
      table(
        ['environment', ''],
        machine.map((row) => row.map(escape)),
      ),
    );
  }
  parts.push('What all runs have in common:', fenced('json', JSON.stringify(config, null, 2)));
  const own = contenders.map((entry) => [
    escape(entry.name),
    Object.entries(entry.config)
      .map(([key, value]) => `\`${key}=${JSON.stringify(value).replaceAll('|', '\\|')}\``)
      .join(' '),
  ]);
  parts.push(table(['strategy', 'its own'], own));
  return parts;
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
