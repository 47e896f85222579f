/** How threads of race tests meet; made for fewer cores than threads, too. */

/** Looks at a word before a thread goes to sleep for it. */
const SPINS = 2000;

/**
 * A barrier for `parties` threads: returns when as many have come to the word `at` as have to
 * meet. May be passed any number of times.
 */
export function meet(words, at, parties) {
  const arrived = Atomics.add(words, at, 1) + 1;
  const everybody = Math.ceil(arrived / parties) * parties;
  if (arrived === everybody) {
    Atomics.notify(words, at);
    return;
  }
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.load(words, at) >= everybody) return;
  }
  for (;;) {
    const now = Atomics.load(words, at);
    if (now >= everybody) return;
    Atomics.wait(words, at, now);
  }
}

/** Takes a moment that grows with `steps`, so that threads meet at ever different places. */
export function dawdle(words, at, steps) {
  for (let step = 0; step < steps; step++) Atomics.load(words, at);
}
