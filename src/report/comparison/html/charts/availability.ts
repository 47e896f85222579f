import {
  type Axis,
  type Chart,
  type ChartSource,
  axisFor,
  logAxis,
  namesOf,
  observationOf,
  seriesLines,
} from './chart.js';

/** How much of the beginning a logarithmic axis shows of the shortest run. */
const SHOWN_FROM = 1 / 10;

/** How many peers hold the rarest segment, over time; of one run. */
export function availabilityChart(source: ChartSource): Chart | undefined {
  const { plotter, comparison } = source;
  const names = namesOf(comparison);
  const series = names.map((name) => {
    const observation = observationOf(source, name);
    if (observation === undefined) return [];
    const { least, stepSeconds } = observation.availability;
    return least.map((y, step) => ({ x: (step + 1) * stepSeconds, y }));
  });
  if (series.every((points) => points.length === 0)) return undefined;
  const axis = timeAxis(series.flatMap((points) => points.at(-1)?.x ?? []));
  const from = axis.domain?.[0] ?? 0;
  const shown = series.map((points) => points.filter(({ x }) => x >= from));
  return {
    title: 'The rarest segment',
    note: `Peers that hold the segment that fewest hold; run with seed ${comparison.seeds[0]}.`,
    legend: names,
    drawing: plotter.draw(
      {
        height: 280,
        grid: true,
        x: { label: 'time, s →', ...axis },
        y: { label: '↑ peers that hold it', zero: true, nice: true },
        marks: [plotter.plot.ruleY([0]), ...seriesLines(plotter, shown, 'step-after')],
      },
      `Availability of the rarest segment over time with ${names.join(', ')}`,
    ),
  };
}

function timeAxis(ends: readonly number[]): Axis {
  const axis = axisFor(ends);
  return axis.type === 'symlog' ? logAxis([...ends, SHOWN_FROM * Math.min(...ends)]) : axis;
}
