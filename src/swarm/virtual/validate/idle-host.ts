import type { KernelHost } from '../../../roles/kernel.js';
import { NO_CHOICES } from '../../custom/chooser.js';

const nothing = (): void => undefined;

/** A host for a kernel of which only a part is put to use: nothing is asked of it. */
export const IDLE_HOST: KernelHost = {
  ...NO_CHOICES,
  accept: () => true,
  lookAhead: () => undefined,
  acceptSpoiled: () => false,
  complete: nothing,
  finished: nothing,
  after: nothing,
  released: nothing,
  allFinished: nothing,
  fault: nothing,
};
