import { BtShmError } from './errors.js';

/** A defect in bt-shm, or in the code that calls it: something that must hold does not. */
export class AssertionError extends BtShmError {
  /** @param message - what must hold, with the values that broke it */
  constructor(message: string) {
    super('ERR_BTSHM_ASSERTION', message);
  }
}

/**
 * Checks what must hold whatever the user does. It costs one branch when the condition holds, so
 * hot code may call it as long as the message is a literal: a template would be built each time.
 *
 * @param condition - what must hold
 * @param message - what must hold, with the values that broke it
 * @throws {@link AssertionError} when the condition does not hold
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new AssertionError(message);
  }
}
