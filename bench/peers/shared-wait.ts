/** Waits of two benchmark threads on words they share: for set-up and flow control, never timed. */

const WAIT_LIMIT_MS = 10_000;

/**
 * Sleeps until `words[index] >= value`. The writer raises the word and notifies.
 *
 * @param words - shared words
 * @param index - the word to watch, which only ever grows
 * @param value - what it has to reach
 * @throws Error after 10 seconds
 */
export function waitUntilAtLeast(
  words: Int32Array<SharedArrayBuffer>,
  index: number,
  value: number,
): void {
  const deadline = performance.now() + WAIT_LIMIT_MS;
  for (;;) {
    const found = Atomics.load(words, index);
    if (found >= value) {
      return;
    }
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) {
      throw new Error(`waitUntilAtLeast: index=${index} expected=${value} found=${found}`);
    }
    Atomics.wait(words, index, found, leftMs);
  }
}

/**
 * Both threads call this; neither returns before the other has called it as often.
 *
 * @param words - shared words
 * @param index - a word that starts at 0 and serves nothing else
 * @param round - how many meetings there were before: 0, 1, ...
 */
export function meet(words: Int32Array<SharedArrayBuffer>, index: number, round: number): void {
  Atomics.add(words, index, 1);
  Atomics.notify(words, index);
  waitUntilAtLeast(words, index, 2 * (round + 1));
}

/**
 * A limit for loops that spin: reads the clock only once in 65,536 calls, so that it costs the
 * peer next to nothing.
 *
 * @param what - what the loop waits for, for the error
 * @returns a function to call at each idle turn; it throws 10 seconds after its creation
 */
export function spinLimit(what: string): () => void {
  const deadline = performance.now() + WAIT_LIMIT_MS;
  let turns = 0;
  return () => {
    if ((++turns & 0xffff) === 0 && performance.now() > deadline) {
      throw new Error(`${what}: not done in ${WAIT_LIMIT_MS} ms`);
    }
  };
}
