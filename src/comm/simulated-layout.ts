/** Sizes, in bytes, of what the host lays out for simulated links and windows and the kernel fills. */

/** A rank's two links; see `assembly/simulated/links.ts`. */
export const LINK_BYTES = 128;

/** The barrier of the windows; see `assembly/simulated/windows.ts`. */
export const BARRIER_BYTES = 256;

/** What a thread tells all others at the end of a window. */
export const TOLD_BYTES = 24;

/** What it tells another one of the events that it has for it. */
export const MAIL_BYTES = 8;
