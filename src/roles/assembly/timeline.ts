/**
 * The virtual clock's side of the kernel: ranks react to events, in the order of their times. The
 * roles are those of the real clock, or the peers of the protocol `bep3`.
 *
 * One instance a thread; all threads go through virtual time window by window.
 */
import { nextTime, openAgenda, pop } from '../../comm/assembly/simulated/agenda';
import { Event, giveEvent } from '../../comm/assembly/simulated/event';
import { BROADCAST, arrive, isSpent } from '../../comm/assembly/simulated/links';
import * as links from '../../comm/assembly/simulated/links';
import {
  NOTHING_LEFT,
  OPENED,
  STALLED,
  TIME_IS_UP,
  nextWindow,
  now,
  runEnd,
  setNow,
  windowEnd,
} from '../../comm/assembly/simulated/windows';
import { openSimulated } from '../../comm/assembly/transport';
import { touchNewDay } from './bep3/ahead';
import { deliverToPeer, looksAhead } from './bep3/index';
import { spread } from './bep3/listeners';
import { hasPeers } from './bep3/peers';
import { deliverOne, onTimer, pumpTouched } from './index';
import { isOracle, makeOracle, onOracleEvent } from './oracle';
import { enterSeen, openSeen, turnSeen } from './seen';
import { TIMER } from './timers';
import { openWithOthers } from './virtual-bridge';
import { bringFaults, hasFaults, intercept, letLateJoin } from './virtual-faults';

export {
  announces,
  giveNeighbours,
  openPeer,
  openPeers,
  peerHolds,
  readPeer,
  readUnchoked,
  readUploadsBeforeSeeding,
} from './bep3/index';
export { faultIsDue, faultTakenAt, openVirtualFault, openVirtualFaults } from './virtual-faults';
export { openChoking, openPicking, openSwarm } from './bep3/settings';
export { chooseHolder, openChoice } from './choice';
export { openOraclePeer, oracleFinishedNs } from './oracle';
export { openLink, openLinks, readLink } from '../../comm/assembly/simulated/links';
export {
  observedChanges,
  observedFlows,
  observedStepNs,
  openObservation,
} from '../../comm/assembly/simulated/observation';
export { isTraceCut, openTrace, traceHead } from '../../comm/assembly/simulated/trace';
export {
  noteFinished,
  openStall,
  openWindowBridge,
  openWindows,
} from '../../comm/assembly/simulated/windows';
export {
  closeWindow,
  openVirtualBridge,
  takeWindowMessage,
  windowMessage,
  windowMessageBytes,
} from './virtual-bridge';

/** What became of a window, besides what `windows.ts` says: all depends on a tracker that is lost. */
const TRACKER_LOST: i32 = 6;

/** Nothing is left to do in it, but there will be. */
const GOES_ON: i32 = 7;

/** Whether the ranks are those of the real clock, and see each other's rows. */
let hasRoles: bool = false;
let events: i64 = 0;
let heard: i64 = 0;

/** Ranks of the real clock's protocol go through simulated links. */
export function openVirtualRanks(wireTable: usize, seenRows: usize, count: i32): void {
  openAgenda(count, false);
  openSimulated(wireTable);
  openSeen(seenRows);
  hasRoles = true;
}

/** Ranks play a schedule that is given; see `oracle.ts`. */
export function openOracle(count: i32, parts: i32, partBytes: i32, roundNs: f64): void {
  openAgenda(count, false);
  makeOracle(count, parts, partBytes, roundNs);
}

/**
 * Goes through windows until so many events were handled, or the run is over.
 *
 * @returns what became of the last window: see `windows.ts`, or `TRACKER_LOST`
 */
export function advance(budget: i32): i32 {
  const until = events + heard + budget;
  while (events + heard < until) {
    if (hasRoles) enterSeen();
    const window = nextWindow();
    if (hasRoles) turnSeen();
    const state = settle(window);
    if (state == GOES_ON) continue;
    if (state != OPENED) return state;
    for (;;) {
      const time = nextTime();
      if (looksAhead) touchNewDay();
      if (time >= windowEnd) break;
      setNow(time);
      handle(pop());
    }
  }
  return OPENED;
}

/** What comes of a window that was opened, or was not: the same on all threads. */
function settle(window: i32): i32 {
  // Whoever waits for something waits until the end.
  if (window == TIME_IS_UP) setNow(runEnd());
  const isQuiet = window == NOTHING_LEFT || window == STALLED;
  if (isQuiet && hasFaults && letLateJoin()) return GOES_ON;
  if (window != OPENED) return window;
  return hasFaults && bringFaults() ? TRACKER_LOST : OPENED;
}

/**
 * The bridge: opens the next window together with this process's threads.
 *
 * @returns what became of it, as from `advance`; `OPENED` where the run goes on in any way
 */
export function openNextWindow(): i32 {
  const state = settle(openWithOthers());
  return state == GOES_ON ? OPENED : state;
}

function handle(event: Event): void {
  events++;
  if (hasFaults && intercept(event)) return;
  if (!arrive(event)) {
    if (isSpent(event)) giveEvent(event);
    return;
  }
  if (hasPeers()) handleByPeer(event);
  else if (isOracle()) onOracleEvent(event.tag, event.dest, event.a);
  else handleByRoles(event);
  giveEvent(event);
}

function handleByRoles(event: Event): void {
  if (event.tag == TIMER) onTimer(event.dest);
  else deliverOne(event.tag, event.slot);
  pumpTouched();
}

function handleByPeer(event: Event): void {
  if ((event.tag & BROADCAST) != 0) heard += spread(event.dest, event.b, event.a);
  else deliverToPeer(event);
}

/** The present, in ns. */
export function presentNs(): f64 {
  return <f64>now;
}

export function eventsHandled(): f64 {
  return <f64>(events + heard);
}

export function controlMessages(): f64 {
  return <f64>links.controlMessages;
}

export function controlBytes(): f64 {
  return <f64>links.controlBytes;
}

export function dataBlocks(): f64 {
  return <f64>links.dataBlocks;
}

export function dataBytes(): f64 {
  return <f64>links.dataBytes;
}
