/** What can go wrong between the ranks of a launched program. */
import { BtShmError } from '../errors.js';

/** A rank of a launched program threw, ended early or died; the other ranks were aborted. */
export class RankFailedError extends BtShmError {
  /** The rank that failed first. */
  readonly rank: number;

  /**
   * @param rank - the rank that failed first
   * @param reason - what became of it
   * @param options - what the rank threw, as `cause`
   */
  constructor(rank: number, reason: string, options?: ErrorOptions) {
    super('ERR_BTSHM_RANK_FAILED', `rank ${rank} failed: ${reason}`, options);
    this.rank = rank;
  }
}

/**
 * Thrown by a {@link Communicator}'s calls once the run was given up: another rank failed, all
 * ranks waited for each other, or the caller of {@link launch} interrupted it.
 */
export class AbortedError extends BtShmError {
  /** @param reason - why the run was given up */
  constructor(reason: string) {
    super('ERR_BTSHM_ABORTED', `the run was aborted: ${reason}`);
  }
}

/** Every rank that still runs waits for something that only the others could do. */
export class DeadlockError extends BtShmError {
  /** @param waits - for each rank what it waits for */
  constructor(waits: string) {
    super('ERR_BTSHM_DEADLOCK', `all ranks wait for each other: ${waits}`);
  }
}

/** No message that would have matched came within `timeoutMs`. */
export class RecvTimeoutError extends BtShmError {
  /** @param message - what was waited for, and how long */
  constructor(message: string) {
    super('ERR_BTSHM_TIMEOUT', message);
  }
}
