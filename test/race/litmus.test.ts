import * as path from 'node:path';
import t from 'tap';

import { PARKED, RUNNING } from '../../src/shm/parking.js';
import { STATE } from '../../src/shm/control-layout.js';
import { type EndKind, loadEnds, settingMaker } from './ends.js';
import { runThreads } from './threads.js';

const SCRIPT = path.join(__dirname, 'litmus-thread.mjs');
const ROUNDS = 20_000;

/**
 * Two threads each store something and then look at what the other has stored. Whatever the
 * timing, at least one sees the other's store; were it not so, a thread would sleep on.
 */
interface Litmus {
  readonly sides: readonly [string, string];
  readonly name: string;
  /** For each combination of what the sides saw whether it may be, and what it stands for. */
  readonly outcomes: Readonly<
    Record<string, { readonly allowed: boolean; readonly means: string }>
  >;
}

const LITMUS: readonly Litmus[] = [
  {
    name: 'announcing a sleep against publishing a message',
    sides: ['sleep', 'publish'],
    outcomes: {
      'true false': { allowed: true, means: 'found the message; was not seen asleep' },
      'false true': { allowed: true, means: 'slept before the message came; was called' },
      'true true': { allowed: true, means: 'found the message and was called for it' },
      'false false': { allowed: false, means: 'would sleep beside a message' },
    },
  },
  {
    name: 'releasing slots against wishing for room',
    sides: ['release', 'want'],
    outcomes: {
      'true false': { allowed: true, means: 'no room in time; was called when there was' },
      'false true': { allowed: true, means: 'room in time; the wish was not seen yet' },
      'true true': { allowed: true, means: 'room in time, and was called for it' },
      'false false': { allowed: false, means: 'would wait for room that is there' },
    },
  },
];

const KINDS: readonly (readonly [EndKind, EndKind])[] = [
  ['TypeScript', 'TypeScript'],
  ['kernel', 'kernel'],
];

t.test('of two that store and then look, one sees the other', async (t) => {
  const makeSetting = await settingMaker();
  const { openEnd } = await loadEnds();
  for (const { name, sides, outcomes } of LITMUS) {
    for (const kinds of KINDS) {
      await t.test(`${name}, ${kinds.join(' and ')}`, async (t) => {
        const setting = makeSetting({ threads: 2, tags: 1, capacity: 8 });
        const peerControl = openEnd(kinds[1], setting, 1).control;
        const seen = await runThreads<readonly boolean[]>(
          SCRIPT,
          sides.map((side, self) => ({
            side,
            kind: kinds[self],
            setting: { ...setting, peerControl },
            self,
            rounds: ROUNDS,
          })),
        );
        const counts = new Map<string, number>();
        for (let round = 0; round < ROUNDS; round++) {
          const outcome = `${seen[0][round]} ${seen[1][round]}`;
          counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
        }
        for (const [outcome, { allowed, means }] of Object.entries(outcomes)) {
          t.comment(`${counts.get(outcome) ?? 0} times ${outcome}: ${means}`);
          if (!allowed) t.equal(counts.get(outcome) ?? 0, 0, means);
        }
        t.ok(
          [...counts.keys()].every((outcome) => outcome in outcomes),
          'there is no other outcome',
        );
      });
    }
  }
});

t.test('a wish for room that was granted in vain is made again before a sleep', async (t) => {
  const makeSetting = await settingMaker();
  const { openEnd } = await loadEnds();
  for (const kind of ['TypeScript', 'kernel'] as const) {
    const setting = makeSetting({ threads: 3, tags: 1, capacity: 2 });
    const [receiver, waiting, faster] = [0, 1, 2].map((thread) => openEnd(kind, setting, thread));
    const send = (end: typeof receiver, self: number): void => {
      end.send(0, self, 0, 0, 0, 0, 0);
      end.flush();
    };
    send(faster, 2);
    send(faster, 2);
    send(waiting, 1);
    t.ok(waiting.isBlocked(0), `${kind}: the ring is full`);
    // The wish is granted while the thread still runs, and another one takes the room.
    receiver.receive(0, () => undefined);
    receiver.releaseAll();
    receiver.wakeReceivers();
    send(faster, 2);
    send(faster, 2);
    Atomics.store(waiting.words, waiting.control + STATE, PARKED);
    t.equal(waiting.hasWork(), false, 'so it goes to sleep');
    receiver.receive(0, () => undefined);
    receiver.releaseAll();
    receiver.wakeReceivers();
    t.equal(waiting.words[waiting.control + STATE], RUNNING, 'and is woken when there is room');
  }
});
