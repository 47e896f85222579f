import { type Point, labelOfPoint, labelOfValue } from '../../../../swarm/compare/index.js';
import { type Metric, titleOf } from '../../metrics.js';
import type { Comparison, Summary } from '../../types.js';
import type { Plotter } from '../plotter.js';
import { seriesStyle } from '../style.js';
import { type Chart, capitalised, formatTick, namesOf, axisFor } from './chart.js';

/** Combinations of the other axes that get charts of their own. */
const MOST_GROUPS = 6;

/** The metric and the throughput against each swept option. */
export function sweepCharts(plotter: Plotter, comparison: Comparison, head: string): Chart[] {
  const axes = Object.keys(comparison.points[0]?.values ?? {}) as (keyof Point)[];
  const metrics = [head, 'segmentsPerSecond'].flatMap((key, index, keys) =>
    keys.indexOf(key) === index ? comparison.metrics.filter((metric) => metric.key === key) : [],
  );
  return axes.flatMap((axis) =>
    groupsAlong(comparison, axis).flatMap(({ label, points }) =>
      metrics.flatMap((metric) => sweepChart(plotter, comparison, { axis, label, points, metric })),
    ),
  );
}

interface Group {
  /** What the other axes are at. */
  readonly label: string;
  readonly points: Comparison['points'];
}

function groupsAlong({ points }: Comparison, axis: keyof Point): Group[] {
  const groups = new Map<string, Comparison['points'][number][]>();
  for (const point of points) {
    const others = Object.entries(point.values).filter(([key]) => key !== axis);
    const label = labelOfPoint(Object.fromEntries(others));
    groups.set(label, [...(groups.get(label) ?? []), point]);
  }
  return [...groups]
    .map(([label, members]) => ({ label, points: members }))
    .filter((group) => group.points.length > 1)
    .slice(0, MOST_GROUPS);
}

function sweepChart(
  plotter: Plotter,
  comparison: Comparison,
  {
    axis,
    label,
    points,
    metric,
  }: Group & { readonly axis: keyof Point; readonly metric: Omit<Metric, 'of'> },
): Chart[] {
  const { plot } = plotter;
  const names = namesOf(comparison);
  const values = points.map(({ values: at }) => at[axis]);
  const isNumeric = values.every((value) => typeof value === 'number');
  const xOf = (value: unknown): number | string =>
    isNumeric ? Number(value) : labelOfValue(value);
  const series = names.map((name) =>
    points.flatMap(({ values: at, contenders }) => {
      const summary = contenders.find((entry) => entry.name === name)?.metrics[metric.key];
      return summary === undefined ? [] : [{ x: xOf(at[axis]), ...spread(summary) }];
    }),
  );
  if (series.every((rows) => rows.length === 0)) return [];
  const marks = series.flatMap((rows, number) => {
    const { colour, dash } = seriesStyle(number);
    const style = { stroke: colour, strokeWidth: 2 };
    return [
      plot.line(rows, { x: 'x', y: 'mean', ...style, strokeDasharray: dash }),
      plot.ruleX(rows, { x: 'x', y1: 'low', y2: 'high', ...style }),
      plot.dot(rows, { x: 'x', y: 'mean', fill: colour, r: 3.5 }),
    ];
  });
  const title = `${capitalised(metric.name)} by ${axis}`;
  return [
    {
      title: label === '' ? title : `${title} (${label})`,
      note: `Mean and 95 % interval; ${metric.better} is better.`,
      legend: names,
      drawing: plotter.draw(
        {
          height: 280,
          marginLeft: 52,
          grid: true,
          x: {
            label: `${axis} →`,
            ...(isNumeric
              ? axisFor(values.map(Number))
              : { type: 'point' as const, domain: values.map(xOf) }),
          },
          y: { label: `↑ ${titleOf(metric)}`, nice: true, zero: true, tickFormat: formatTick },
          marks,
        },
        `${title} of ${names.join(', ')}`,
      ),
    },
  ];
}

function spread({ mean, interval }: Summary): { mean: number; low: number; high: number } {
  return { mean, low: interval?.low ?? mean, high: interval?.high ?? mean };
}
