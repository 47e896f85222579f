import { type Chart, type ChartSource, type XY, namesOf, samplesOf, seriesLines } from './chart.js';

const STEPS = 60;

/** How evenly the peers share the upload: Lorenz curves. */
export function lorenzChart(source: ChartSource): Chart | undefined {
  const { plotter, comparison } = source;
  const names = namesOf(comparison);
  const series = names.map((name) =>
    meanLorenz(samplesOf(source, name).map(({ segmentsUploaded }) => segmentsUploaded)),
  );
  if (series.every((points) => points.length === 0)) return undefined;
  const even = [
    { x: 0, y: 0 },
    { x: 100, y: 100 },
  ];
  return {
    title: 'Who uploads',
    note:
      'Part of all uploads that the least uploading peers do, mean over the runs. ' +
      'On the thin line all upload the same; further below fewer do it all.',
    legend: names,
    drawing: plotter.draw(
      {
        height: 300,
        grid: true,
        x: { label: 'peers, least uploading first, % →', domain: [0, 100] },
        y: { label: '↑ part of all uploads, %', domain: [0, 100] },
        marks: [
          plotter.plot.line(even, { x: 'x', y: 'y', stroke: 'var(--soft)', strokeWidth: 1 }),
          ...seriesLines(plotter, series),
        ],
      },
      `Lorenz curves of the uploads of ${names.join(', ')}`,
    ),
  };
}

/** @param runs - for each run the uploads of its peers */
function meanLorenz(runs: readonly (readonly number[])[]): XY[] {
  const curves = runs.flatMap((uploads) => lorenz(uploads) ?? []);
  if (curves.length === 0) return [];
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const sum = curves.reduce((total, curve) => total + curve(step / STEPS), 0);
    return { x: (100 * step) / STEPS, y: (100 * sum) / curves.length };
  });
}

/** @returns the part of all uploads that a part of the peers does; none where nobody uploads */
function lorenz(uploads: readonly number[]): ((part: number) => number) | undefined {
  const sorted = [...uploads].sort((a, b) => a - b);
  let total = 0;
  const sums = [0, ...sorted.map((upload) => (total += upload))];
  if (total === 0) return undefined;
  return (part) => {
    const at = part * sorted.length;
    const below = Math.min(Math.floor(at), sorted.length - 1);
    return (sums[below] + (at - below) * sorted[below]) / total;
  };
}
