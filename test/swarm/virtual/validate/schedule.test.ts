import fc from 'fast-check';
import t from 'tap';

import {
  type Transfer,
  faultOf,
  optimalSchedule,
  roundsOf,
} from '../../../../src/swarm/virtual/validate/schedule.js';
import { playSchedule } from './compiled.js';

const peersAndParts = [fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 40 })] as const;

t.test('any number of peers has any number of parts after the fewest rounds', (t) => {
  const isOptimal = fc.property(...peersAndParts, (peers, parts) => {
    const schedule = optimalSchedule(peers, parts);
    const fewest = parts + Math.floor(Math.log2(peers));
    return faultOf(schedule, peers, parts) === undefined && roundsOf(schedule) === fewest;
  });
  const examples: [number, number][] = [1, 2, 3, 4, 6, 7, 8, 15, 16].map((peers) => [peers, 3]);
  t.doesNotThrow(() => fc.assert(isOptimal, { examples }));
  t.end();
});

t.test('a schedule with one transfer less leaves somebody without a part', (t) => {
  const leavesGap = fc.property(...peersAndParts, fc.nat(), (peers, parts, which) => {
    const schedule = optimalSchedule(peers, parts);
    schedule.splice(which % schedule.length, 1);
    return faultOf(schedule, peers, parts) !== undefined;
  });
  t.doesNotThrow(() => fc.assert(leavesGap));
  t.end();
});

t.test('a schedule that asks for the impossible is told apart by what is wrong', (t) => {
  const faulty: [transfers: Transfer[], fault: RegExp][] = [
    [[{ round: 0, from: 1, to: 2, part: 0 }], /sends what it does not hold: round=0 from=1/],
    [
      [
        { round: 0, from: 0, to: 1, part: 0 },
        { round: 0, from: 1, to: 2, part: 0 },
      ],
      /sends what it does not hold: round=0 from=1 to=2/,
    ],
    [
      [
        { round: 0, from: 0, to: 1, part: 0 },
        { round: 0, from: 0, to: 2, part: 0 },
      ],
      /sends a second time: round=0 from=0 to=2/,
    ],
    [
      [
        { round: 0, from: 0, to: 1, part: 0 },
        { round: 1, from: 0, to: 2, part: 0 },
        { round: 1, from: 1, to: 2, part: 0 },
      ],
      /receives a second time: round=1 from=1 to=2/,
    ],
    [[{ round: 0, from: 0, to: 1, part: 0 }], /node 2 lacks part 0/],
  ];
  for (const [transfers, fault] of faulty) t.match(faultOf(transfers, 2, 1), fault);
  t.end();
});

t.test('simulated links play a schedule in exactly its rounds', (t) => {
  const isExact = fc.property(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 12 }),
    fc.constantFrom('equal' as const, 'unlimited' as const),
    (peers, parts, downlink) => {
      const schedule = optimalSchedule(peers, parts);
      const { rounds, gap } = playSchedule(schedule, peers, parts, downlink);
      return rounds === roundsOf(schedule) && Math.abs(gap - 1) < 1e-9;
    },
  );
  // Each run has a memory of its own.
  t.doesNotThrow(() => fc.assert(isExact, { numRuns: 30 }));
  t.end();
});

t.test('a schedule with a pause takes as many rounds more', (t) => {
  const late = optimalSchedule(7, 5).map((transfer) => ({
    ...transfer,
    round: transfer.round < 4 ? transfer.round : transfer.round + 2,
  }));
  t.equal(playSchedule(late, 7, 5, 'equal').rounds, 5 + 2 + 2);
  t.throws(() => playSchedule(late.slice(1), 7, 5, 'equal'), { code: 'ERR_BTSHM_ASSERTION' });
  t.end();
});
