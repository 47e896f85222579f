import t from 'tap';

import { Placement } from '../../src/comm/placement.js';

t.test('the thread of a rank is the one whose block it lies in', (t) => {
  for (let ranks = 1; ranks <= 40; ranks++) {
    for (let threads = 1; threads <= ranks; threads++) {
      const placement = new Placement(ranks, threads);
      const expected: number[] = [];
      for (let thread = 0; thread < threads; thread++) {
        const count = placement.rankCount(thread);
        if (placement.firstRank(thread) !== expected.length) t.fail('blocks follow each other');
        expected.push(...new Array<number>(count).fill(thread));
      }
      const found = expected.map((_, rank) => placement.threadOf(rank));
      const isRight =
        expected.length === ranks &&
        found.join() === expected.join() &&
        [...placement.threadOfRanks()].join() === expected.join();
      if (!isRight) t.fail(`${ranks} ranks on ${threads} threads: ${found.join()}`);
    }
  }
  t.pass('for all numbers of ranks and threads up to 40');
  t.end();
});

t.test('blocks are as even as they come', (t) => {
  const placement = new Placement(11, 4);
  t.strictSame(
    [0, 1, 2, 3].map((thread) => placement.rankCount(thread)),
    [3, 3, 3, 2],
  );
  t.throws(() => new Placement(3, 4));
  t.end();
});

t.test('idle ranks are in the first block and do not count', (t) => {
  const blocks = (count: number, idle: number, threads: number): number[] => {
    const placement = new Placement(count, threads, { first: 0, count, idle });
    const found = Array.from({ length: threads }, (_, thread) => placement.rankCount(thread));
    const expected = found.flatMap((ranks, thread) => new Array<number>(ranks).fill(thread));
    t.strictSame([...placement.threadOfRanks()], expected);
    t.strictSame(
      expected.map((_, rank) => placement.threadOf(rank)),
      expected,
    );
    return found;
  };
  t.strictSame(blocks(64, 2, 2), [33, 31]);
  t.strictSame(blocks(11, 3, 3), [6, 3, 2]);
  t.strictSame(blocks(4, 2, 3), [2, 1, 1], 'each block has a rank');
  t.end();
});
