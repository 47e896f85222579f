interface Timer {
  readonly dueMs: number;
  readonly rank: number;
}

/** The delays that the clients of one thread have asked for; few at a time, kept in order. */
export class TimerQueue {
  private readonly timers: Timer[] = [];

  get size(): number {
    return this.timers.length;
  }

  /** Adds a timer; equal times fire in the order in which they were added. */
  add(dueMs: number, rank: number): void {
    let index = this.timers.length;
    while (index > 0 && this.timers[index - 1].dueMs > dueMs) index--;
    this.timers.splice(index, 0, { dueMs, rank });
  }

  /** When the next timer is due. */
  nextDueMs(): number | undefined {
    return this.timers.at(0)?.dueMs;
  }

  /** Removes and returns a client whose timer is due at `nowMs`. */
  takeDue(nowMs: number): number | undefined {
    const next = this.timers.at(0);
    if (next === undefined || next.dueMs > nowMs) return undefined;
    this.timers.shift();
    return next.rank;
  }
}
