/** Whom a peer uploads to that has everything: libtorrent's three rules of seed choking. */
import { Connection } from '../connection';
import { knownCount } from '../listeners';
import { Peer } from '../peer';
import { segments } from '../settings';

/** Rounds that a neighbour keeps a seed's slot before others have their turn. */
const TURN_ROUNDS: i32 = 3;

/**
 * The fastest: those to whom the most was sent in the last two rounds, which keeps the seed's link
 * full. Source: BEP 3; libtorrent's `fastest_upload`.
 */
export function fastestUpload(peer: Peer, connection: Connection): f64 {
  return connection.sent + connection.sentBefore;
}

/**
 * In turn: who has a slot keeps it for three rounds; then those come first who had one the longest
 * ago. Source: libtorrent's `round_robin`, whose turns are counted in segments.
 */
export function inTurn(peer: Peer, connection: Connection): f64 {
  const isInTurn = !connection.amChoking && peer.round - connection.unchokedRound < TURN_ROUNDS;
  return isInTurn ? 1 : -(<f64>connection.unchokedRound);
}

/**
 * Against leeches: those who have just begun or are nearly done, since in between they can get
 * what they lack from others. Source: libtorrent's `anti_leech`.
 */
export function antiLeech(peer: Peer, connection: Connection): f64 {
  return Math.abs(<f64>(knownCount(connection.rank, peer.zone) * 2 - segments));
}
