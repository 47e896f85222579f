/** A comparison as one HTML file: no network, no other file. */
import { labelOfPoint } from '../../../swarm/compare/index.js';
import {
  type Cell,
  type Table,
  environmentTable,
  figureTable,
  gateTable,
  outlierTable,
  ownConfigTable,
  pairTable,
} from '../tables.js';
import type { ComparedPoint, Comparison } from '../types.js';
import { OUTLIER_NOTE, describeGaps, describeScope, describeTests } from '../words.js';
import { chartsOf, figure, sweepCharts } from './charts/index.js';
import { type Content, Markup, html } from './markup.js';
import { type Plotter, loadPlotter } from './plotter.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

/** Nothing may be loaded: what the page needs is in it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/**
 * @param comparison - what was found
 * @param metric - key of the metric that the verdicts are on; by default the first one
 * @returns the page; the same comparison gives the same page, byte by byte
 */
export async function comparisonHtml(comparison: Comparison, metric?: string): Promise<string> {
  const plotter = await loadPlotter();
  const head = metric ?? comparison.metrics[0].key;
  const title = `Comparison of ${comparison.contenders.map(({ name }) => name).join(', ')}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>${title}</title>
        ${new Markup(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p class="scope">${describeScope(comparison)}</p>
          ${describeGaps(comparison).map((gap) => html`<p class="warning">${gap}</p>`)}
        </header>
        <main>
          ${verdictPart(comparison, head)} ${gatePart(comparison)}
          ${chartPart(plotter, comparison, head)} ${figurePart(comparison)} ${pairPart(comparison)}
          ${outlierPart(comparison)} ${repetitionPart(comparison)}
        </main>
        <footer>Made by bt-shm ${comparison.environment?.version}</footer>
        ${new Markup(`<script>${SCRIPT}</script>`)}
      </body>
    </html> `;
  return page.text;
}

function verdictPart({ points }: Comparison, head: string): Markup {
  const lists = points.map((point) => {
    const verdicts = point.pairs.flatMap(({ metrics }) => metrics[head]?.verdict ?? []);
    const items = verdicts.map(
      ({ text, winner }) => html`<li class="${winner === undefined ? '' : 'shown'}">${text}</li>`,
    );
    return [
      subtitle(point),
      items.length === 0
        ? html`<p>There is no pair to judge.</p>`
        : html`<ul class="verdicts">
            ${items}
          </ul>`,
    ];
  });
  return html`<section>
    <h2>Verdicts</h2>
    ${lists}
  </section>`;
}

function subtitle({ values }: ComparedPoint): Markup | undefined {
  const label = labelOfPoint(values);
  return label === '' ? undefined : html`<h3>${label}</h3>`;
}

function gatePart(comparison: Comparison): Markup | undefined {
  if (comparison.gates.length === 0) return undefined;
  return html`<section>
    <h2>Thresholds</h2>
    ${tableOf(gateTable(comparison))}
  </section>`;
}

function chartPart(plotter: Plotter, comparison: Comparison, head: string): Markup {
  const { points } = comparison;
  const sweep = sweepCharts(plotter, comparison, head);
  const parts = points.map((point, at) => {
    const charts = chartsOf({ plotter, comparison, at, point, head });
    const grid = html`<div class="charts">${charts.map(figure)}</div>`;
    if (points.length === 1) return grid;
    const isOpen = at === 0 ? new Markup(' open') : undefined;
    return html`<details${isOpen}><summary>${labelOfPoint(point.values)}</summary>${grid}</details>`;
  });
  return html`<section>
    <h2>Charts</h2>
    ${sweep.length === 0 ? undefined : html`<div class="charts">${sweep.map(figure)}</div>`}
    ${parts}
  </section>`;
}

function figurePart(comparison: Comparison): Markup {
  const tables = comparison.points.map((point) => [
    subtitle(point),
    tableOf(figureTable(comparison, point)),
  ]);
  return html`<section>
    <h2>Figures</h2>
    ${tables}
  </section>`;
}

function pairPart(comparison: Comparison): Markup {
  const tables = comparison.points.map((point) => {
    const { table, equal } = pairTable(comparison, point);
    return [
      subtitle(point),
      table.rows.length === 0 ? undefined : tableOf(table),
      equal.length === 0 ? undefined : html`<p>All runs are equal in: ${equal.join(', ')}.</p>`,
    ];
  });
  return html`<section>
    <h2>Pairs</h2>
    <p class="note">${describeTests(comparison)}</p>
    ${tables}
  </section>`;
}

function outlierPart(comparison: Comparison): Markup | undefined {
  const table = outlierTable(comparison);
  if (table.rows.length === 0) return undefined;
  return html`<section>
    <h2>Outliers</h2>
    <p class="note">${OUTLIER_NOTE}</p>
    ${tableOf(table)}
  </section>`;
}

function repetitionPart(comparison: Comparison): Markup {
  const { command, config } = comparison;
  const environment = environmentTable(comparison);
  return html`<section>
    <h2>How to repeat it</h2>
    ${command === undefined ? undefined : html`<pre><code>${command}</code></pre>`}
    ${environment.rows.length === 0 ? undefined : tableOf(environment)}
    <details>
      <summary>What all runs have in common</summary>
      <pre><code>${JSON.stringify(config, null, 2)}</code></pre>
    </details>
    ${tableOf(ownConfigTable(comparison))}
  </section>`;
}

function tableOf({ head, texts, rows }: Table): Markup {
  const side = (column: number): string => (column < texts ? '' : 'number');
  const heads = head.map((name, column) => {
    const label = name === '' ? '' : html`<button type="button">${name}</button>`;
    return html`<th scope="col" class="${side(column)}">${label}</th>`;
  });
  const body = rows.map((cells) => {
    const line = cells.map((cell, column) => {
      const value =
        cell.value === undefined ? undefined : html` data-value="${String(cell.value)}"`;
      return html`<td class="${side(column)}" ${value}>${contentOf(cell)}</td>`;
    });
    return html`<tr>
      ${line}
    </tr>`;
  });
  return html`<div class="table">
    <table>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

function contentOf({ text, strong = false, code = false }: Cell): Content {
  if (code) return text === '' ? '' : html`<code>${text}</code>`;
  return strong ? html`<strong>${text}</strong>` : text;
}
