/** Draws charts as SVG without a browser. */
import type * as PlotLibrary from '@observablehq/plot';
import { Markup } from './markup.js';

/** The plotting library; its marks are made by the charts. */
export type Plot = typeof PlotLibrary;

/** A chart's width; one that is shown wider or narrower is scaled. */
export const CHART_WIDTH = 460;

/** Draws what the library is told to. */
export interface Plotter {
  readonly plot: Plot;
  /** @param description - for readers who do not see the chart */
  draw(options: PlotLibrary.PlotOptions, description: string): Markup;
}

/** What is used of a drawn element. */
interface DrawnElement {
  setAttribute(name: string, value: string): void;
  readonly outerHTML: string;
}

/** Loads the library, which only reports with pictures need. */
export async function loadPlotter(): Promise<Plotter> {
  const [plot, { parseHTML }] = await Promise.all([
    import('@observablehq/plot'),
    import('linkedom'),
  ]);
  const { document } = parseHTML('<!doctype html><html><body></body></html>') as {
    readonly document: unknown;
  };
  return {
    plot,
    draw: (options, description) => {
      const given: Readonly<Record<string, unknown>> = {
        document,
        width: CHART_WIDTH,
        marginBottom: 42,
        style: { fontFamily: 'inherit', fontSize: '12px', background: 'none' },
        ...options,
        ariaLabel: description,
      };
      // Its types name those of a browser's document, which this is not compiled with.
      const chart = plot.plot(given) as unknown as DrawnElement;
      chart.setAttribute('role', 'img');
      return new Markup(chart.outerHTML);
    },
  };
}
