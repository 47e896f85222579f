import type { WriteStream } from 'node:tty';
import { formatClock, formatCount, formatRate } from '../report/format.js';
import type { Paint } from '../report/paint.js';
import type { RunProgress } from '../swarm/run.js';

const REDRAW_MS = 100;

/** The rate is taken over the last part of the run: it is what the time left depends on. */
const RATE_SPAN_MS = 3000;

/** Below this span a rate says little, and the time left nothing. */
const LEAST_SPAN_MS = 300;

const MAX_BAR_COLUMNS = 30;
const MIN_BAR_COLUMNS = 4;

/** Moves the cursor to the first column and clears the line. */
export const CLEAR_LINE = '\r\x1b[K';

/** The two parts of a bar. */
export type BarGlyphs = readonly [done: string, left: string];

/** @returns block characters where the locale has them, ASCII otherwise */
export function barGlyphs(
  env: Readonly<Record<string, string | undefined>> = process.env,
): BarGlyphs {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((name) => (name ?? '') !== '');
  return /utf-?8/i.test(locale ?? '') ? ['█', '░'] : ['#', '-'];
}

/** What a progress line is drawn with. */
export interface ProgressOptions {
  readonly stream: Pick<WriteStream, 'write' | 'columns'>;
  readonly paint: Paint;
  readonly glyphs: BarGlyphs;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** One line on a terminal, drawn over and over while a run goes on. */
export class ProgressLine {
  private readonly samples: { readonly atMs: number; readonly segments: number }[] = [];
  private drawnAtMs = -Infinity;
  private isStopping = false;
  private isClosed = false;

  constructor(private readonly options: ProgressOptions) {}

  /** Shows that something happens before the first figures come. */
  open(): void {
    this.draw('starting', '', undefined);
  }

  /** Takes the figures in, and redraws the line where it is old enough. */
  update(progress: RunProgress): void {
    const now = this.options.now();
    const { samples } = this;
    samples.push({ atMs: now, segments: progress.segmentsDelivered });
    while (samples.length > 2 && now - samples[1].atMs >= RATE_SPAN_MS) samples.shift();
    if (now - this.drawnAtMs < REDRAW_MS || this.isStopping || this.isClosed) return;
    this.drawnAtMs = now;
    if (progress.segmentsDelivered === 0) this.drawStart(progress);
    else this.drawExchange(progress);
  }

  /** Says that the run is being given up. */
  stop(): void {
    if (this.isClosed) return;
    this.isStopping = true;
    this.draw('stopping', '(again to leave at once)', undefined);
  }

  /** Clears the line. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.options.stream.write(CLEAR_LINE);
  }

  private drawStart({ threadsReady, threads }: RunProgress): void {
    const text = `${formatCount(threadsReady)} of ${formatCount(threads)} threads ready`;
    this.draw('starting', text, threadsReady / threads);
  }

  private drawExchange({ segmentsDelivered, segmentsWanted }: RunProgress): void {
    const share = segmentsWanted === 0 ? 1 : segmentsDelivered / segmentsWanted;
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const counts = `${formatCount(segmentsDelivered)} of ${formatCount(segmentsWanted)} segments`;
    this.draw('exchanging', `${percent}  ${counts}${this.pace(segmentsWanted)}`, share);
  }

  private pace(segmentsWanted: number): string {
    const first = this.samples[0];
    const last = this.samples[this.samples.length - 1];
    const spanMs = last.atMs - first.atMs;
    const gained = last.segments - first.segments;
    if (spanMs < LEAST_SPAN_MS) return '';
    const perSecond = gained / (spanMs / 1000);
    const rate = formatRate(perSecond, '').replace(' /s', '/s');
    if (gained === 0) return `  ${rate}`;
    return `  ${rate}  ${formatClock((segmentsWanted - last.segments) / perSecond)} left`;
  }

  private draw(phase: string, text: string, share: number | undefined): void {
    drawStatus(this.options, phase, text, share);
  }
}

/**
 * Draws a line of what goes on over the one before, as much as the terminal has room for.
 *
 * @param phase - what goes on
 * @param text - figures
 * @param share - for the bar; `undefined`: no bar
 */
export function drawStatus(
  { stream, paint, glyphs }: Pick<ProgressOptions, 'stream' | 'paint' | 'glyphs'>,
  phase: string,
  text: string,
  share: number | undefined,
): void {
  // The last column stays free: some terminals break the line once it is written to.
  const columns = (stream.columns ?? 80) - 1;
  const room = columns - phase.length - text.length - 2;
  const bar = share === undefined ? '' : barOf(share, Math.min(room, MAX_BAR_COLUMNS), glyphs);
  const plain = `${phase} ${bar === '' ? '' : `${bar} `}${text}`;
  if (plain.length > columns) {
    stream.write(CLEAR_LINE + plain.slice(0, columns));
    return;
  }
  const painted = bar === '' ? '' : `${paint('accent', bar)} `;
  stream.write(`${CLEAR_LINE}${paint('strong', phase)} ${painted}${text}`);
}

function barOf(share: number, columns: number, [done, left]: BarGlyphs): string {
  if (columns < MIN_BAR_COLUMNS) return '';
  const filled = Math.min(columns, Math.round(share * columns));
  return done.repeat(filled) + left.repeat(columns - filled);
}
