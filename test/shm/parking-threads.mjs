// Threads of parking.test.ts: two that call each other in turn, one sleeper with several wakers.
import { parentPort, workerData } from 'node:worker_threads';
import { park, wake } from '../../dist/src/shm/parking.js';
import { dawdle, meet } from '../race/meet.mjs';

/**
 * Counts to `rounds` in turn with another thread: waits until the other's word says that it has
 * counted, counts on in its own word, wakes the other.
 */
function takeTurns({ words, self, peer, own, theirs, isFirst, rounds }) {
  for (let round = 1; round <= rounds; round++) {
    const awaited = isFirst ? round - 1 : round;
    const sources = { hasWork: () => Atomics.load(words, theirs) === awaited };
    while (!sources.hasWork()) {
      dawdle(words, own, (round * 7) % 61);
      park(words, self, sources, Infinity);
    }
    dawdle(words, own, (round * 11) % 67);
    Atomics.store(words, own, round);
    wake(words, peer, self);
  }
  return rounds;
}

/** Sleeps once a round until all wakers have called. */
function sleepRounds({ words, self, work, asleep, meeting, parties, rounds }) {
  let sleeps = 0;
  for (let round = 1; round <= rounds; round++) {
    const hasWork = () => {
      const found = Atomics.load(words, work) === round;
      // Only from here on do the wakers publish: the sleep can't be avoided any more.
      Atomics.store(words, asleep, round);
      Atomics.notify(words, asleep);
      return found;
    };
    park(words, self, { hasWork }, Infinity);
    if (Atomics.load(words, work) === round) sleeps++;
    meet(words, meeting, parties);
  }
  return sleeps;
}

/** Wakes the sleeper once a round, at the same time as others; counts the notifies it sent. */
function wakeRounds({ words, self, peer, work, asleep, meeting, start, parties, rounds }) {
  let notifies = 0;
  for (let round = 1; round <= rounds; round++) {
    for (;;) {
      const now = Atomics.load(words, asleep);
      if (now === round) break;
      Atomics.wait(words, asleep, now, 100);
    }
    meet(words, start, parties - 1);
    Atomics.store(words, work, round);
    if (wake(words, peer, self)) notifies++;
    meet(words, meeting, parties);
  }
  return notifies;
}

const scripts = { takeTurns, sleepRounds, wakeRounds };
const { script, slab, ...task } = workerData;
parentPort.postMessage(scripts[script]({ ...task, words: new Int32Array(slab) }));
