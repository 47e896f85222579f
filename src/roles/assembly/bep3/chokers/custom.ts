/**
 * A rule of choking that is not built in: the host is called for each choice. What it is offered
 * stands in a table of the thread's, a row a neighbour:
 *
 *     word   0           1     2      3         4               5     6
 *            connection  rank  flags  received  receivedBefore  sent  sentBefore
 *     word   7              8          9                10              11    12
 *            receivedInAll  sentInAll  sinceOptimistic  sinceUnchoked   held  choice
 *
 * The flags: 1: it is interested, 2: this peer is, 4: it is unchoked, 8: it chokes this peer,
 * 16: it is the optimistic unchoke. Rounds since something that never was: -1. The host writes the
 * choice: 1: unchoke, 3: as the optimistic one.
 */
import { allocate, at, put } from '../../../../shm/assembly/memory';
import * as host from '../../host';
import { Connection, OPEN } from '../connection';
import { knownCount } from '../listeners';
import { Peer } from '../peer';

/** Words of a row, and the last one. */
const ROW_WORDS: i32 = 13;
const CHOICE: i32 = 12;

const OPTIMISTIC: i32 = 2;

let table: usize = 0;
let capacity: i32 = 0;

/** Whom the host chooses among all neighbours. */
export function chooseCustom(peer: Peer, isRound: bool): void {
  if (peer.used > capacity) {
    capacity = max(peer.used, capacity * 2);
    table = allocate((<usize>(capacity * ROW_WORDS)) << 2);
  }
  let count = 0;
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (connection.state != <u8>OPEN) continue;
    enter(peer, connection, index, table + ((<usize>(count * ROW_WORDS)) << 2));
    count++;
  }
  if (count == 0) return;
  const random = changetype<usize>(peer.random);
  const isSeed = peer.isComplete;
  host.chooseUnchoked(peer.rank, isSeed, isRound, peer.round, table, count, random);
  for (let index = 0; index < count; index++) {
    const row = table + ((<usize>(index * ROW_WORDS)) << 2);
    take(peer, peer.connection(at(row, 0)), at(row, CHOICE));
  }
}

function enter(peer: Peer, connection: Connection, index: i32, row: usize): void {
  const interest = (connection.isInterested ? 1 : 0) | (connection.amInterested ? 2 : 0);
  const choking = (connection.amChoking ? 0 : 4) | (connection.isChoked ? 8 : 0);
  put(row, 0, index);
  put(row, 1, connection.rank);
  put(row, 2, interest | choking | (connection.isOptimistic ? 16 : 0));
  put(row, 3, connection.received);
  put(row, 4, connection.receivedBefore);
  put(row, 5, connection.sent);
  put(row, 6, connection.sentBefore);
  put(row, 7, connection.receivedInAll);
  put(row, 8, connection.sentInAll);
  put(row, 9, roundsSince(peer, connection.optimisticRound));
  put(row, 10, roundsSince(peer, connection.unchokedRound));
  put(row, 11, knownCount(connection.rank, peer.zone));
  put(row, CHOICE, 0);
}

/** Rounds of choking after `round`; -1 where that is 0, which stands for never. */
function roundsSince(peer: Peer, round: i32): i32 {
  return round == 0 ? -1 : max(0, peer.round - round);
}

function take(peer: Peer, connection: Connection, choice: i32): void {
  connection.isChosen = choice != 0;
  const isOptimistic = (choice & OPTIMISTIC) != 0;
  // Before the first round, too, it is not never.
  if (isOptimistic && !connection.isOptimistic) connection.optimisticRound = max(1, peer.round);
  connection.isOptimistic = isOptimistic;
}
