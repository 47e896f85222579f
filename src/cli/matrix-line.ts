import { formatClock, formatCount } from '../report/format.js';
import type { MatrixProgress } from '../swarm/compare/index.js';
import { CLEAR_LINE, type ProgressOptions, drawStatus } from './progress.js';

const REDRAW_MS = 100;

/** One line on a terminal, drawn over and over while the runs of a comparison go on. */
export class MatrixLine {
  private drawnAtMs = -Infinity;
  private isStopping = false;

  constructor(private readonly options: ProgressOptions) {}

  /** Redraws the line where it is old enough. */
  update({ runs, runsDone, runsRecalled, share, msLeft }: MatrixProgress): void {
    const now = this.options.now();
    if (now - this.drawnAtMs < REDRAW_MS || this.isStopping) return;
    this.drawnAtMs = now;
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const stored = runsRecalled === 0 ? '' : ` (${formatCount(runsRecalled)} stored)`;
    const left = msLeft === undefined ? '' : `  ${formatClock(msLeft / 1000)} left`;
    const counts = `${formatCount(runsDone)} of ${formatCount(runs)} runs${stored}`;
    drawStatus(this.options, 'comparing', `${percent}  ${counts}${left}`, share);
  }

  /** Says that the comparison is being given up. */
  stop(): void {
    this.isStopping = true;
    drawStatus(this.options, 'stopping', '(again to leave at once)', undefined);
  }

  /** Clears the line. */
  close(): void {
    this.isStopping = true;
    this.options.stream.write(CLEAR_LINE);
  }
}
