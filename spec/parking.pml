/*
 * Parking and waking between several producers and one consumer over a bounded ring: a model of
 * src/shm/parking.ts and src/shm/assembly/parking.ts (park, wake), src/comm/assembly/endpoint.ts
 * (flush, wantSpace, giveSpace, hasWork) and src/ringbuf/assembly/ring.ts (publish, ready, release).
 *
 *     spin -search parking.pml       all interleavings: no deadlock, so no wake-up is lost
 *
 * A sleep has no time limit here. A thread that sleeps with nobody left to wake it, or an end
 * before every message has come, is an invalid end state, and spin prints how it comes about.
 * Each step of a thread is one access to shared memory; all accesses are sequentially consistent,
 * as ECMAScript's and WebAssembly's atomics are.
 *
 * Faults that must be found, each by a definition: NO_RECHECK, ANNOUNCE_LATE, NO_NOTIFY,
 * NO_WISH, NO_SECOND_LOOK, WAKE_EARLY.
 */
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef MESSAGES
#define MESSAGES 2
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif

#define THREADS (PRODUCERS + 1)
#define CONSUMER PRODUCERS

#define RUNNING 0
#define PARKED 1

/* A thread's state word, and whether it is inside Atomics.wait. */
bit state[THREADS];
bit asleep[THREADS];

/* The ring: positions from 0 on, and for each slot the position after the message in it. */
byte head, tail;
byte stamp[CAPACITY];

/* The consumer's words for those who wait for room. */
bit wanted;
bit waits[PRODUCERS];

byte received;

/* wake(): the one whose compare-exchange wins notifies. */
inline wake(target) {
  if
  :: state[target] == PARKED ->
    atomic {
      if
      :: state[target] == PARKED -> state[target] = RUNNING; won = 1
      :: else -> won = 0
      fi
    };
    if
    :: won ->
#ifndef NO_NOTIFY
      asleep[target] = 0
#else
      skip
#endif
    :: else
    fi
  :: else
  fi
}

/* Atomics.wait(): looks at the word and falls asleep in one step. */
inline sleep() {
  atomic {
    if
    :: state[self] == PARKED -> asleep[self] = 1
    :: else
    fi
  };
  asleep[self] == 0
}

proctype Producer(byte self) {
  byte sent, position;
  bit won, isFull;
  do
  :: sent < MESSAGES ->
#ifdef WAKE_EARLY
    wake(CONSUMER);
#endif
    /* publish(): claims where there is room, and stamps. */
    atomic {
      if
      :: tail - head < CAPACITY -> position = tail; tail++; isFull = 0
      :: else -> isFull = 1
      fi
    };
    if
    :: !isFull ->
      stamp[position % CAPACITY] = position + 1;
      sent++;
#ifndef WAKE_EARLY
      wake(CONSUMER)
#endif
    :: else ->
      /* park(): announces the sleep, then hasWork() wishes for room and looks for it. */
#ifdef ANNOUNCE_LATE
      if
      :: tail - head < CAPACITY -> goto awake
      :: else
      fi;
#endif
      state[self] = PARKED;
#ifndef NO_WISH
      waits[self] = 1;
      wanted = 1;
#endif
#if !defined(NO_SECOND_LOOK) && !defined(ANNOUNCE_LATE)
      if
      :: tail - head < CAPACITY -> goto awake
      :: else
      fi;
#endif
      sleep();
awake:
      state[self] = RUNNING
    fi
  :: else -> break
  od
}

proctype Consumer(byte self) {
  byte other;
  bit won;
  bit told[PRODUCERS];
  do
  :: received == PRODUCERS * MESSAGES -> break
  :: else ->
    if
    :: stamp[head % CAPACITY] == head + 1 ->
      received++;
      /* release() and giveSpace() */
      head++;
      if
      :: wanted ->
        wanted = 0;
        for (other : 0 .. PRODUCERS - 1) {
          atomic { told[other] = waits[other]; waits[other] = 0 };
        }
        for (other : 0 .. PRODUCERS - 1) {
          if
          :: told[other] -> told[other] = 0; wake(other)
          :: else
          fi
        }
      :: else
      fi
    :: else ->
#ifdef ANNOUNCE_LATE
      if
      :: stamp[head % CAPACITY] == head + 1 -> goto awake
      :: else
      fi;
#endif
      state[self] = PARKED;
#if !defined(NO_RECHECK) && !defined(ANNOUNCE_LATE)
      if
      :: stamp[head % CAPACITY] == head + 1 -> goto awake
      :: else
      fi;
#endif
      sleep();
awake:
      state[self] = RUNNING
    fi
  od
}

init {
  byte thread;
  atomic {
    for (thread : 0 .. PRODUCERS - 1) {
      run Producer(thread)
    }
    run Consumer(CONSUMER)
  }
}
