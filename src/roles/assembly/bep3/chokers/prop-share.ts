import { isTracing } from '../../../../comm/assembly/simulated/trace';
import { Connection, OPEN } from '../connection';
import { Peer } from '../peer';
import { noteScores } from '../trace';
import { isCandidate, chooseOptimistic, keepOptimistic } from './slots';

/** Share of the uplink for the neighbour that is tried out. */
const OPTIMISTIC_SHARE: f32 = 0.2;

/**
 * PropShare: the uplink is divided among all who gave anything in the last round, each its share of
 * what came; a fifth is kept for one more neighbour, so that newcomers can begin.
 *
 * Source: Levin, LaCurts, Spring, Bhattacharjee, "BitTorrent is an auction: analyzing and improving
 * BitTorrent's incentives" (SIGCOMM 2008).
 */
export function choosePropShare(peer: Peer, isRound: bool): void {
  const hasOptimistic = keepOptimistic(peer, isRound);
  if (isTracing) noteScores(peer, gift);
  let total = 0;
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (!isCandidate(connection) || given(connection) == 0) continue;
    connection.isChosen = true;
    total += given(connection);
  }
  if (!hasOptimistic) chooseOptimistic(peer);
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    connection.work = 0;
    if (connection.state != <u8>OPEN || !connection.isChosen) continue;
    connection.weight = connection.isOptimistic
      ? OPTIMISTIC_SHARE
      : ((1 - OPTIMISTIC_SHARE) * <f32>given(connection)) / <f32>max(1, total);
  }
}

function given(connection: Connection): i32 {
  return connection.received + connection.receivedBefore;
}

function gift(peer: Peer, connection: Connection): f64 {
  return given(connection);
}
