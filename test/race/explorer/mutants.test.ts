import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import { CASES, type Case, stopCase } from './cases.js';
import { explore } from './explore.js';
import { MUTANTS, type Mutant } from './mutants.js';
import type { Alterations } from './sources.js';

const SOURCES = path.join(__dirname, '../../../src');

/** Where a producer stops, for faults in what a dead one leaves behind. */
const STOPS = Array.from({ length: 50 }, (_, index) => stopCase(index + 1));

/** @returns the whole source with the fault in it */
function alteredBy({ file, from, to }: Mutant): string {
  const source = readFileSync(path.join(SOURCES, `${file}.ts`), 'utf8');
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${file}: found ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}

/** @returns the first case that finds the fault, and what it finds */
function findFault(cases: readonly Case[], alterations: Alterations): string | undefined {
  for (const { name, build, bounds } of cases) {
    try {
      explore(() => build(alterations), bounds);
    } catch (error) {
      const [what] = String(error instanceof Error ? error.message : error).split('\n');
      return `${name}: ${what}`;
    }
  }
  return undefined;
}

t.test('every fault in the lock-free code is found', (t) => {
  for (const mutant of MUTANTS) {
    const alterations = { [mutant.file]: alteredBy(mutant) };
    const isKernel = /assembly/.test(mutant.file);
    const kind = isKernel ? 'endpoint' : 'ring';
    // The others never come to what is only done where permits are needed.
    const isLimited = mutant.name.startsWith('permits');
    const own = CASES.filter(
      ({ name }) => name.startsWith(kind) && name.includes('may be awake') === isLimited,
    );
    const found = findFault([...own, ...(isKernel ? [] : STOPS)], alterations);
    t.ok(found, `${mutant.name} -> ${found ?? 'not found'}`);
  }
  t.end();
});
