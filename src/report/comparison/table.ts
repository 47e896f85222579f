/** Columns of text. */

/** How a column's cells stand. */
export type Alignment = 'left' | 'right';

const GAP = 2;

/**
 * @param rows - cells, the same number in each row
 * @param alignments - one a column
 * @returns a line a row, its columns aligned, without spaces at its end
 */
export function alignRows(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
): string[] {
  const widths = alignments.map((_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column].length), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        alignments[column] === 'left' ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}
