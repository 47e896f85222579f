import { isSimulated } from '../../comm/assembly/transport';
import { setTimer } from '../../comm/assembly/simulated/links';
import { TAG_COUNT } from '../tags';
import * as host from './host';
import { wantHost } from './signals';

/** In place of a tag: the delay that a client asked for is over. */
export const TIMER: i32 = TAG_COUNT;

const NS_PER_MS: i64 = 1_000_000;

/** Has `rank`'s download told when `delayMs` are over, on whichever clock the run has. */
export function after(rank: i32, delayMs: i32): void {
  if (isSimulated) {
    setTimer(TIMER, rank, <i64>delayMs * NS_PER_MS);
    return;
  }
  host.after(rank, delayMs);
  wantHost();
}
