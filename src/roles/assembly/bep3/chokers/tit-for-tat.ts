import { Connection } from '../connection';
import { Peer } from '../peer';

/**
 * Tit-for-tat: the slots go to those from whom the most blocks came in the last two rounds (20 s).
 *
 * Source: BEP 3; Cohen, "Incentives build robustness in BitTorrent" (2003).
 */
export function titForTat(peer: Peer, connection: Connection): f64 {
  return connection.received + connection.receivedBefore;
}
