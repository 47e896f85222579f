import { quantileOfSorted } from '../../../statistics/quantile.js';
import { type Chart, type ChartSource, namesOf, samplesOf, axisFor, seriesLines } from './chart.js';

/** Points of a curve: more would not be seen. */
const POINTS = 150;

/** Which part of the clients had everything by when. */
export function completionChart(source: ChartSource): Chart | undefined {
  const { plotter, comparison } = source;
  const names = namesOf(comparison);
  const series = names.map((name) => {
    const samples = samplesOf(source, name);
    const seconds = samples.flatMap(({ completionSeconds }) => completionSeconds).sort(ascending);
    if (seconds.length === 0) return [];
    const points = Math.min(POINTS, seconds.length);
    const curve = Array.from({ length: points }, (_, index) => {
      const share = (index + 1) / points;
      return { x: quantileOfSorted(seconds, share), y: 100 * share };
    });
    return [{ x: seconds[0], y: 0 }, ...curve];
  });
  if (series.every((points) => points.length === 0)) return undefined;
  const times = series.flat().map(({ x }) => x);
  return {
    title: 'When clients had everything',
    note: 'Part of the clients of all runs that were through by a time; further left is faster.',
    legend: names,
    drawing: plotter.draw(
      {
        height: 280,
        grid: true,
        x: { label: 'completion time, s →', ...axisFor(times) },
        y: { label: '↑ clients through, %', domain: [0, 100] },
        marks: [plotter.plot.ruleY([0]), ...seriesLines(plotter, series, 'step-after')],
      },
      `Distribution of completion times of ${names.join(', ')}`,
    ),
  };
}

function ascending(a: number, b: number): number {
  return a - b;
}
