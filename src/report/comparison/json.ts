import type { Comparison } from './types.js';

/** @returns the comparison with every sample, as one line */
export function comparisonJson(comparison: Comparison): string {
  return `${JSON.stringify(comparison)}\n`;
}
