import { isTracing } from '../../../../comm/assembly/simulated/trace';
import { Connection, OPEN } from '../connection';
import { Peer } from '../peer';
import { blockBytes, rechokeNs, slots } from '../settings';
import { noteScores } from '../trace';
import { isCandidate } from './slots';

/** What is offered grows by a fifth where it did not suffice, and shrinks by a tenth where it does. */
const RAISE: f32 = 1.2;
const LOWER: f32 = 0.9;
/** Rounds in a row of being unchoked after which less is offered. */
const PATIENCE: i32 = 3;

/**
 * BitTyrant: a selfish client. For each neighbour it keeps what the neighbour is expected to give
 * (blocks a round) and what must be given for that, and unchokes in the order of their ratio,
 * best first, until its uplink is spent; each gets what is required of the uplink.
 *
 * Source: Piatek, Isdal, Anderson, Krishnamurthy, Venkataramani, "Do incentives build robustness in
 * BitTorrent?" (NSDI 2007), with its constants.
 */
export function chooseBitTyrant(peer: Peer, isRound: bool): void {
  const capacity = blocksPerRound(peer);
  if (isRound) learn(peer, capacity);
  if (isTracing) noteScores(peer, ratioOf);
  let left = capacity;
  while (left > 0) {
    const best = bestRatio(peer);
    if (changetype<usize>(best) == 0) return;
    best.isChosen = true;
    best.weight = best.required;
    best.work = 0;
    left -= best.required;
  }
}

/** What the uplink carries between two rounds; without limit: what its slots could want. */
function blocksPerRound(peer: Peer): f32 {
  if (peer.capacity == 0) return <f32>slots * 1000;
  return (peer.capacity * <f32>rechokeNs) / <f32>blockBytes;
}

function learn(peer: Peer, capacity: f32): void {
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (connection.state != <u8>OPEN) continue;
    if (connection.required == 0) {
      // Unknown neighbours: an equal split, and as much in return.
      connection.required = max<f32>(1, capacity / <f32>slots);
      connection.expected = connection.required;
      continue;
    }
    if (connection.isChoked) {
      connection.unchokedUs = 0;
      if (!connection.amChoking) connection.required *= RAISE;
      continue;
    }
    connection.unchokedUs++;
    connection.expected = <f32>connection.received;
    if (connection.unchokedUs < PATIENCE) continue;
    connection.required = max<f32>(1, connection.required * LOWER);
  }
}

/** Ties: the connection that was opened first. */
function bestRatio(peer: Peer): Connection {
  let best: Connection = changetype<Connection>(0);
  let highest: f32 = -1;
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (!isCandidate(connection) || connection.required == 0) continue;
    const ratio = connection.expected / connection.required;
    if (ratio <= highest) continue;
    highest = ratio;
    best = connection;
  }
  return best;
}

/** What orders the candidates; an unknown neighbour's is no number. */
function ratioOf(peer: Peer, connection: Connection): f64 {
  return connection.expected / connection.required;
}
