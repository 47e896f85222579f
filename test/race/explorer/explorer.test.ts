/**
 * The shipped rings, endpoints and parking under all schedules up to a bound. To look at one that
 * failed, pass its `schedule` as `replay` among the bounds.
 */
import t from 'tap';

import { CASES, stopCase } from './cases.js';
import { explore } from './explore.js';
import { Machine, type Program, Violation } from './machine.js';

for (const { name, build, bounds } of CASES) {
  t.test(name, (t) => {
    const { schedules, randomSchedules, mostAccesses } = explore(build, bounds);
    t.ok(
      schedules > 1,
      `${schedules} schedules with up to ${bounds.preemptions} preemptions, ` +
        `${randomSchedules} at random, of up to ${mostAccesses} accesses`,
    );
    t.end();
  });
}

t.test('ring: a producer that stops at any point costs nobody else a message', (t) => {
  let schedules = 0;
  let points = 0;
  for (; ; points++) {
    const { build, bounds } = stopCase(points + 1);
    const explored = explore(build, bounds);
    schedules += explored.schedules + explored.randomSchedules;
    if (!explored.isStopReached) break;
  }
  t.ok(points > 20, `${points} points to stop at, ${schedules} schedules`);
  t.end();
});

t.test('the explorer counts the schedules of two threads of two accesses', (t) => {
  const build = () => counting(2, 2);
  // All 6 orders of two pairs have 3 preemptions at most; 2 have none, 2 more have one.
  const found = [0, 1, 2, 3].map((preemptions) => explore(build, { preemptions }).schedules);
  t.strictSame(found, [2, 4, 6, 6]);
  t.end();
});

t.test('the explorer finds an update that is lost, and can show it again', (t) => {
  const build = () => counting(2, 1, (machine) => machine.peek(0) === 2);
  let found: unknown;
  try {
    explore(build, { preemptions: 1 });
  } catch (error) {
    found = error;
  }
  t.ok(found instanceof Violation);
  const [, replay] = /schedule: (.*)$/.exec((found as Violation).message) ?? [];
  t.equal(replay, '0*1 1*2 0*1');
  t.throws(() => explore(build, { preemptions: 0, replay: replay ?? '' }), /an update is lost/);
  t.doesNotThrow(() => explore(build, { preemptions: 0 }), 'without a preemption there is none');
  t.end();
});

t.test('the machine takes plain accesses that nothing orders for a race', (t) => {
  const machine = new Machine(2, 2, () => true);
  machine.enter(0);
  machine.plainStore(0, 1);
  machine.atomicStore(1, 1);
  machine.enter(1);
  t.throws(() => machine.plainLoad(0), /data race: thread 1's read of word 0/);
  t.equal(machine.atomicLoad(1), 1);
  t.equal(machine.plainLoad(0), 1, 'ordered by what was seen in word 1');
  machine.enter(0);
  t.throws(() => machine.plainStore(0, 2), /data race: thread 0's write of word 0/);
  t.end();
});

/** Threads that add to word 0, not atomically, so many times; `isRight` is asked at the end. */
function counting(
  threads: number,
  accesses: number,
  isRight: (machine: Machine) => boolean = () => true,
) {
  const machine = new Machine(1, threads, () => false);
  function* program(): Program {
    if (accesses === 1) {
      yield { kind: 'Atomics_load', word: 0 };
      const found = machine.plainLoad(0);
      yield { kind: 'Atomics_store', word: 0 };
      machine.plainStore(0, found + 1);
    } else {
      for (let access = 0; access < accesses; access++) yield { kind: 'Atomics_load', word: 0 };
    }
  }
  return {
    machine,
    programs: Array.from({ length: threads }, program),
    check: () => {
      if (!isRight(machine)) throw new Violation('an update is lost');
    },
  };
}
