import type { Observation } from '../../../../swarm/virtual/observation.js';
import { formatCount } from '../../../format.js';
import type { Plotter } from '../plotter.js';
import { type Chart, type ChartSource, namesOf, samplesOf } from './chart.js';

/** Rows and columns of the map: each cell is an element of the page. */
const MOST_CELLS = 40;

/** Who sent to whom: a heat map for each contender; of one run. */
export function flowCharts(source: ChartSource): Chart[] {
  const { plotter, comparison } = source;
  const observed = namesOf(comparison).flatMap((name) => {
    const sample = samplesOf(source, name).find(({ observation }) => observation);
    return sample?.observation === undefined ? [] : [{ name, ...mapOf(sample.observation.flows) }];
  });
  // One scale for all: they are to be held side by side.
  const most = observed.reduce((max, { cells }) => {
    return cells.reduce((larger, { blocks }) => Math.max(larger, blocks), max);
  }, 0);
  if (most === 0) return [];
  return observed.map(({ name, ...map }) =>
    flowChart(plotter, name, map, most, comparison.seeds[0]),
  );
}

interface FlowMap {
  readonly ranksPerCell: number;
  readonly ranks: number;
  readonly cells: readonly { from: number; to: number; blocks: number }[];
}

/** Joins groups until the map has few enough cells. */
function mapOf({ ranksPerGroup, blocks }: Observation['flows']): FlowMap {
  const join = Math.ceil(blocks.length / MOST_CELLS);
  const sums = new Map<string, { from: number; to: number; blocks: number }>();
  const ranksPerCell = join * ranksPerGroup;
  blocks.forEach((row, sender) =>
    row.forEach((count, receiver) => {
      if (count === 0) return;
      const from = Math.floor(sender / join) * ranksPerCell;
      const to = Math.floor(receiver / join) * ranksPerCell;
      const cell = sums.get(`${from} ${to}`) ?? { from, to, blocks: 0 };
      sums.set(`${from} ${to}`, { ...cell, blocks: cell.blocks + count });
    }),
  );
  return { ranksPerCell, ranks: blocks.length * ranksPerGroup, cells: [...sums.values()] };
}

function flowChart(
  plotter: Plotter,
  name: string,
  { ranksPerCell, ranks, cells }: FlowMap,
  most: number,
  seed: number,
): Chart {
  const rows = cells.map(({ from, to, blocks }) => ({
    ...{ from, fromEnd: from + ranksPerCell, to, toEnd: to + ranksPerCell },
    // The root shows small flows beside large ones.
    shade: Math.max(0.03, Math.sqrt(blocks / most)),
    label: `${ranksOf(from, ranksPerCell)} to ${ranksOf(to, ranksPerCell)}: ${formatCount(blocks)}`,
  }));
  const size = { domain: [0, ranks], ticks: 6 };
  return {
    title: `Who uploaded to whom: ${name}`,
    note:
      `Blocks from rank to rank${ranksPerCell === 1 ? '' : `, ${ranksPerCell} ranks a cell`}, ` +
      `run with seed ${seed}; the darkest cell is ${formatCount(most)}.`,
    drawing: plotter.draw(
      {
        height: 430,
        x: { label: 'receives →', ...size },
        y: { label: '↓ sends', reverse: true, ...size },
        marks: [
          plotter.plot.frame({ stroke: 'var(--line)' }),
          plotter.plot.rect(rows, {
            ...{ x1: 'to', x2: 'toEnd', y1: 'from', y2: 'fromEnd', title: 'label', inset: 0.2 },
            fill: 'var(--accent)',
            fillOpacity: { value: 'shade', scale: null },
          }),
        ],
      },
      `Heat map of who uploaded to whom with ${name}`,
    ),
  };
}

function ranksOf(first: number, count: number): string {
  return count === 1 ? `rank ${first}` : `ranks ${first}-${first + count - 1}`;
}
