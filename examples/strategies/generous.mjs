/**
 * A choking strategy: tit-for-tat that keeps two slots, not one, for neighbours that are tried out.
 *
 *     bt-shm --clock virtual --protocol bep3 --strategy examples/strategies/generous.mjs
 *
 * @type {import('bt-shm').ChokingStrategy}
 */
const generous = {
  name: 'generous',
  summary: 'tit-for-tat with two slots for neighbours that are tried out',
  kind: 'choking',

  choose(neighbours, { slots, isSeed, random }) {
    const earned = Math.max(1, slots - 2);
    // Drawn once for each neighbour, so that the order among equals is random and stays the same.
    const interested = neighbours
      .filter(({ isInterested }) => isInterested)
      .map((neighbour) => ({ ...neighbour, tie: random() }));
    // Blocks of the last two rounds: what came, or, where nothing is wanted any more, what was sent.
    const merit = (n) => (isSeed ? n.sent + n.sentBefore : n.received + n.receivedBefore);
    interested.sort((a, b) => merit(b) - merit(a) || a.tie - b.tie);
    const best = interested.slice(0, earned);
    // The others take turns: whose last turn is the longest ago comes first, never (Infinity) before.
    const others = interested.slice(earned);
    others.sort((a, b) => compareTurns(a, b) || a.tie - b.tie);
    const tried = others.slice(0, slots - best.length);
    return [...best, ...tried].map(({ rank }) => rank);
  },
};

function compareTurns(a, b) {
  // Who is being tried out stays for three rounds.
  const stays = (n) => n.isUnchoked && n.roundsSinceUnchoked < 3;
  if (stays(a) !== stays(b)) return stays(a) ? -1 : 1;
  if (a.roundsSinceUnchoked === b.roundsSinceUnchoked) return 0;
  return b.roundsSinceUnchoked - a.roundsSinceUnchoked;
}

export default generous;
