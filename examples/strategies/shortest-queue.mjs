/**
 * A routing strategy: asks the holder that keeps this client waiting the least.
 *
 *     bt-shm --strategy examples/strategies/shortest-queue.mjs
 *     bt-shm --clock virtual --strategy examples/strategies/shortest-queue.mjs
 *
 * @type {import('bt-shm').RoutingStrategy}
 */
const shortestQueue = {
  name: 'shortest-queue',
  summary: 'the fewest of our own requests unanswered, then the fewest uploads',
  kind: 'routing',

  choose(candidates, { random }) {
    let best = [];
    for (const candidate of candidates) {
      const order = best.length === 0 ? -1 : compare(candidate, best[0]);
      if (order < 0) best = [candidate];
      else if (order === 0) best.push(candidate);
    }
    // Ties at random: with a fixed order all clients would run to the same holder.
    return best[Math.floor(random() * best.length)].rank;
  },
};

function compare(a, b) {
  return a.waiting - b.waiting || a.load - b.load;
}

export default shortestQueue;
