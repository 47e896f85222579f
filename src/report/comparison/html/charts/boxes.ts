import { shorten } from '../../../format.js';
import { titleOf } from '../../metrics.js';
import { formatValue } from '../../verdict.js';
import { seriesStyle } from '../style.js';
import {
  type Chart,
  type ChartSource,
  NAME_LETTERS,
  axisFor,
  marginFor,
  namesOf,
  samplesOf,
} from './chart.js';

const ROW_HEIGHT = 46;

/** Where dots lie across a row, in px from its middle. */
const LANES = [0, -8, 8, -4, 12, -12, 4];

/** One metric of every run, a row a contender. */
export function boxesChart(
  source: ChartSource,
  key: string,
  { title, note, reference }: { title: string; note: string; reference?: number },
): Chart | undefined {
  const { plotter, comparison } = source;
  const { plot } = plotter;
  const metric = comparison.metrics.find((candidate) => candidate.key === key);
  if (metric === undefined) return undefined;
  const names = namesOf(comparison);
  const labels = names.map((name) => shorten(name, NAME_LETTERS));
  const rows = names.map((name, series) =>
    samplesOf(source, name).flatMap(({ seed, values }) => {
      const value = values[key];
      if (value === undefined) return [];
      return [{ name: labels[series], value, label: `seed ${seed}: ${formatValue(value)}` }];
    }),
  );
  if (rows.every((row) => row.length === 0)) return undefined;
  const all = rows.flat().map(({ value }) => value);
  const marks = rows.flatMap((row, series) => {
    const { colour } = seriesStyle(series);
    const place = { y: 'name', x: 'value' } as const;
    if (row.length === 0) return [];
    return [
      plot.boxX(row, { ...place, r: 0, fill: colour, fillOpacity: 0.22, stroke: 'var(--soft)' }),
      // Dots that would hide each other go beside each other.
      ...LANES.map((dy, lane) =>
        plot.dot(
          row.filter((_, index) => index % LANES.length === lane),
          { ...place, dy, r: 2.5, fill: colour, fillOpacity: 0.85, title: 'label' },
        ),
      ),
    ];
  });
  const axis = axisFor(reference === undefined ? all : [...all, reference]);
  return {
    title,
    note,
    drawing: plotter.draw(
      {
        height: 64 + ROW_HEIGHT * names.length,
        marginLeft: marginFor(labels),
        marginRight: 18,
        x: { label: `${titleOf(metric)} →`, grid: true, nice: axis.type === undefined, ...axis },
        y: { label: null, domain: labels, padding: 0.25, tickSize: 0 },
        marks: [
          ...(reference === undefined
            ? []
            : [plot.ruleX([reference], { stroke: 'var(--bad)', strokeWidth: 1.5 })]),
          ...marks,
        ],
      },
      `${title}: ${titleOf(metric)} of ${names.join(', ')}`,
    ),
  };
}
