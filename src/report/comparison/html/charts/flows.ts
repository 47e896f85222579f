import type { Observation } from '../../../../swarm/virtual/observation.js';
import type { Markish } from '@observablehq/plot';
import { formatCount } from '../../../format.js';
import type { Plotter } from '../plotter.js';
import { type Chart, type ChartSource, namesOf, observationOf } from './chart.js';

/** Rows and columns of the map: more would be too small to see. */
const MOST_CELLS = 64;

/** Who sent to whom: a heat map for each contender; of one run. */
export function flowCharts(source: ChartSource): Chart[] {
  const { plotter, comparison } = source;
  const observed = namesOf(comparison).flatMap((name) => {
    const observation = observationOf(source, name);
    return observation === undefined ? [] : [{ name, ...mapOf(observation.flows) }];
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
          ...SHADES.map((shade) => {
            const inShade = cells.filter(({ blocks }) => shadeOf(blocks / most) === shade);
            return shadeMark(inShade, shade, ranksPerCell);
          }),
        ],
      },
      `Heat map of who uploaded to whom with ${name}`,
    ),
  };
}

/** Opacities that a cell can have. */
const SHADES = Array.from({ length: 12 }, (_, index) => (index + 1) / 12);

/** The root shows small flows beside large ones. */
function shadeOf(share: number): number {
  return SHADES[Math.max(0, Math.ceil(Math.sqrt(share) * SHADES.length) - 1)];
}

/** All cells of one shade as one path: thousands of elements would make the page heavy. */
function shadeMark(cells: FlowMap['cells'], shade: number, ranksPerCell: number): Markish {
  const render = (
    _index: unknown,
    { x, y }: Scales,
    _values: unknown,
    _dimensions: unknown,
    { document }: { readonly document: SvgDocument },
  ): unknown => {
    const px = (value: number): string => String(Number(value.toFixed(1)));
    const [width, height] = [x(ranksPerCell) - x(0), y(ranksPerCell) - y(0)].map(px);
    const shapes = cells.map(({ from, to }) => {
      return `M${px(x(to))},${px(y(from))}h${width}v${height}h-${width}z`;
    });
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', shapes.join(''));
    path.setAttribute('fill', 'var(--accent)');
    path.setAttribute('fill-opacity', shade.toFixed(2));
    return path;
  };
  // The library's own type for this names elements of a browser's document.
  return render as unknown as Markish;
}

/** Where a value lies in the drawing, in px. */
interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** What is used of a document. */
interface SvgDocument {
  createElementNS(
    namespace: string,
    name: string,
  ): { setAttribute(name: string, value: string): void };
}
