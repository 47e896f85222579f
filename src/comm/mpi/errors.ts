import { BtShmError } from '../../errors.js';

/** MPI is not there, can't be used as it is, or a call of it failed. */
export class MpiError extends BtShmError {
  /**
   * @param message - what was expected and what was found, and what to install
   * @param options - the underlying error, as `cause`
   */
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_BTSHM_MPI', message, options);
  }
}
