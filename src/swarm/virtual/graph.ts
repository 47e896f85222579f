/** Neighbour graphs that are given, in place of those that a tracker's random handouts make. */
import { UsageError } from '../../errors.js';
import type { SeededRandom } from '../random.js';
import type { GraphShape } from './text.js';

/** Attempts to draw a regular graph before the degree is called impossible. */
const ATTEMPTS = 100;

/** Clients that a full graph may have: each keeps a connection to all others. */
const MOST_IN_FULL_GRAPH = 127;

/**
 * Draws who opens connections to whom.
 *
 * @param shape - the graph
 * @param clients - number of clients; they are the ranks from 1
 * @param zoneOf - the zone of each rank
 * @param limit - connections that a peer has at most
 * @returns for each rank those that it opens a connection to, each edge once; `undefined` where the
 *   tracker names neighbours
 * @throws UsageError where there is no such graph
 */
export function drawGraph(
  shape: GraphShape,
  clients: number,
  zoneOf: Int32Array,
  limit: number,
  random: SeededRandom,
): number[][] | undefined {
  switch (shape.kind) {
    case 'tracker':
      return undefined;
    case 'full':
      return fullGraph(clients);
    case 'regular':
      return regularGraph(clients, shape.degree, random);
    case 'zones':
      return zoneGraph(clients, zoneOf, limit, shape.outside, random);
  }
}

function fullGraph(clients: number): number[][] {
  if (clients > MOST_IN_FULL_GRAPH + 1) {
    throw new UsageError(
      `--graph full: expected at most ${MOST_IN_FULL_GRAPH + 1} clients, found ${clients}`,
    );
  }
  return Array.from({ length: clients + 1 }, (_, rank) =>
    rank === 0 ? [] : Array.from({ length: clients - rank }, (_, index) => rank + 1 + index),
  );
}

/**
 * A random regular graph: stubs are paired at random, and a pair that would join a peer with itself
 * or double an edge is swapped with another (the pairing model with switchings).
 */
function regularGraph(clients: number, degree: number, random: SeededRandom): number[][] {
  if (degree >= clients || degree > MOST_IN_FULL_GRAPH || (degree * clients) % 2 !== 0) {
    throw new UsageError(
      `--graph regular:${degree}: expected a degree below ${Math.min(clients, MOST_IN_FULL_GRAPH + 1)} ` +
        `whose product with ${clients} clients is even`,
    );
  }
  const stubs = new Int32Array(clients * degree);
  for (let stub = 0; stub < stubs.length; stub++) stubs[stub] = 1 + Math.floor(stub / degree);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    random.shuffle(stubs);
    const edges = pairUp(stubs, clients, random);
    if (edges !== undefined) return edges;
  }
  throw new UsageError(`--graph regular:${degree}: found no such graph of ${clients} clients`);
}

function pairUp(stubs: Int32Array, clients: number, random: SeededRandom): number[][] | undefined {
  const edges = Array.from({ length: clients + 1 }, () => new Set<number>());
  const isAllowed = (a: number, b: number): boolean =>
    a !== b && !edges[Math.min(a, b)].has(Math.max(a, b));
  for (let at = 0; at < stubs.length; at += 2) {
    let tries = 0;
    while (!isAllowed(stubs[at], stubs[at + 1])) {
      if (++tries > ATTEMPTS) return undefined;
      const other = at + 1 + random.below(stubs.length - at - 1);
      const stub = stubs[at + 1];
      stubs[at + 1] = stubs[other];
      stubs[other] = stub;
    }
    edges[Math.min(stubs[at], stubs[at + 1])].add(Math.max(stubs[at], stubs[at + 1]));
  }
  return edges.map((others) => [...others]);
}

/**
 * Biased neighbours: each peer opens half its connections, all within its zone but for a few out of
 * it; nobody has more than `limit`. Source: Bindal et al., "Improving traffic locality in BitTorrent via biased neighbor
 * selection" (ICDCS 2006).
 */
function zoneGraph(
  clients: number,
  zoneOf: Int32Array,
  limit: number,
  outside: number,
  random: SeededRandom,
): number[][] {
  const inZone = new Map<number, number[]>();
  for (let rank = 1; rank <= clients; rank++) {
    const zone = zoneOf[rank];
    inZone.set(zone, [...(inZone.get(zone) ?? []), rank]);
  }
  const edges = Array.from({ length: clients + 1 }, () => new Set<number>());
  const degrees = new Int32Array(clients + 1);
  const connect = (rank: number, others: readonly number[], wanted: number): void => {
    const start = random.below(Math.max(1, others.length));
    for (let step = 0, opened = 0; step < others.length && opened < wanted; step++) {
      const other = others[(start + step * 7919) % others.length];
      if (degrees[rank] === limit) return;
      const isLinked = edges[rank].has(other) || edges[other].has(rank);
      if (other === rank || isLinked || degrees[other] === limit) continue;
      edges[rank].add(other);
      degrees[rank]++;
      degrees[other]++;
      opened++;
    }
  };
  const all = Array.from({ length: clients }, (_, index) => index + 1);
  // First those that lead out, so that no zone fills up before it has any.
  for (const rank of all) {
    const others = all.filter((other) => zoneOf[other] !== zoneOf[rank]);
    connect(rank, others, outside);
  }
  for (const rank of all) {
    const own = inZone.get(zoneOf[rank]) ?? [];
    connect(rank, own, Math.max(1, Math.floor(limit / 2) - outside));
  }
  return edges.map((others) => [...others]);
}
