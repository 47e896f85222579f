/** The calendar queue against a sorted list. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { SeededRandom } from '../../../src/swarm/random.js';
import { compileNetwork, openAgenda } from './network.js';

type Entry = readonly [time: number, order: number];

const isBefore = ([time, order]: Entry, [otherTime, otherOrder]: Entry): boolean =>
  time < otherTime || (time === otherTime && order < otherOrder);

/** Keeps its entries sorted. */
class Model {
  private readonly entries: Entry[] = [];

  push(entry: Entry): void {
    let at = this.entries.length;
    while (at > 0 && isBefore(entry, this.entries[at - 1])) at--;
    this.entries.splice(at, 0, entry);
  }

  pop(): Entry | undefined {
    return this.entries.shift();
  }
}

/** Delays from none to hours: within the open day, in one of the calendar's days, beyond them. */
const delays = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 1000 }),
  fc.integer({ min: 0, max: 1e8 }),
  fc.integer({ min: 0, max: 1e10 }),
  fc.integer({ min: 0, max: 1e14 }),
);

/** Enters some events and takes some out, again and again. */
const rounds = fc.array(
  fc.record({
    delays: fc.array(delays, { maxLength: 60 }),
    orders: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 }),
    pops: fc.integer({ min: 0, max: 80 }),
  }),
  { minLength: 1, maxLength: 12 },
);

t.test('agenda', async (t) => {
  const module = await compileNetwork();

  t.test('gives events in the order of their times, then of their numbers', (t) => {
    // The number of ranks decides how many days there are.
    const sizes = fc.constantFrom(1, 20_000);
    const property = fc.property(rounds, sizes, fc.boolean(), (steps, ranks, looksAhead) => {
      const agenda = openAgenda(module, ranks, looksAhead);
      const model = new Model();
      let present = 0;
      let pushed = 0;
      const popBoth = (): Entry | undefined => {
        const expected = model.pop();
        assert.deepEqual(agenda.pop(), expected);
        return expected;
      };
      for (const { delays, orders, pops } of steps) {
        delays.forEach((delay, index) => {
          // Numbers are unique; they need not grow.
          const entry = [present + delay, orders[index] * 1e6 + pushed++] as const;
          agenda.push(...entry);
          model.push(entry);
        });
        for (let pop = 0; pop < pops; pop++) present = popBoth()?.[0] ?? present;
      }
      while (popBoth() !== undefined);
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 150 }));
    t.end();
  });

  t.test('stays in order while many come in on the day that is open', (t) => {
    // Sorted up to 32 events, a heap from there on: what was taken before must stay away.
    const counts = fc.oneof(fc.constantFrom(0, 1, 31, 32, 33), fc.nat(80));
    const batches = fc.array(fc.record({ pushes: counts, pops: counts }), { maxLength: 6 });
    const property = fc.property(batches, fc.integer(), (taken, seed) => {
      const agenda = openAgenda(module);
      const model = new Model();
      const random = new SeededRandom(seed, 'open day');
      let present = 0;
      let pushed = 0;
      for (const { pushes, pops } of taken) {
        for (let push = 0; push < pushes; push++) {
          const entry = [present + random.below(500), pushed++] as const;
          agenda.push(...entry);
          model.push(entry);
        }
        for (let pop = 0; pop < pops; pop++) {
          const expected = model.pop();
          assert.deepEqual(agenda.pop(), expected);
          present = expected?.[0] ?? present;
        }
      }
      for (let expected = model.pop(); expected !== undefined; expected = model.pop()) {
        assert.deepEqual(agenda.pop(), expected);
      }
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }));
    t.end();
  });

  t.test('goes on at one instant for as long as it takes', (t) => {
    const agenda = openAgenda(module);
    const wrong: unknown[] = [];
    // Never more than two are left, but there is no room for all that come.
    agenda.push(0, 0);
    for (let number = 1; number < 5000; number++) {
      agenda.push(0, number);
      const [time, order] = agenda.pop() ?? [];
      if (time !== 0 || order !== number - 1) wrong.push([number, time, order]);
    }
    t.strictSame(wrong, []);
    t.end();
  });

  t.test('stays in order while its days grow longer and shorter', (t) => {
    const agenda = openAgenda(module);
    const model = new Model();
    const random = new SeededRandom(1, 'agenda');
    const wrong: unknown[] = [];
    let present = 0;
    let pushed = 0;
    const push = (time: number): void => {
      agenda.push(time, pushed);
      model.push([time, pushed]);
      pushed++;
    };
    const pop = (): void => {
      const expected = model.pop();
      const found = agenda.pop();
      if (expected?.[0] !== found?.[0] || expected?.[1] !== found?.[1]) {
        wrong.push([expected, found]);
      }
      present = expected?.[0] ?? present;
    };
    for (let first = 0; first < 400; first++) push(random.below(1e5));
    // Days lengthen in the second row, shorten in the third, and lengthen again.
    for (const [spread, steps] of [
      [1e5, 5000],
      [1e10, 20_000],
      [2e9, 90_000],
      [1e12, 20_000],
    ]) {
      for (let step = 0; step < steps; step++) {
        push(present + random.below(spread));
        pop();
      }
    }
    while (present >= 0 && agenda.pop() !== undefined) model.pop();
    t.strictSame(wrong.slice(0, 3), []);
    t.equal(model.pop(), undefined);
    t.end();
  });
});
