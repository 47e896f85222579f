import { Peer } from '../peer';
import { isCandidate } from './slots';

/**
 * Nobody is choked: whoever asks is served in turn. What bounds the work is the number of
 * connections, few, and of requests in flight on each.
 *
 * Source: Uber's Kraken, whose scheduler keeps 10 connections a torrent and 3 requests on each.
 */
export function chooseEveryone(peer: Peer): void {
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (isCandidate(connection)) connection.isChosen = true;
  }
}
