/** Which threads hash, by default and when told. */
import { availableParallelism } from 'node:os';
import t from 'tap';
import { UsageError } from '../../src/errors.js';
import { type RunOptions, completeConfig } from '../../src/swarm/config.js';

const cores = availableParallelism();
const MANY: RunOptions = { ranks: cores + 62, threads: cores + 1 };

t.test('one a core hashes where there are more threads than cores', (t) => {
  t.match(completeConfig(MANY), { hashThreads: cores, window: 256 });
  t.match(completeConfig({ ...MANY, window: 64 }), { hashThreads: cores, window: 64 });
  t.end();
});

t.test('elsewhere each thread hashes for its own ranks', (t) => {
  const cases: RunOptions[] = [
    { threads: cores },
    { window: 1 },
    { ranks: 3, threads: 3 },
    { segmentBytes: 0 },
    { verify: 'once' },
    { verify: 'none' },
    { input: 'somewhere' },
    { faults: [{ kind: 'slow', rank: 1, factor: 2 }] },
  ];
  for (const changes of cases) {
    const { hashThreads, window } = completeConfig({ ...MANY, ...changes });
    t.equal(hashThreads, undefined, JSON.stringify(changes));
    t.equal(window, changes.window ?? 128);
  }
  t.equal(completeConfig({ ...MANY, strategy: 'seed' }).hashThreads, undefined);
  t.equal(completeConfig(MANY, true).hashThreads, undefined, 'over MPI');
  t.end();
});

t.test('what was told holds, and stands in the configuration', (t) => {
  t.match(completeConfig({ ...MANY, hashThreads: 0 }), { hashThreads: 0, window: 128 });
  t.match(completeConfig({ ranks: 3, hashThreads: 3 }), { hashThreads: 3, window: 256 });
  for (const options of [MANY, { ...MANY, hashThreads: 0 }]) {
    const config = completeConfig(options);
    t.same(completeConfig(config), config, 'a configuration completes to itself');
  }
  t.end();
});

t.test('threads that would have nothing to hash are refused', (t) => {
  const refused: [RunOptions, RegExp, boolean?][] = [
    [{ segmentBytes: 0 }, /expected segments that are hashed/],
    [{ verify: 'none' }, /expected segments that are hashed/],
    [{ input: 'somewhere' }, /expected segments that are hashed/],
    [{ clock: 'virtual' }, /only with --clock real/],
    [{}, /expected 0 over MPI/, true],
  ];
  for (const [changes, message, isSpread] of refused) {
    t.throws(() => completeConfig({ ranks: 8, hashThreads: 2, ...changes }, isSpread), {
      constructor: UsageError,
      message,
    });
  }
  for (const hashThreads of [-1, 0.5, 1025]) {
    t.throws(() => completeConfig({ ranks: 8, hashThreads }), /--hash-threads: expected a whole/);
  }
  t.end();
});
