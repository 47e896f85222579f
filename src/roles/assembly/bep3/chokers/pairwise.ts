import { Peer } from '../peer';
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
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (!isCandidate(connection)) continue;
    connection.isChosen = connection.sentInAll - connection.receivedInAll < CREDIT;
  }
}
