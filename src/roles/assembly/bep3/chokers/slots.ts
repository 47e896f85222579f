/** What the rules with a fixed number of upload slots have in common. */
import { isTracing } from '../../../../comm/assembly/simulated/trace';
import { Connection, OPEN } from '../connection';
import { Peer } from '../peer';
import { optimisticRounds, slots } from '../settings';
import { noteScores } from '../trace';

/** How much a neighbour deserves a slot: the highest scores get one. */
export type Score = (peer: Peer, connection: Connection) => f64;

/** Whether a neighbour can be chosen: it wants something, and was not chosen yet. */
export function isCandidate(connection: Connection): bool {
  return connection.state == <u8>OPEN && connection.isInterested && !connection.isChosen;
}

/**
 * Chooses the neighbours with the highest scores for all slots but one, which is the optimistic
 * unchoke's.
 */
export function chooseSlots(peer: Peer, isRound: bool, score: Score): void {
  const hasOptimistic = keepOptimistic(peer, isRound);
  chooseBest(peer, slots - 1, score);
  if (!hasOptimistic) chooseOptimistic(peer);
}

/** Chooses up to `places` candidates by score. Ties: uniformly at random. */
export function chooseBest(peer: Peer, places: i32, score: Score): void {
  if (isTracing) noteScores(peer, score);
  for (let place = 0; place < places; place++) {
    let best: Connection = changetype<Connection>(0);
    let highest: f64 = 0;
    let ties = 0;
    for (let index = 0; index < peer.used; index++) {
      const connection = peer.connection(index);
      if (!isCandidate(connection)) continue;
      const value = score(peer, connection);
      if (ties > 0 && value < highest) continue;
      ties = ties > 0 && value == highest ? ties + 1 : 1;
      highest = value;
      if (ties == 1 || peer.random.below(ties) == 0) best = connection;
    }
    if (ties == 0) return;
    best.isChosen = true;
  }
}

/**
 * The optimistic unchoke stays for some rounds (BEP 3: three), as long as its neighbour wants
 * anything.
 *
 * @returns whether one stays
 */
export function keepOptimistic(peer: Peer, isRound: bool): bool {
  let stays = false;
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (!connection.isOptimistic) continue;
    const isOver = isRound && nextRound(peer) - connection.optimisticRound >= optimisticRounds;
    connection.isOptimistic = isCandidate(connection) && !isOver;
    if (!connection.isOptimistic) continue;
    connection.isChosen = true;
    stays = true;
  }
  return stays;
}

/**
 * Chooses the candidate whose last optimistic unchoke is the longest ago, so that all have their
 * turn; ties (at first: all) are broken at random. Source: libtorrent's choker.
 */
export function chooseOptimistic(peer: Peer): void {
  let oldest: Connection = changetype<Connection>(0);
  let ties = 0;
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (!isCandidate(connection)) continue;
    if (ties > 0 && connection.optimisticRound > oldest.optimisticRound) continue;
    ties = ties > 0 && connection.optimisticRound == oldest.optimisticRound ? ties + 1 : 1;
    if (ties == 1 || peer.random.below(ties) == 0) oldest = connection;
  }
  if (ties == 0) return;
  oldest.isChosen = true;
  oldest.isOptimistic = true;
  oldest.optimisticRound = nextRound(peer);
}

/** Rounds are counted from 1 where they are noted, since 0 stands for never. */
function nextRound(peer: Peer): i32 {
  return peer.round + 1;
}

/**
 * A neighbour is to get a free slot at once, between two rounds: where nobody is the optimistic
 * unchoke it is, and its turn ends with the round in which that of one chosen at the last would.
 */
export function noteTrial(peer: Peer, connection: Connection): void {
  for (let index = 0; index < peer.used; index++) {
    const other = peer.connection(index);
    if (other.state == <u8>OPEN && other.isOptimistic && !other.amChoking) return;
  }
  connection.isOptimistic = true;
  connection.optimisticRound = nextRound(peer);
}
