import { Connection, OPEN } from '../connection';
import { Peer } from '../peer';
import { blockBytes, rechokeNs } from '../settings';
import { chooseBest, chooseOptimistic, keepOptimistic } from './slots';

/** What the first slot must carry, and by how much more each further one, in bytes/s. */
const STEP: f64 = 1024;

/**
 * libtorrent's rate-based choker: the number of slots follows the rates. Neighbours in the order of
 * the rate at which this peer uploads to them each need one step more than the one before; there
 * is one slot more than neighbours that reach it. Who gets the slots: from whom the most came.
 *
 * Source: libtorrent, `rate_based_choker` and its setting `rate_choker_initial_threshold`.
 */
export function chooseRateBased(peer: Peer, isRound: bool): void {
  if (isRound) peer.rateSlots = 1 + reachingSlots(peer);
  const hasOptimistic = keepOptimistic(peer, isRound);
  chooseBest(peer, peer.rateSlots, mostReceived);
  if (!hasOptimistic) chooseOptimistic(peer);
}

function mostReceived(peer: Peer, connection: Connection): f64 {
  return connection.received;
}

/** How many neighbours, fastest first, are sent their place's number of steps a second. */
function reachingSlots(peer: Peer): i32 {
  const bytesPerSecond: f64 = (<f64>blockBytes * 1e9) / <f64>rechokeNs;
  let reached = 0;
  while (countAbove(peer, (STEP * <f64>(reached + 1)) / bytesPerSecond) > reached) reached++;
  return reached;
}

/** Neighbours that were sent at least so many blocks in the last round. */
function countAbove(peer: Peer, blocks: f64): i32 {
  let count = 0;
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (connection.state == <u8>OPEN && <f64>connection.sent >= blocks) count++;
  }
  return count;
}
