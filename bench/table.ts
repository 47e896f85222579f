/** Tables of judged measurements: a line for bt-shm's figure, below it a line a peer. */
import {
  formatBytes,
  formatCount,
  formatMemory,
  formatRate,
  formatSignificant,
  wrapText,
} from '../src/report/format.js';
import type { Emphasis, Paint } from '../src/report/paint.js';
import type { PeerResult } from './peers/peer.js';
import type { JudgedComparison, JudgedMeasurement, Target, Unit, Verdict } from './report.js';

/** One line's cells; each column is as wide as its widest cell. */
interface Line {
  readonly name: string;
  readonly figure: string;
  /** Lowest and highest sample, or the ratio to a peer. */
  readonly spread: string;
  readonly target: string;
  readonly verdict: string;
  readonly emphasis?: Emphasis;
}

/** A line of text that takes the width of the table. */
interface Remark {
  readonly remark: string;
}

const COLUMNS = ['name', 'figure', 'spread', 'target', 'verdict'] as const;
const REMARK_COLUMNS = 76;
const VERDICT_EMPHASIS: Readonly<Record<Verdict, Emphasis>> = {
  met: 'good',
  missed: 'warn',
  skipped: 'faint',
  failed: 'bad',
};

/**
 * Draws one section's table.
 *
 * @param title - the section's title
 * @param measurements - what it measured, in order
 * @param paint - how emphasis looks; it adds no columns
 * @param isDoubtful - whether others disturbed the measurements: verdicts on times and rates get
 *   a question mark
 * @returns the table, with a line feed at its end
 */
export function renderTable(
  title: string,
  measurements: readonly JudgedMeasurement[],
  paint: Paint,
  isDoubtful = false,
): string {
  const head: Line = {
    name: title,
    figure: 'figure',
    spread: 'range or ratio',
    target: 'target',
    verdict: '',
    emphasis: 'strong',
  };
  const lines = [head, ...measurements.flatMap((measurement) => linesOf(measurement, isDoubtful))];
  const widths = COLUMNS.map((column) =>
    Math.max(...lines.map((line) => ('remark' in line ? 0 : line[column].length))),
  );
  return `${lines.map((line) => renderLine(line, widths, paint)).join('\n')}\n`;
}

function renderLine(line: Line | Remark, widths: readonly number[], paint: Paint): string {
  if ('remark' in line) return paint('faint', line.remark);
  const cells = COLUMNS.map((column, index) =>
    column === 'name' || column === 'verdict'
      ? line[column].padEnd(widths[index])
      : line[column].padStart(widths[index]),
  );
  const text = cells.join('  ').trimEnd();
  return line.emphasis === undefined ? text : paint(line.emphasis, text);
}

function linesOf(measurement: JudgedMeasurement, isDisturbed: boolean): (Line | Remark)[] {
  const { name, unit, figure, failure, target, verdict, comparisons, notes } = measurement;
  const isDoubtful = isDisturbed && dependsOnTime(unit);
  const own: Line = {
    name: `  ${name}${isCountRate(unit) ? `, ${unit}` : ''}`,
    figure: figure === undefined ? '-' : formatFigure(figure, unit),
    spread: rangeOf(measurement),
    target: target === undefined ? '' : formatTarget(target, (value) => formatFigure(value, unit)),
    verdict: verdictText(verdict, isDoubtful),
    ...emphasisOf(verdict),
  };
  const reasons = failure === undefined ? [] : [`failed: ${failure}`];
  return [
    own,
    ...[...reasons, ...notes].flatMap((note) => remark(note)),
    ...comparisons.flatMap((comparison) => peerLines(comparison, unit, isDoubtful)),
  ];
}

function peerLines(
  comparison: JudgedComparison,
  unit: Unit,
  isDoubtful: boolean,
): (Line | Remark)[] {
  const { peer, ratio, target, verdict } = comparison;
  const line: Line = {
    name: `    ${peerLabel(peer)}`,
    figure: peer.value === undefined ? 'skipped' : formatFigure(peer.value, unit),
    spread: ratio === undefined ? '' : formatRatio(ratio),
    target: target === undefined ? '' : formatTarget(target, formatRatio),
    verdict: verdictText(verdict, isDoubtful),
    ...emphasisOf(verdict),
  };
  return peer.skipped === undefined ? [line] : [line, ...remark(`skipped: ${peer.skipped}`)];
}

/** Amounts are the same on a busy machine. */
function dependsOnTime(unit: Unit): boolean {
  return unit !== 'B' && unit !== 'wake-ups';
}

function verdictText(verdict: Verdict | undefined, isDoubtful: boolean): string {
  return isDoubtful && (verdict === 'met' || verdict === 'missed')
    ? `${verdict}?`
    : (verdict ?? '');
}

function remark(text: string): Remark[] {
  return wrapText(text, REMARK_COLUMNS - 6).map((line) => ({ remark: `      ${line}` }));
}

function emphasisOf(verdict: Verdict | undefined): { emphasis?: Emphasis } {
  return verdict === undefined ? {} : { emphasis: VERDICT_EMPHASIS[verdict] };
}

/** The range of the samples, or how many there are where their sum or the highest is shown. */
function rangeOf({ samples, summary, unit, figure, min, max }: JudgedMeasurement): string {
  if (figure === undefined || min === undefined || max === undefined) return '';
  if (summary === 'total') return `in ${formatCount(samples.length)} runs`;
  if (min === max) return '';
  return `${formatFigure(min, unit)} .. ${formatFigure(max, unit)}`;
}

/** The peer and its version, without the measurement that its name goes on to tell. */
function peerLabel({ name, version }: PeerResult): string {
  const [peer] = name.split(', ', 1);
  const isNode = version === undefined || version.startsWith('Node ');
  return isNode ? peer : `${peer} ${version}`;
}

function formatTarget({ bound, value }: Target, format: (value: number) => string): string {
  if (value === 0) return format(value);
  return `${bound === 'at least' ? '>=' : '<='} ${format(value)}`;
}

/** @returns how many times as much: `2.62x` */
export function formatRatio(ratio: number): string {
  return `${Number(ratio.toFixed(2)) === ratio ? ratio : formatSignificant(ratio)}x`;
}

/** Rates of things leave their unit to the measurement's name. */
function isCountRate(unit: Unit): boolean {
  return unit === 'msg/s' || unit === 'segments/s' || unit === 'blocks/s';
}

/** @returns a figure as short as it can be told, and for a rate of things without its unit */
export function formatFigure(value: number, unit: Unit): string {
  switch (unit) {
    case 'msg/s':
    case 'segments/s':
    case 'blocks/s':
      return formatRate(value, '').replace(/ ?\/s$/, '');
    case 'B/s':
      return `${formatBytes(value)}/s`;
    case 'B':
      return formatMemory(value);
    case 'wake-ups':
      return formatCount(value);
    case 'ratio':
      return formatRatio(value);
    case 'ns':
      return formatTime(value);
  }
}

const TIME_UNITS = ['ns', 'us', 'ms', 's'];

function formatTime(ns: number): string {
  let step = 0;
  let value = ns;
  while (value >= 999.5 && step < TIME_UNITS.length - 1) {
    value /= 1000;
    step++;
  }
  return `${formatSignificant(value)} ${TIME_UNITS[step]}`;
}
