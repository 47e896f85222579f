/** The tables of a comparison's report, before they become Markdown or HTML. */
import { labelOfPoint } from '../../swarm/compare/index.js';
import { titleOf } from './metrics.js';
import type { ComparedPoint, Comparison, PairTest, Summary } from './types.js';
import { describeRatio, formatValue } from './verdict.js';

/** A cell of a table. */
export interface Cell {
  readonly text: string;
  /** What the cell is sorted by, where that is not its text. */
  readonly value?: number;
  /** What the reader looks for. */
  readonly strong?: boolean;
  /** To be shown as it would be typed. */
  readonly code?: boolean;
}

/** A table. */
export interface Table {
  readonly head: readonly string[];
  /** Columns of text, the first ones; numbers stand to the right. */
  readonly texts: number;
  readonly rows: readonly (readonly Cell[])[];
}

function text(value: string): Cell {
  return { text: value };
}

function number(value: number | undefined): Cell {
  return value === undefined ? text('-') : { text: formatValue(value), value };
}

/** @returns every metric of every contender at a point */
export function figureTable({ metrics }: Comparison, { contenders }: ComparedPoint): Table {
  const shown = metrics.filter(({ key }) =>
    contenders.some((entry) => entry.metrics[key] !== undefined),
  );
  const rows = shown.flatMap((metric) =>
    contenders.map(({ name, metrics: summaries }) => [
      text(titleOf(metric)),
      text(name),
      ...summaryCells(summaries[metric.key]),
    ]),
  );
  const head = ['metric', 'strategy', 'mean', '95 % interval', 'median', 'least', 'most', 'runs'];
  return { head, texts: 2, rows };
}

function summaryCells(summary: Summary | undefined): Cell[] {
  const { mean, interval, median, least, most, runs = 0 } = summary ?? {};
  const range =
    interval === undefined
      ? text('-')
      : {
          text: `${formatValue(interval.low)} to ${formatValue(interval.high)}`,
          value: interval.low,
        };
  return [
    number(mean),
    range,
    number(median),
    number(least),
    number(most),
    { text: String(runs), value: runs },
  ];
}

/** @returns every pair and metric with a difference, and the names of the metrics without any */
export function pairTable(
  { metrics }: Comparison,
  { pairs }: ComparedPoint,
): { readonly table: Table; readonly equal: readonly string[] } {
  const judged = metrics.filter(({ key }) => pairs.some((pair) => pair.metrics[key] !== undefined));
  const equal = judged.filter(({ key }) =>
    pairs.every(({ metrics: tests }) => {
      return tests[key] === undefined || tests[key].verdict.because === 'no-difference';
    }),
  );
  const rows = judged
    .filter((metric) => !equal.includes(metric))
    .flatMap((metric) =>
      pairs.flatMap(({ of, to, metrics: tests }) => {
        const test = tests[metric.key];
        return test === undefined
          ? []
          : [[text(metric.name), text(`${of} / ${to}`), ...testCells(test)]];
      }),
    );
  return {
    table: {
      head: ['metric', 'pair', 'ratio', 'p', 'corrected', 'effect', 'better'],
      texts: 2,
      rows,
    },
    equal: equal.map(({ name }) => name),
  };
}

function testCells({ ratio, p, pHolm, effect, verdict }: PairTest): Cell[] {
  const { winner } = verdict;
  return [
    ratio === undefined ? text('-') : { text: describeRatio(ratio), value: ratio.estimate },
    { text: formatP(p), value: p },
    { text: formatP(pHolm), value: pHolm },
    { text: effect.toFixed(2), value: effect },
    winner === undefined ? text('none shown') : { text: winner, strong: true },
  ];
}

function formatP(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4);
}

/** @returns every outlier */
export function outlierTable({ points, metrics }: Comparison): Table {
  const rows = points.flatMap(({ values, contenders }) =>
    contenders.flatMap(({ name, metrics: summaries }) =>
      metrics.flatMap((metric) =>
        (summaries[metric.key]?.outliers ?? []).map(({ seed, value }) => [
          text([name, labelOfPoint(values)].filter((part) => part !== '').join(' at ')),
          text(titleOf(metric)),
          { text: String(seed), value: seed },
          number(value),
        ]),
      ),
    ),
  );
  return { head: ['strategy', 'metric', 'seed', 'value'], texts: 2, rows };
}

/** @returns the conditions of `--fail-if`, and what was found */
export function gateTable({ gates }: Comparison): Table {
  const rows = gates.map(({ text: condition, failed, numbers }) => [
    { text: condition, code: true },
    text(numbers),
    failed ? { text: 'failed', strong: true } : text('kept'),
  ]);
  return { head: ['fails if', 'found', 'outcome'], texts: 3, rows };
}

/** @returns the machine, and when the comparison was begun */
export function environmentTable({ environment, startedAt }: Comparison): Table {
  const rows = [
    ...Object.entries(environment ?? {}).map(([key, value]) => [text(key), text(String(value))]),
    ...(startedAt === undefined ? [] : [[text('started'), text(startedAt)]]),
  ];
  return { head: ['environment', ''], texts: 2, rows };
}

/** @returns what of each contender's configuration the others do not share */
export function ownConfigTable({ contenders }: Comparison): Table {
  const rows = contenders.map(({ name, config }) => [
    text(name),
    {
      text: Object.entries(config)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(' '),
      code: true,
    },
  ]);
  return { head: ['strategy', 'its own'], texts: 2, rows };
}
