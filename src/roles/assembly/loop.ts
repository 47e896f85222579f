/**
 * A thread's loop on the real clock: turn after turn, and a sleep where there is nothing to do. It
 * stays here for as long as its host has nothing to see to. With a thread a rank, what JavaScript
 * does between two turns is never warm: it took a fifth of the exchange.
 */
import { control } from '../../comm/assembly/endpoint';
import { park } from '../../shm/assembly/parking';
import { DONE, GIVEN_UP, IDLE, WORKED } from '../turns';
import { hasWork, isDone, turn } from './index';
import { beat, isGivenUp, openSignals, takeHostWanted } from './signals';

/** The word that is 1 while the bridge naps; 0: there is no bridge. */
let bridgeNaps: usize = 0;
let isPrompt: bool = false;
let spins: i32 = 0;
/** Turns without work since the last one with some. */
let idleTurns: i32 = 0;

/**
 * Opens the loop of a thread.
 *
 * @param abortAddress of the word that is not 0 once the run is given up
 * @param napAddress of the word that is 1 while the bridge naps; 0: there is no bridge
 * @param isPromptHere whether others are sent what there is for them within a turn; see `turn`
 * @param idleLimit turns without work before the thread sleeps
 */
export function openLoop(
  abortAddress: usize,
  napAddress: usize,
  isPromptHere: bool,
  idleLimit: i32,
): void {
  openSignals(abortAddress);
  bridgeNaps = napAddress;
  isPrompt = isPromptHere;
  spins = idleLimit;
}

/**
 * Takes turns until the host is wanted or there is nothing left to do.
 *
 * @param isWatched whether the host is wanted after every turn
 * @returns what the last turn came to; see `turns.ts`
 */
export function takeTurns(isWatched: bool): i32 {
  while (!isGivenUp()) {
    const worked = turn(isPrompt);
    beat();
    if (worked) idleTurns = 0;
    else if (isDone()) return DONE;
    else idleTurns++;
    if (takeHostWanted() || isWatched) return worked ? WORKED : IDLE;
    rest(Infinity);
  }
  return GIVEN_UP;
}

/** Sleeps, for `timeoutMs` at most, where enough turns have found nothing to do. */
export function rest(timeoutMs: f64): void {
  if (idleTurns > spins) park(control, hasReason, timeoutMs);
}

/** Whether there is a reason not to sleep. Looked for once the sleep is announced. */
function hasReason(): bool {
  callBridge();
  return hasWork() || isGivenUp();
}

/**
 * A bridge that naps while threads like this one are at work is to look what there is. It says that
 * it naps before it reads who sleeps, so that it finds this thread asleep or is called.
 */
function callBridge(): void {
  if (bridgeNaps == 0 || atomic.load<i32>(bridgeNaps) == 0) return;
  atomic.store<i32>(bridgeNaps, 0);
  atomic.notify(bridgeNaps, 1);
}
