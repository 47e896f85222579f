/** What the report's charts have in common. */
import type { Markish } from '@observablehq/plot';
import type { ComparedPoint, Comparison, Sample } from '../../types.js';
import { type Markup, html } from '../markup.js';
import type { Plotter } from '../plotter.js';
import { seriesStyle } from '../style.js';

/** A chart with what its reader needs. */
export interface Chart {
  readonly title: string;
  /** What is to be seen. */
  readonly note: string;
  readonly drawing: Markup;
  /** Names of the series, where the chart does not name them itself. */
  readonly legend?: readonly string[];
}

/** What a chart is drawn from: one point of a comparison. */
export interface ChartSource {
  readonly plotter: Plotter;
  readonly comparison: Comparison;
  /** Index of the point. */
  readonly at: number;
  readonly point: ComparedPoint;
  /** Key of the metric that heads the report. */
  readonly head: string;
}

/** @returns the names of all contenders, which number the series */
export function namesOf({ contenders }: Comparison): string[] {
  return contenders.map(({ name }) => name);
}

/** @returns the complete runs of a contender at the point, by seed */
export function samplesOf({ comparison, at }: ChartSource, name: string): Sample[] {
  return comparison.samples
    .filter(({ contender, point, complete }) => contender === name && point === at && complete)
    .sort((a, b) => a.seed - b.seed);
}

/** @returns what was observed of a contender at the point: of its first run */
export function observationOf(source: ChartSource, name: string): Sample['observation'] {
  return samplesOf(source, name).find(({ observation }) => observation !== undefined)?.observation;
}

/** @returns the text as it stands at the head of a title */
export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Most letters of a name beside an axis. */
export const NAME_LETTERS = 22;

/** @returns the room that names beside an axis need, in px */
export function marginFor(names: readonly string[]): number {
  const letters = names.reduce((most, name) => Math.max(most, name.length), 0);
  return 14 + Math.min(letters, NAME_LETTERS) * 6.7;
}

/** From this ratio of the largest to the smallest value on an axis is logarithmic. */
const LOG_FROM = 20;

/** An axis for the values on it. */
export interface Axis {
  readonly type?: 'symlog';
  readonly constant?: number;
  readonly domain?: readonly [number, number];
  readonly ticks?: number | readonly number[];
  readonly tickFormat?: (value: number) => string;
}

/** @returns the kind of axis that shows all values, the small ones as well */
export function axisFor(values: readonly number[]): Axis {
  const [least, most] = boundsOf(values);
  return least > 0 && most >= LOG_FROM * least ? logAxis(values) : { tickFormat: formatTick };
}

/**
 * @returns a logarithmic axis with few ticks, a little longer than it need be. The library labels
 *   only some of the ticks of its own logarithmic scale; far above its constant, this one is none else
 */
export function logAxis(values: readonly number[]): Axis {
  const [least, most] = boundsOf(values);
  const room = (most / least) ** 0.06;
  const [from, to] = [least / room, most * room];
  return {
    type: 'symlog',
    constant: from / 1e4,
    domain: [from, to],
    ticks: to / from < SHORT ? TICKS_OF_SHORT : decadeTicks(from, to),
    tickFormat: formatTick,
  };
}

/** @returns a number as short as it goes beside an axis: `0.05`, `400`, `20k`, `5M` */
export function formatTick(value: number): string {
  const short = (scaled: number): string => String(Number(scaled.toPrecision(3)));
  if (value >= 1e9) return `${short(value / 1e9)}G`;
  if (value >= 1e6) return `${short(value / 1e6)}M`;
  return value >= 1e4 ? `${short(value / 1e3)}k` : String(Number(value.toPrecision(4)));
}

/** In less than half a decade the library finds good ticks by itself, from this many. */
const SHORT = 5;
const TICKS_OF_SHORT = 5;

/** Beyond two decades 2 and 5 would be too many. */
const LONG = 200;

function decadeTicks(from: number, to: number): number[] {
  const steps = to / from > LONG ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(from)); 10 ** decade <= to; decade++) {
    ticks.push(...steps.map((step) => step * 10 ** decade));
  }
  return ticks.filter((tick) => tick >= from && tick <= to);
}

function boundsOf(values: readonly number[]): readonly [least: number, most: number] {
  return [
    values.reduce((min, value) => Math.min(min, value), Infinity),
    values.reduce((max, value) => Math.max(max, value), -Infinity),
  ];
}

/** A point of a line. */
export interface XY {
  readonly x: number;
  readonly y: number;
}

/** A line for each series that has points, in its style. */
export function seriesLines(
  { plot }: Plotter,
  series: readonly (readonly XY[])[],
  curve: 'linear' | 'step-after' = 'linear',
): Markish[] {
  return series.flatMap((points, number) => {
    if (points.length === 0) return [];
    const { colour, dash } = seriesStyle(number);
    const style = { stroke: colour, strokeWidth: 2, strokeDasharray: dash, curve };
    return [plot.line(points, { x: 'x', y: 'y', ...style })];
  });
}

/** @returns the chart with its title and legend */
export function figure({ title, note, drawing, legend = [] }: Chart): Markup {
  const entries = legend.map((name, number) => {
    const { colour, dash } = seriesStyle(number);
    return html`<li>
      <svg viewBox="0 0 26 10" aria-hidden="true">
        <line
          x1="0"
          x2="26"
          y1="5"
          y2="5"
          stroke="${colour}"
          stroke-width="3"
          stroke-dasharray="${dash}"
        /></svg
      >${name}
    </li>`;
  });
  return html`<figure>
    <figcaption>
      <h4>${title}</h4>
      <p>${note}</p>
      ${
        entries.length === 0
          ? undefined
          : html`<ul class="legend">
              ${entries}
            </ul>`
      }
    </figcaption>
    ${drawing}
  </figure>`;
}
