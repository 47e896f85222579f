/** The compiled package: ranks are threads of compiled code, so `launch` has to come from it. */
import { createRequire } from 'node:module';
import * as path from 'node:path';
import type * as Api from '../../src/index.js';

export const ROOT = path.resolve(__dirname, '../..');

export const compiled = createRequire(__filename)(
  path.join(ROOT, 'dist/src/index.js'),
) as typeof Api;

/** Path of a program for ranks. */
export function programPath(name: string): string {
  return path.join(__dirname, 'programs', name);
}

/** What `promise` is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error(`rejected with no error: ${String(error)}`, { cause: error });
  }
  throw new Error('was not rejected');
}
