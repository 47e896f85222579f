/** A kernel that hosts no rank asks nothing of its host. */
import type { KernelHost } from '../../roles/kernel.js';

const nothing = (): never => {
  throw new Error('a kernel without ranks has no use for its host');
};

export const NO_HOST: KernelHost = {
  accept: nothing,
  lookAhead: nothing,
  acceptSpoiled: nothing,
  complete: nothing,
  finished: nothing,
  after: nothing,
  released: nothing,
  allFinished: nothing,
  fault: nothing,
  chooseHolder: nothing,
  chooseUnchoked: nothing,
};
