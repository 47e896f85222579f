import { shorten } from '../../../format.js';
import { describeRatio } from '../../verdict.js';
import { type Chart, type ChartSource, logAxis, marginFor } from './chart.js';

const ROW_HEIGHT = 24;

/** Most letters of each of two names beside an axis. */
const PART_LETTERS = 13;

/** The paired ratio of each pair with its interval: a forest plot. */
export function ratiosChart({ plotter, comparison, point, head }: ChartSource): Chart | undefined {
  const { plot } = plotter;
  const metric = comparison.metrics.find(({ key }) => key === head);
  const rows = point.pairs.flatMap(({ of, to, metrics }) => {
    const test = metrics[head];
    if (test?.ratio === undefined) return [];
    const { estimate, low, high } = test.ratio;
    const name = `${shorten(of, PART_LETTERS)} / ${shorten(to, PART_LETTERS)}`;
    const label = `${of} / ${to}: ${describeRatio(test.ratio)}`;
    return [{ name, estimate, low, high, label, isShown: test.verdict.winner !== undefined }];
  });
  if (rows.length === 0 || metric === undefined) return undefined;
  const { noise } = comparison.settings;
  const names = rows.map(({ name }) => name);
  const bounds = rows.flatMap(({ low, high }) => [low, high]);
  const shown = rows.filter(({ isShown }) => isShown);
  const others = rows.filter(({ isShown }) => !isShown);
  const inStyle = (some: typeof rows, stroke: string, fill: string) => [
    plot.ruleY(some, { y: 'name', x1: 'low', x2: 'high', stroke, strokeWidth: 2 }),
    plot.dot(some, { y: 'name', x: 'estimate', r: 4, stroke, fill, title: 'label' }),
  ];
  return {
    title: `Ratios of ${metric.name}`,
    note:
      'Paired by seed, with 95 % intervals. Filled: a difference is shown. ' +
      `${metric.better === 'lower' ? 'Left' : 'Right'} of 1 the first one of the pair is better.`,
    drawing: plotter.draw(
      {
        height: 60 + ROW_HEIGHT * rows.length,
        marginLeft: marginFor(names) + 4,
        marginRight: 18,
        x: { label: `ratio of ${metric.name} →`, grid: true, ...logAxis([1, ...bounds]) },
        y: { label: null, domain: names },
        marks: [
          plot.rect([{ low: 1 / (1 + noise), high: 1 + noise }], {
            ...{ x1: 'low', x2: 'high' },
            fill: 'var(--soft)',
            fillOpacity: 0.25,
          }),
          plot.ruleX([1], { stroke: 'var(--soft)' }),
          ...inStyle(others, 'var(--soft)', 'var(--paper)'),
          ...inStyle(shown, 'var(--accent)', 'var(--accent)'),
        ],
      },
      `Ratios of ${metric.name}: ${rows.map(({ label }) => label).join('; ')}`,
    ),
  };
}
