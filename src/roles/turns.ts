/**
 * What a thread's loop comes to when it hands over to its host. Constants only, so that the assembly
 * sources share them.
 */

/** A turn that did something, or did not. */
export const WORKED = 0;
export const IDLE = 1;
/** Every rank here was told to stop. */
export const DONE = 2;
/** The run is given up. */
export const GIVEN_UP = 3;
