import { availabilityChart } from './availability.js';
import { boxesChart } from './boxes.js';
import { type Chart, type ChartSource, capitalised } from './chart.js';
import { completionChart } from './completion.js';
import { flowCharts } from './flows.js';
import { lorenzChart } from './lorenz.js';
import { ratiosChart } from './ratios.js';

export { figure } from './chart.js';
export { sweepCharts } from './sweep.js';

/** @returns all charts of one point of a comparison that its runs have the data for */
export function chartsOf(source: ChartSource): Chart[] {
  const { comparison, head } = source;
  const metric = comparison.metrics.find(({ key }) => key === head);
  const charts = [
    boxesChart(source, head, {
      title: `${capitalised(metric?.name ?? head)}, run by run`,
      note: 'Each dot is a run; the box holds the middle half, the line in it is the median.',
    }),
    ratiosChart(source),
    completionChart(source),
    boxesChart(source, 'optimumGap', {
      title: 'Distance from the optimum',
      note: 'Achieved time over the lower bound for this configuration: 1 (red) is the best possible.',
      reference: 1,
    }),
    lorenzChart(source),
    availabilityChart(source),
  ];
  // The ends of a sweep show what it does: one map a contender at each point would be too many.
  const isEnd = source.at === 0 || source.at === comparison.points.length - 1;
  const flows = isEnd ? flowCharts(source) : [];
  return [...charts.filter((chart) => chart !== undefined), ...flows];
}
