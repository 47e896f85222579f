import { labelOfValue } from '../../swarm/compare/index.js';
import type { Comparison } from './types.js';

/**
 * @returns every run on a line of its own: contender, a column for each axis, seed, outcome and all
 *   metrics. Source: RFC 4180, with line feeds
 */
export function comparisonCsv({ points, metrics, samples }: Comparison): string {
  const axes = Object.keys(points[0]?.values ?? {});
  const head = [
    'contender',
    ...axes,
    'seed',
    'outcome',
    'digest',
    ...metrics.map(({ key }) => key),
  ];
  const rows = samples.map(({ contender, point, seed, outcome, digest, values }) => {
    const at = points[point].values as Readonly<Record<string, unknown>>;
    return [
      contender,
      ...axes.map((key) => labelOfValue(at[key])),
      seed,
      outcome,
      digest ?? '',
      ...metrics.map(({ key }) => values[key] ?? ''),
    ];
  });
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
