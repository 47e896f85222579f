import { type ControlLayout, HEARTBEAT, IS_READY, STATE } from '../shm/control-layout.js';
import type { Words } from '../shm/layout.js';
import { isAsleep } from '../shm/parking.js';
import type { RunConfig } from './config.js';

/**
 * Finds threads that neither sleep nor come forward. A thread counts up its heartbeat with each turn
 * and each segment that it hashes; one that is asleep owes nobody a sign.
 */
export class SilenceWatch {
  private readonly beats: Int32Array;
  private readonly stillTicks: Int32Array;

  constructor(
    private readonly control: ControlLayout,
    private readonly words: Words,
    private readonly tickMs: number,
    private readonly config: Pick<RunConfig, 'threads' | 'peerTimeoutMs'>,
  ) {
    this.beats = new Int32Array(config.threads);
    this.stillTicks = new Int32Array(config.threads);
  }

  /** Whether a thread has been silent for too long; to be asked once a tick. */
  isSilent(thread: number): boolean {
    const base = this.control.threadOffset(thread);
    const beat = Atomics.load(this.words, base + HEARTBEAT);
    const isReady = Atomics.load(this.words, base + IS_READY) !== 0;
    const sleeps = isAsleep(Atomics.load(this.words, base + STATE));
    if (!isReady || sleeps || beat !== this.beats[thread]) {
      this.beats[thread] = beat;
      this.stillTicks[thread] = 0;
      return false;
    }
    // Ticks, not time: while the whole process is stopped, nobody can be expected to answer.
    this.stillTicks[thread]++;
    const { peerTimeoutMs } = this.config;
    return peerTimeoutMs > 0 && this.stillTicks[thread] * this.tickMs >= peerTimeoutMs;
  }
}
