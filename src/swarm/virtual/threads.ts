import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../comm/workers.js';
import { ABORT } from '../../shm/control-layout.js';
import { ChoiceWatch } from '../custom/watch.js';
import { AbortReason, type ThreadFailure, errorOf } from '../report-types.js';
import type { RunHooks } from '../run.js';
import type { VirtualReport } from './host.js';
import { PROGRESS_WORDS, type VirtualPlan } from './plan.js';

/** Time between two looks at how far the threads are. */
const TICK_MS = 100;

/** The threads of a run in virtual time, as the main thread starts them and watches over them. */
export class VirtualThreads {
  reason: AbortReason = AbortReason.None;
  private readonly words: Int32Array<SharedArrayBuffer>;
  private readonly reports: VirtualReport[] = [];
  private readonly workers: Worker[] = [];
  /** Over a strategy of the user's own. */
  private readonly choices: ChoiceWatch | undefined;
  private failure: ThreadFailure | undefined;

  constructor(
    private readonly plan: VirtualPlan,
    private readonly hooks: RunHooks,
  ) {
    this.words = new Int32Array(plan.slab);
    const { custom, config } = plan;
    this.choices = custom && new ChoiceWatch(custom, TICK_MS, config.stallTimeoutMs);
  }

  async run(): Promise<VirtualReport[]> {
    const { signal } = this.hooks;
    const interrupt = (): void => this.abort(AbortReason.Interrupted);
    signal?.addEventListener('abort', interrupt, { once: true });
    const tick = setInterval(() => this.tick(), TICK_MS);
    try {
      if (signal?.aborted === true) interrupt();
      const threads = Array.from({ length: this.plan.config.threads }, (_, thread) => thread);
      await Promise.all(threads.map((thread) => this.start(thread)));
    } finally {
      clearInterval(tick);
      signal?.removeEventListener('abort', interrupt);
    }
    if (this.failure !== undefined) throw errorOf(this.failure);
    this.adoptAbort();
    return this.reports.sort((a, b) => a.thread - b.thread);
  }

  /** When the ranks of all threads stood ready; once they have run. */
  get readyMs(): number {
    return Math.max(...this.reports.map(({ readyAtMs }) => readyAtMs));
  }

  /** When all threads were through the last window; once they have run. */
  get throughMs(): number {
    return Math.max(...this.reports.map(({ throughAtMs }) => throughAtMs));
  }

  private start(thread: number): Promise<void> {
    return new Promise((resolve) => {
      const file = join(__dirname, 'host-worker.js');
      const worker: Worker = startWorker(file, { plan: this.plan, thread }, `bt-shm ${thread}`);
      this.workers[thread] = worker;
      worker.on('message', (message: VirtualReport | ThreadFailure) => {
        if (message.kind === 'report') this.reports.push(message);
        else this.fail(message);
      });
      worker.on('error', (error) => this.fail({ kind: 'failure', thread, error }));
      worker.on('exit', (code) => {
        const isReported = this.reports.some((report) => report.thread === thread);
        if (!isReported) {
          const error = new Error(
            `thread ${thread} ended with code ${code} in the middle of a run`,
          );
          this.fail({ kind: 'failure', thread, error });
        }
        resolve();
      });
    });
  }

  /** What drives the bridge to other processes has failed: the run can't go on. */
  giveUp(error: unknown): void {
    this.fail({ kind: 'failure', thread: this.plan.config.threads, error });
  }

  /** All threads must go on for any to: without one the run is over. */
  private fail(failure: ThreadFailure): void {
    this.failure ??= failure;
    this.abort(AbortReason.Failed);
  }

  private abort(reason: AbortReason): void {
    if (this.reason !== AbortReason.None) return;
    this.reason = reason;
    // Every thread looks at this word at the end of each window, and in its sleep now and then.
    Atomics.store(this.words, this.plan.layout.control + ABORT, reason);
  }

  /** Another process may have given the run up. */
  private adoptAbort(): void {
    const told = Atomics.load(this.words, this.plan.layout.control + ABORT) as AbortReason;
    if (this.reason === AbortReason.None) this.reason = told;
  }

  private tick(): void {
    this.adoptAbort();
    for (const { thread, error } of this.choices?.look() ?? []) {
      this.fail({ kind: 'failure', thread, error });
      void this.workers[thread].terminate();
    }
    this.tellProgress();
  }

  private tellProgress(): void {
    const { config, layout, totalSegments } = this.plan;
    let blocks = 0;
    let running = 0;
    for (let thread = 0; thread < config.threads; thread++) {
      const at = layout.progress + thread * PROGRESS_WORDS;
      blocks += Atomics.load(this.words, at);
      if (Atomics.load(this.words, at + 1) > 0) running++;
    }
    const perSegment = Math.ceil(config.segmentBytes / config.blockBytes);
    const segmentsWanted = totalSegments * (config.ranks - 1 - config.seeds);
    this.hooks.onProgress?.({
      phase: blocks > 0 ? 'exchanging' : 'starting',
      threadsReady: running,
      threads: config.threads,
      segmentsDelivered: Math.min(segmentsWanted, Math.floor(blocks / perSegment)),
      segmentsWanted,
    });
  }
}
