/** Why a peer chose so: records for `--trace`; see `comm/assembly/simulated/trace.ts`. */
import { CHOKING, PICK, UNCHOKE, newRecord } from '../../../comm/assembly/simulated/trace';
import { allocate, put } from '../../../shm/assembly/memory';
import { Score, isCandidate } from './chokers/slots';
import { Connection, OPEN } from './connection';
import { Peer } from './peer';

const HEAD_WORDS: i32 = 3;
const CANDIDATE_WORDS: i32 = 4;

const CHOSEN: i32 = 1;
const OPTIMISTIC: i32 = 2;

/** The score of each connection in the present round of choking; NaN: it had none. */
let scores: usize = 0;
let capacity: i32 = 0;

/** A round of choking begins. */
export function clearScores(peer: Peer): void {
  if (peer.used > capacity) {
    capacity = max(peer.used, capacity * 2);
    scores = allocate((<usize>capacity) << 3);
  }
  for (let index = 0; index < peer.used; index++) noteScore(index, NaN);
}

/** The candidates are ordered by `score`. */
export function noteScores(peer: Peer, score: Score): void {
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (isCandidate(connection)) noteScore(index, score(peer, connection));
  }
}

function noteScore(index: i32, score: f64): void {
  store<f64>(scores + ((<usize>index) << 3), score);
}

/** `peer` has chosen whom it uploads to; those are listed that wanted to be. */
export function traceChoking(peer: Peer, isRound: bool): void {
  let candidates = 0;
  for (let index = 0; index < peer.used; index++) {
    if (isListed(peer.connection(index))) candidates++;
  }
  if (candidates == 0) return;
  const words = HEAD_WORDS + candidates * CANDIDATE_WORDS;
  const payload = newRecord(CHOKING, peer.rank, words, candidates);
  if (payload == 0) return;
  put(payload, 0, peer.round);
  put(payload, 1, isRound ? 1 : 0);
  put(payload, 2, candidates);
  let row = payload + ((<usize>HEAD_WORDS) << 2);
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (!isListed(connection)) continue;
    put(row, 0, connection.rank);
    put(row, 1, flagsOf(connection));
    store<f64>(row, load<f64>(scores + ((<usize>index) << 3)), 8);
    row += (<usize>CANDIDATE_WORDS) << 2;
  }
}

function isListed(connection: Connection): bool {
  return connection.state == <u8>OPEN && (connection.isInterested || connection.isChosen);
}

function flagsOf(connection: Connection): i32 {
  if (!connection.isChosen) return 0;
  return connection.isOptimistic ? CHOSEN | OPTIMISTIC : CHOSEN;
}

/** `peer` unchokes a neighbour that has become interested, since a slot is free. */
export function traceUnchoke(peer: Peer, connection: Connection): void {
  const payload = newRecord(UNCHOKE, peer.rank, 1, 0);
  if (payload != 0) put(payload, 0, connection.rank);
}

/** `peer` asks a neighbour for `segment`, which is not marked as asked for yet. */
export function tracePick(peer: Peer, connection: Connection, segment: i32): void {
  const payload = newRecord(PICK, peer.rank, 4, 0);
  if (payload == 0) return;
  put(payload, 0, segment);
  put(payload, 1, connection.rank);
  put(payload, 2, peer.neighbourRows.holders(segment));
  // Asked for once more: endgame.
  put(payload, 3, peer.isTaken(segment) ? 1 : 0);
}
