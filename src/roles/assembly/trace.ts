/** Why a client asked whom: records for `--trace`; see `comm/assembly/simulated/trace.ts`. */
import { REQUEST, newRecord } from '../../comm/assembly/simulated/trace';
import { at, put } from '../../shm/assembly/memory';
import { usesAvailability } from './pickers/index';
import { isBlind, isCustom } from './strategies/index';
import { isSeenToHold, seenAvailability } from './swarm';

const HEAD_WORDS: i32 = 4;
const CANDIDATE_WORDS: i32 = 3;

/**
 * `rank` asks `chosen` for `segment`. The candidates are those of `count` holders that hold it, with
 * their scores, of which the lowest is asked, or, by a rule that draws, the lowest of those drawn; a
 * strategy of the user's own gives none.
 */
export function traceRequest(
  rank: i32,
  segment: i32,
  chosen: i32,
  holders: usize,
  scores: usize,
  count: i32,
): void {
  let candidates = 0;
  for (let index = 0; index < count; index++) {
    if (isCandidate(at(holders, index), segment)) candidates++;
  }
  const words = HEAD_WORDS + candidates * CANDIDATE_WORDS;
  const payload = newRecord(REQUEST, rank, words, candidates);
  if (payload == 0) return;
  put(payload, 0, segment);
  put(payload, 1, chosen);
  put(payload, 2, usesAvailability ? at(seenAvailability, segment) : -1);
  put(payload, 3, candidates);
  let row = payload + ((<usize>HEAD_WORDS) << 2);
  for (let index = 0; index < count; index++) {
    const holder = at(holders, index);
    if (!isCandidate(holder, segment)) continue;
    put(row, 0, holder);
    store<i64>(row, isCustom ? i64.MIN_VALUE : load<i64>(scores + ((<usize>index) << 3)), 4);
    row += (<usize>CANDIDATE_WORDS) << 2;
  }
}

function isCandidate(holder: i32, segment: i32): bool {
  return isBlind || isSeenToHold(holder, segment);
}
