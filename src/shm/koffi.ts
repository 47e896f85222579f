/** The package koffi, which calls C; optional, so it is looked for only where it is wanted. */
import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';

const requirePackage = createRequire(__filename);

/** Throws where the package is not installed, or not for this machine. */
export function requireKoffi(): typeof Koffi {
  return requirePackage('koffi') as typeof Koffi;
}
