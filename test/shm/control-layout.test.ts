import fc from 'fast-check';
import t from 'tap';

import * as control from '../../src/shm/control-layout.js';
import { RUN_WORDS } from '../../src/shm/control-words.js';
import { Carver, ISOLATION_WORDS } from '../../src/shm/layout.js';

const { ControlLayout } = control;

/** Words by what writes them at a time: those of one group may share a line, of two may not. */
const RUN_GROUPS = {
  conductor: [control.ABORT],
  start: [control.READY_THREADS],
  taken: [control.PREPARE_NEXT],
  prepared: [control.PREPARE_DONE],
  heap: [control.HEAP_END],
  outputs: [control.WRITTEN],
  tracker: [control.RELEASED_AT],
};

const THREAD_GROUPS = {
  wakers: [control.STATE],
  owner: [
    control.PARKS,
    control.NOTIFIES,
    control.MISSED_WAKES,
    control.CLAIM_RING,
    control.CLAIM_POSITION,
    control.CLAIM_COUNT,
    control.IS_READY,
  ],
  waiters: [control.SPACE_WANTED, control.WAITER_BITS],
};

/** Pairs of words that are one and the same, or share a line and should not. */
function conflicts(groups: Readonly<Record<string, readonly number[]>>): string[] {
  const words = Object.entries(groups).flatMap(([group, offsets]) =>
    offsets.map((offset) => ({ group, offset, line: Math.floor(offset / ISOLATION_WORDS) })),
  );
  return words.flatMap((one, index) =>
    words
      .slice(index + 1)
      .filter((other) =>
        one.group === other.group ? one.offset === other.offset : one.line === other.line,
      )
      .map((other) => `${one.group}+${one.offset} and ${other.group}+${other.offset}`),
  );
}

t.test('words of the run that different threads write share no line', (t) => {
  t.strictSame(conflicts(RUN_GROUPS), []);
  t.ok(Math.max(...Object.values(RUN_GROUPS).flat()) < RUN_WORDS, 'all lie in the region');
  t.end();
});

t.test('words of a thread that have different writers share no line', (t) => {
  t.strictSame(conflicts(THREAD_GROUPS), []);
  t.end();
});

t.test("threads' blocks share no line with each other, with the run or with what follows", (t) => {
  const isolated = fc.property(
    fc.integer({ min: 1, max: 1025 }),
    fc.nat(100),
    (threads, wordsBefore) => {
      const carver = new Carver();
      const before = carver.reserve(wordsBefore);
      const layout = ControlLayout.carve(carver, threads);
      const after = carver.reserve(1);
      if (layout.offset < before + wordsBefore || layout.offset % ISOLATION_WORDS !== 0) {
        return false;
      }
      const lastWaiterWord = control.WAITER_BITS + Math.floor((threads - 1) / 32);
      let freeFrom = layout.offset + RUN_WORDS;
      for (let thread = 0; thread < threads; thread++) {
        const offset = layout.threadOffset(thread);
        if (offset < freeFrom || offset % ISOLATION_WORDS !== 0) return false;
        freeFrom = offset + lastWaiterWord + 1;
      }
      return after >= freeFrom && layout.totalWords <= after - layout.offset;
    },
  );
  t.doesNotThrow(() => fc.assert(isolated));
  t.end();
});

t.test('a block has a waiter bit for every thread', (t) => {
  for (const threads of [1, 32, 33, 64, 65, 1000]) {
    const layout = new ControlLayout(0, threads);
    const bits = (layout.threadWords - control.WAITER_BITS) * 32;
    t.ok(bits >= threads, `${threads} threads`);
  }
  t.end();
});

t.test('control words cost the same for every further thread', (t) => {
  const words = (threads: number): number => new ControlLayout(0, threads).totalWords;
  t.equal(words(64) - words(63), words(2) - words(1));
  t.ok((words(64) * 4) / 64 < 1024, 'less than 1 KiB a thread');
  t.end();
});
