/** Finds files of the package, which lie at another depth for sources than for compiled code. */
import * as path from 'node:path';

/** @returns paths of a file named `name` in `folder` and in each folder above it, nearest first */
export function* pathsUpwards(folder: string, name: string): Generator<string, void> {
  for (let from = folder; ; from = path.dirname(from)) {
    yield path.join(from, name);
    if (from === path.dirname(from)) return;
  }
}
