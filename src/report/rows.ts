/** Labelled lines, aligned and within the width of a terminal. */
import { shorten, wrapText } from './format.js';
import type { Emphasis, Paint } from './paint.js';

/** Columns that a summary may take. */
export const SUMMARY_COLUMNS = 80;

const INDENT = 2;
const LABEL_COLUMNS = 12;

/** One labelled line; a long one is continued below itself. */
export interface Row {
  /** Empty for a line that belongs to the one above. */
  readonly label: string;
  readonly text: string;
  /** What explains the text: in a column of its own, the same for all notes of a block. */
  readonly note?: string;
  readonly emphasis?: Emphasis;
  /** The text is a path: its middle gives way where it is too long. */
  readonly isPath?: boolean;
}

/**
 * @param rows - lines of one block
 * @param paint - how emphasis looks; it adds no columns
 * @returns the block, without a line feed after its last line
 */
export function renderRows(rows: readonly Row[], paint: Paint): string {
  const column = Math.max(
    0,
    ...rows.filter((row) => row.note !== undefined).map((row) => row.text.length),
  );
  return rows.flatMap((row) => renderRow(row, column, paint)).join('\n');
}

function renderRow(row: Row, noteColumn: number, paint: Paint): string[] {
  const { label, text, note, emphasis, isPath } = row;
  const width = SUMMARY_COLUMNS - INDENT - LABEL_COLUMNS;
  const head = ' '.repeat(INDENT) + paint('faint', label.padEnd(LABEL_COLUMNS));
  const margin = ' '.repeat(INDENT + LABEL_COLUMNS);
  const painted = (line: string): string => (emphasis === undefined ? line : paint(emphasis, line));
  if (note !== undefined && noteColumn + 3 + note.length <= width) {
    return [`${head}${painted(text.padEnd(noteColumn))}   ${paint('faint', note)}`];
  }
  const whole = note === undefined ? text : `${text}, ${note}`;
  const lines = isPath === true ? [shorten(whole, width)] : wrapText(whole, width);
  return lines.map((line, index) => `${index === 0 ? head : margin}${painted(line)}`);
}
