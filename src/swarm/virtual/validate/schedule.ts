/** Optimal schedules for bringing parts from a server to peers of equal capacity. */

/** One part on its way; node 0 is the server, the peers are nodes from 1. */
export interface Transfer {
  /** From 0; in a round each node sends at most one part and receives at most one. */
  readonly round: number;
  readonly from: number;
  readonly to: number;
  readonly part: number;
}

const NO_PART = -1;

/**
 * A schedule of the fewest rounds, which are `parts + floor(log2(peers))`.
 *
 * The nodes sit at the corners of a hypercube, the server alone at one. In each round all corners
 * exchange along one dimension, by turns: the server gives the next part (in the end the last one
 * again), the others the latest part that they have. Where there are more peers than corners, two
 * share one and take turns: while one of them sends to another corner, the other one hands over
 * what its partner lacks; each lacks at most one part, so one round more makes them even.
 *
 * Source: Ganesan, Seshadri, "On cooperative content distribution and the price of barter" (ICDCS
 * 2005), for the hypercube and its pairs; the bound that it reaches is Mundinger's.
 *
 * @returns the transfers by rounds
 */
export function optimalSchedule(peers: number, parts: number): Transfer[] {
  const dimensions = Math.floor(Math.log2(peers + 1));
  const corners = 2 ** dimensions;
  const transfers: Transfer[] = [];
  const all = Array.from({ length: corners }, (_, corner) => new Corner(corner, parts));
  for (let peer = 1; peer <= peers; peer++) all[1 + ((peer - 1) % (corners - 1))].peers.push(peer);
  const rounds = parts + dimensions - 1;
  for (let round = 0; round < rounds; round++) exchange(all, round, dimensions, parts, transfers);
  for (const corner of all.slice(1)) corner.even(rounds, transfers);
  return transfers;
}

/** One round along one dimension. */
function exchange(
  corners: readonly Corner[],
  round: number,
  dimensions: number,
  parts: number,
  transfers: Transfer[],
): void {
  const bit = 1 << (round % dimensions);
  const given = corners.map((corner, index) => {
    const part = index === 0 ? Math.min(round, parts - 1) : corner.latest;
    const isWanted = part !== NO_PART && !corners[index ^ bit].has(part);
    return isWanted ? part : NO_PART;
  });
  const turns = corners.map((corner, index) =>
    corner.takeTurn(given[index], given[index ^ bit], round, transfers),
  );
  given.forEach((part, index) => {
    if (part === NO_PART) return;
    const { sender } = turns[index];
    transfers.push({ round, from: sender, to: turns[index ^ bit].receiver, part });
  });
}

/** Who acts for a corner in a round. */
interface Turn {
  readonly sender: number;
  readonly receiver: number;
}

/** A corner of the hypercube: the server, or one or two peers that act as one. */
class Corner {
  readonly peers: number[] = [];
  /** The latest part that came in. */
  latest = NO_PART;
  private readonly held: Uint8Array;
  /** What each of two peers lacks of what the corner has. */
  private readonly lacking = [NO_PART, NO_PART];

  constructor(
    private readonly index: number,
    parts: number,
  ) {
    this.held = new Uint8Array(parts);
  }

  has(part: number): boolean {
    return this.index === 0 || this.held[part] === 1;
  }

  /** The corner gives `given` and gets `taken`; either may be no part. */
  takeTurn(given: number, taken: number, round: number, transfers: Transfer[]): Turn {
    if (taken !== NO_PART) {
      this.held[taken] = 1;
      this.latest = Math.max(this.latest, taken);
    }
    if (this.peers.length < 2) {
      const only = this.peers[0] ?? 0;
      return { sender: only, receiver: only };
    }
    const { lacking, peers } = this;
    const firstCan = given === NO_PART || lacking[0] !== given;
    const secondCan = given === NO_PART || lacking[1] !== given;
    // Who lacks something sends, since its partner is to give it that.
    const sender = firstCan && (lacking[0] !== NO_PART || !secondCan) ? 0 : 1;
    const partner = 1 - sender;
    this.handOver(partner, sender, round, transfers);
    if (taken !== NO_PART) lacking[sender] = taken;
    return { sender: peers[sender], receiver: peers[partner] };
  }

  private handOver(from: number, to: number, round: number, transfers: Transfer[]): void {
    const part = this.lacking[to];
    if (part === NO_PART) return;
    transfers.push({ round, from: this.peers[from], to: this.peers[to], part });
    this.lacking[to] = NO_PART;
  }

  /** Two peers give each other what they lack. */
  even(round: number, transfers: Transfer[]): void {
    if (this.peers.length < 2) return;
    this.handOver(0, 1, round, transfers);
    this.handOver(1, 0, round, transfers);
  }
}

/**
 * What is wrong with a schedule: a node sends or receives two parts in a round, sends what it does
 * not hold, or lacks a part in the end.
 *
 * @param transfers - by rounds
 * @returns a sentence, or `undefined` where all is right
 */
export function faultOf(
  transfers: readonly Transfer[],
  peers: number,
  parts: number,
): string | undefined {
  const heldFrom = Array.from({ length: peers + 1 }, (_, node) =>
    new Int32Array(parts).fill(node === 0 ? 0 : -1),
  );
  const sentIn = new Int32Array(peers + 1).fill(-1);
  const receivedIn = new Int32Array(peers + 1).fill(-1);
  for (const { round, from, to, part } of transfers) {
    const what = `round=${round} from=${from} to=${to} part=${part}`;
    const since = heldFrom[from][part];
    if (since < 0 || since > round) return `sends what it does not hold: ${what}`;
    if (sentIn[from] >= round) return `sends a second time: ${what}`;
    if (receivedIn[to] >= round) return `receives a second time: ${what}`;
    sentIn[from] = round;
    receivedIn[to] = round;
    if (heldFrom[to][part] < 0) heldFrom[to][part] = round + 1;
  }
  const lacking = heldFrom.findIndex((row) => row.includes(-1));
  return lacking < 0 ? undefined : `node ${lacking} lacks part ${heldFrom[lacking].indexOf(-1)}`;
}

/** Rounds that a schedule takes. */
export function roundsOf(transfers: readonly Transfer[]): number {
  return transfers.reduce((rounds, { round }) => Math.max(rounds, round + 1), 0);
}
