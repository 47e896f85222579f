import type { KernelHost } from '../../../roles/kernel.js';
import { NO_CHOICES } from '../../custom/chooser.js';

const nothing = (): void => undefined;

/** A host for kernels whose ranks are no clients with files of their own. */
export const SILENT_HOST: KernelHost = {
  ...NO_CHOICES,
  accept: () => 1,
  complete: nothing,
  finished: nothing,
  after: nothing,
  released: nothing,
  allFinished: nothing,
  fault: nothing,
};
