/** The compiled modules that run a kernel, which lies beside them: `npm test` builds it first. */
import { createRequire } from 'node:module';
import * as path from 'node:path';
import type * as ChooserModule from '../../../../src/swarm/virtual/validate/chooser.js';
import type * as Index from '../../../../src/swarm/virtual/validate/index.js';
import type * as Oracle from '../../../../src/swarm/virtual/validate/oracle.js';
import type * as Simulate from '../../../../src/swarm/virtual/validate/simulate.js';

const load = createRequire(__filename);
const folder = path.join(__dirname, '../../../../dist/src/swarm/virtual/validate');
const compiled = (name: string): unknown => load(path.join(folder, name));

export const { Chooser } = compiled('chooser.js') as typeof ChooserModule;
export const { CASES, casesNamed, runCase } = compiled('index.js') as typeof Index;
export const { playSchedule } = compiled('oracle.js') as typeof Oracle;
export const { simulate } = compiled('simulate.js') as typeof Simulate;
