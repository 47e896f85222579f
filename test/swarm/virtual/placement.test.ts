import fc from 'fast-check';
import t from 'tap';

import { threadOf, threadOfRanks } from '../../../src/swarm/virtual/placement.js';
import { completeConfig, isVirtual } from '../../../src/swarm/config.js';

/** Ranks dealt out together, at most. */
const MOST_TOGETHER = 16;

t.test('clients of ack are dealt out as evenly as a few at a time allow', (t) => {
  const even = fc.property(
    fc.nat({ max: 50 }),
    fc.integer({ min: 1, max: 2000 }),
    fc.integer({ min: 1, max: 64 }),
    (first, count, anyThreads) => {
      const threads = Math.min(anyThreads, count);
      const shares = new Array<number>(threads).fill(0);
      for (let rank = first; rank < first + count; rank++) {
        shares[threadOf({ protocol: 'ack' }, { first, count }, threads, rank)]++;
      }
      const fewest = Math.min(...shares);
      return fewest > 0 && Math.max(...shares) - fewest <= MOST_TOGETHER;
    },
  );
  t.doesNotThrow(() => fc.assert(even));
  t.end();
});

t.test('each thread gets ranks of every part of a large swarm', (t) => {
  const hosted = { first: 0, count: 1001 };
  const quarter = Array.from({ length: 250 }, (_, rank) =>
    threadOf({ protocol: 'ack' }, hosted, 2, rank),
  );
  const ofFirst = quarter.filter((thread) => thread === 0).length;
  t.ok(Math.abs(ofFirst - 125) <= MOST_TOGETHER, `thread 0 has ${ofFirst} of 250`);
  t.end();
});

t.test('peers of bep3 stay in blocks, and ranks elsewhere are behind the bridge', (t) => {
  const config = completeConfig({ clock: 'virtual', protocol: 'bep3', ranks: 10, threads: 2 });
  if (!isVirtual(config)) throw new Error('a configuration in virtual time');
  const threads = threadOfRanks(config, { first: 2, count: 6 });
  t.strictSame([...threads], [2, 2, 0, 0, 0, 1, 1, 1, 2, 2]);
  t.end();
});
