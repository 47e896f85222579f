import { InputError } from '../../../src/errors.js';

/**
 * Runs what must fail with an input error, and returns the error.
 *
 * @param operation - the operation
 * @returns the error
 * @throws whatever else the operation throws, and an error of its own where it throws nothing
 */
export function inputErrorOf(operation: () => unknown): InputError {
  try {
    operation();
  } catch (error) {
    if (error instanceof InputError) {
      return error;
    }
    throw error;
  }
  throw new Error('expected an input error, but nothing was thrown');
}
