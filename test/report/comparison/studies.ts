import type { Study } from '../../../src/report/comparison/analyse.js';
import type { Sample } from '../../../src/report/comparison/types.js';
import type { Point } from '../../../src/swarm/compare/index.js';
import { SeededRandom } from '../../../src/swarm/random.js';
import { completeConfig } from '../../../src/swarm/config.js';
import { comparedConfig } from '../../../src/swarm/compare/index.js';

/** What a made-up run found; by seed from 1 on, and by the index of the point. */
export type Rule = (seed: number, point: number) => Readonly<Record<string, number>> | undefined;

/** A study of runs that never ran: `undefined` stands for one that did not deliver everything. */
export function studyOf(
  rules: Readonly<Record<string, Rule>>,
  runs: number,
  points: readonly Point[] = [{}],
): Study {
  const contenders = Object.keys(rules);
  const seeds = Array.from({ length: runs }, (_, run) => run + 1);
  const samples = seeds.flatMap((seed) =>
    points.flatMap((_, point) =>
      contenders.map((contender): Sample => {
        const values = rules[contender](seed, point);
        return {
          contender,
          point,
          seed,
          outcome: values === undefined ? 'stalled' : 'done',
          complete: values !== undefined,
          digest: 'd'.repeat(32),
          values: values ?? {},
          completionSeconds: [1, 2],
          segmentsUploaded: [3, 4],
        };
      }),
    ),
  );
  const config = comparedConfig(completeConfig({ clock: 'virtual' }));
  const configs = contenders.map((strategy) =>
    points.map((values) => ({ ...config, strategy, ...(values as object) })),
  );
  return { definition: { contenders, points, seeds, configs }, samples };
}

/** Numbers from 0 to 1 that look random and are the same every time. */
export function noise(seed: number, salt = 0): number {
  return new SeededRandom(seed, `noise ${salt}`).next();
}
