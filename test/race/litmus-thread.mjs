// A thread of litmus.test.ts: one side of a pair that stores and then loads, as the other does.
import { parentPort, workerData } from 'node:worker_threads';
import { NOTIFIES, SPACE_WANTED, STATE, WAITER_BITS } from '../../dist/src/shm/control-layout.js';
import { PARKED, RUNNING, park } from '../../dist/src/shm/parking.js';
import { openEnd } from './ends.mjs';
import { dawdle, meet } from './meet.mjs';

const { side, kind, setting, self, rounds } = workerData;
const TAG = 0;
const end = openEnd(kind, setting, self);
const { words, control, free } = end;
const nothing = () => undefined;

/**
 * How much later the first side begins than the second, in steps. It sweeps to and fro between
 * where one is clearly the earlier one and where the other is: between can both miss each other.
 */
let lead = 0;
let sweep = 1;

/** Both sides at once, each a little earlier or later than the round before. */
function race(round) {
  meet(words, free(0), 2);
  const later = self === 0 ? lead : -lead;
  dawdle(words, free(1), Math.max(0, later) + ((round * (self === 0 ? 7 : 3)) % 5));
}

/** Both learn what the other one saw, and lead the next round accordingly. */
function compare(seen) {
  Atomics.store(words, free(4 + self), seen ? 1 : 0);
  meet(words, free(3), 2);
  const [first, second] = [Atomics.load(words, free(4)), Atomics.load(words, free(5))];
  if (first !== second) sweep = second - first;
  lead = Math.max(-2000, Math.min(2000, lead + sweep));
}

/** Both sides have taken their look; until here neither changes what the other sees. */
function settle() {
  meet(words, free(2), 2);
}

const sides = {
  /** Announces its sleep, then looks for messages. Sees: whether there was one. */
  sleep(round) {
    let found;
    const hasWork = () => {
      found = end.hasWork();
      settle();
      return true;
    };
    race(round);
    park(words, control, { hasWork }, 0);
    end.receive(TAG, nothing);
    end.releaseAll();
    return found;
  },

  /** Publishes a message, then looks whether its receiver sleeps. Sees: whether it notified. */
  publish(round) {
    end.send(TAG, self, 0, round, 0, 0, 0);
    const before = words[control + NOTIFIES];
    race(round);
    end.flush();
    end.wakeReceivers();
    settle();
    return words[control + NOTIFIES] > before;
  },

  /** Gives room back, then looks whether somebody waits for it. Sees: whether it called. */
  release(round) {
    // The wish of this round is still to come.
    Atomics.store(words, control + SPACE_WANTED, 0);
    Atomics.store(words, control + WAITER_BITS, 0);
    // One message only: an end that has read many gives their room back at once.
    end.receive(TAG, nothing, 1);
    const before = words[control + NOTIFIES];
    // The other one sleeps, or is about to.
    Atomics.store(words, setting.peerControl + STATE, PARKED);
    race(round);
    end.releaseAll();
    end.wakeReceivers();
    settle();
    Atomics.store(words, setting.peerControl + STATE, RUNNING);
    return words[control + NOTIFIES] > before;
  },

  /** Finds the ring full, wishes for room, then looks for it. Sees: whether there was some. */
  want(round) {
    race(round);
    end.flush();
    const sawRoom = !end.isBlocked(TAG);
    settle();
    return sawRoom;
  },
};

/** Fills the ring before each round of `want`, until one message finds no room. */
function prepare() {
  if (side === 'want') {
    end.flush();
    while (!end.isBlocked(TAG)) {
      end.send(TAG, self, 0, -1, 0, 0, 0);
      end.flush();
    }
  }
}

const results = [];
for (let round = 1; round <= rounds; round++) {
  prepare();
  meet(words, free(3), 2);
  const seen = sides[side](round);
  results.push(seen);
  compare(seen);
}
parentPort.postMessage(results);
