import { Connection } from '../connection';
import { Peer } from '../peer';

/**
 * libtorrent's fixed slots: the slots go to those from whom the most came in the last round alone;
 * among equals to those who got the least for it.
 *
 * Source: libtorrent, `fixed_slots_choker`, and the order of its unchoke comparison for leechers.
 */
export function fixedSlots(peer: Peer, connection: Connection): f64 {
  return <f64>connection.received * 65536 - <f64>min(connection.sent, 65535);
}
