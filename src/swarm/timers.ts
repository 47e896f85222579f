import type { Download } from '../roles/download.js';

interface Timer {
  readonly dueMs: number;
  readonly download: Download;
}

/** The delays that the downloads of one thread have asked for; few at a time, kept in order. */
export class TimerQueue {
  private readonly timers: Timer[] = [];

  get size(): number {
    return this.timers.length;
  }

  /** Adds a timer; equal times fire in the order in which they were added. */
  add(dueMs: number, download: Download): void {
    let index = this.timers.length;
    while (index > 0 && this.timers[index - 1].dueMs > dueMs) index--;
    this.timers.splice(index, 0, { dueMs, download });
  }

  /** When the next timer is due. */
  nextDueMs(): number | undefined {
    return this.timers.at(0)?.dueMs;
  }

  /** Removes and returns a download whose timer is due at `nowMs`. */
  takeDue(nowMs: number): Download | undefined {
    const next = this.timers.at(0);
    if (next === undefined || next.dueMs > nowMs) return undefined;
    this.timers.shift();
    return next.download;
  }
}
