/** How the report looks: light and dark, on a phone, on paper. */

/**
 * Colours of series that colour-blind readers can tell apart, and on both backgrounds. Source:
 * Okabe and Ito, "Color universal design" (2008), without its black and yellow.
 */
const SERIES_COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'];

/** Lines of the same colour are told apart by their dashes. */
const DASHES = ['none', '6 3', '2 3'];

/** How a series is drawn. */
export interface SeriesStyle {
  readonly colour: string;
  readonly dash: string;
}

/** @returns the style of the series with this number, from 0 */
export function seriesStyle(series: number): SeriesStyle {
  const round = Math.floor(series / SERIES_COLOURS.length);
  return {
    colour: `var(--series-${series % SERIES_COLOURS.length})`,
    dash: DASHES[round % DASHES.length],
  };
}

const SERIES_VARIABLES = SERIES_COLOURS.map((colour, series) => `--series-${series}: ${colour};`);

/** The style sheet. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1f24; --soft: #5b6470; --line: #d5dae0; --wash: #f3f5f7;
  --accent: #0072b2; --bad: #b3261e;
  ${SERIES_VARIABLES.join(' ')}
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e6e9ec; --soft: #9aa4af; --line: #363d45; --wash: #1e2328;
    --accent: #56b4e9; --bad: #ff8a80; --series-0: #3d9fdd;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 68rem;
  background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p, ul { margin: .4rem 0; }
.scope, .note, figcaption p { color: var(--soft); }
.note, figcaption p { font-size: .875rem; }
.warning { color: var(--bad); font-weight: 600; }
.verdicts { list-style: none; padding: 0; }
.verdicts li { padding: .25rem 0 .25rem 1.6rem; text-indent: -1.6rem; }
.verdicts li::before { content: "\\2248"; display: inline-block; width: 1.6rem; text-indent: 0; color: var(--soft); }
.verdicts li.shown { font-weight: 600; }
.verdicts li.shown::before { content: "\\2713"; color: var(--accent); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); gap: 1.6rem 1.2rem; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figure h4 { margin: 0; font-size: .95rem; }
figcaption p { margin: 0 0 .3rem; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: .2rem 0; padding: 0; list-style: none; font-size: .8rem; }
.legend svg { display: inline-block; width: 1.6rem; height: .7rem; vertical-align: middle; margin-right: .3rem; }
.table { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; min-width: 100%; }
th, td { padding: .25rem .6rem; text-align: left; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
th.number, td.number { text-align: right; white-space: nowrap; }
th { border-bottom: 2px solid var(--line); white-space: nowrap; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 2px solid var(--accent); }
th button::after { content: "\\2195"; color: var(--soft); margin-left: .3em; }
th[aria-sort=ascending] button::after { content: "\\2191"; color: var(--ink); }
th[aria-sort=descending] button::after { content: "\\2193"; color: var(--ink); }
tbody tr:nth-child(even) { background: var(--wash); }
pre { background: var(--wash); padding: .7rem .9rem; border-radius: .4rem; white-space: pre-wrap; font-size: .85rem; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
details { margin: 1.2rem 0; }
details .charts { margin-top: .8rem; }
summary { cursor: pointer; font-weight: 600; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .85rem; }
@media print {
  :root { --paper: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb; --wash: #f3f5f7; --series-0: #0072b2; }
  body { max-width: none; padding: 0; font-size: 11pt; }
  .charts { grid-template-columns: 1fr 1fr; }
  th button::after { content: none; }
  tr { break-inside: avoid; }
}
`;
