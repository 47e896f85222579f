/** Why a client asked whom: records for `--trace`; see `comm/assembly/simulated/trace.ts`. */
import { REQUEST, newRecord } from '../../comm/assembly/simulated/trace';
import { at, put } from '../../shm/assembly/memory';
import { Holders } from './holders';
import { usesAvailability } from './pickers/index';
import { isBlind, isCustom } from './strategies/index';
import { isSeenToHold, seenAvailability } from './swarm';

const HEAD_WORDS: i32 = 4;
const CANDIDATE_WORDS: i32 = 3;

/**
 * `rank` asks `chosen` for `segment`. The candidates are those of `holders` that hold it and have
 * scores above `asked`. Of these the lowest is asked, or, by a rule that draws, the lowest of those
 * drawn; a strategy of the user's own gives none.
 */
export function traceRequest(
  rank: i32,
  segment: i32,
  chosen: i32,
  holders: Holders,
  asked: i64,
): void {
  let candidates = 0;
  for (let place = 0; place < holders.count; place++) {
    if (isCandidate(holders, place, segment, asked)) candidates++;
  }
  const words = HEAD_WORDS + candidates * CANDIDATE_WORDS;
  const payload = newRecord(REQUEST, rank, words, candidates);
  if (payload == 0) return;
  put(payload, 0, segment);
  put(payload, 1, chosen);
  put(payload, 2, usesAvailability ? at(seenAvailability, segment) : -1);
  put(payload, 3, candidates);
  let row = payload + ((<usize>HEAD_WORDS) << 2);
  for (let place = 0; place < holders.count; place++) {
    if (!isCandidate(holders, place, segment, asked)) continue;
    put(row, 0, holders.at(place));
    store<i64>(row, isCustom ? i64.MIN_VALUE : holders.scoreAt(place), 4);
    row += (<usize>CANDIDATE_WORDS) << 2;
  }
}

function isCandidate(holders: Holders, place: i32, segment: i32, asked: i64): bool {
  if (!isBlind && !isSeenToHold(holders.at(place), segment)) return false;
  return holders.scoreAt(place) > asked;
}
