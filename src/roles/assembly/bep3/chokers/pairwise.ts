import { isTracing } from '../../../../comm/assembly/simulated/trace';
import { Connection } from '../connection';
import { Peer } from '../peer';
import { noteScores } from '../trace';
import { isCandidate } from './slots';

/** Blocks that this peer gives before it gets any. */
const CREDIT: i32 = 2;

/**
 * Pairwise block-level tit-for-tat: a neighbour is uploaded to as long as it has got at most two
 * blocks more than it gave; decided anew with every block. Nobody else's rate counts.
 *
 * Source: Bharambe, Herley, Padmanabhan, "Analyzing and improving a BitTorrent network's
 * performance mechanisms" (Infocom 2006).
 */
export function choosePairwise(peer: Peer): void {
  if (isTracing) noteScores(peer, lead);
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (!isCandidate(connection)) continue;
    connection.isChosen = lead(peer, connection) < CREDIT;
  }
}

/** Blocks that a neighbour has got beyond what it gave. */
function lead(peer: Peer, connection: Connection): f64 {
  return connection.sentInAll - connection.receivedInAll;
}
