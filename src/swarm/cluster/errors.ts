import { BtShmError } from '../../errors.js';

/** A process of a job over MPI has died, and the others can't go on without it. */
export class ProcessLostError extends BtShmError {
  /** Number of the process, from 0. */
  readonly process: number;

  /** @param process - number of the process, from 0 */
  constructor(process: number) {
    super('ERR_BTSHM_RANK_FAILED', `MPI process ${process} has died`);
    this.process = process;
  }
}
