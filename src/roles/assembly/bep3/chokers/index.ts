/** The rules of choking by number, and a round of choking. */
import { isTracing } from '../../../../comm/assembly/simulated/trace';
import { Connection, OPEN } from '../connection';
import { Peer, UPLOADS_NOTHING } from '../peer';
import { seedChoker } from '../settings';
import { clearScores, traceChoking } from '../trace';
import { chooseBitTyrant } from './bit-tyrant';
import { chooseCustom } from './custom';
import { chooseEveryone } from './everyone';
import { fixedSlots } from './fixed-slots';
import { choosePairwise } from './pairwise';
import { choosePropShare } from './prop-share';
import { chooseRateBased } from './rate-based';
import { antiLeech, fastestUpload, inTurn } from './seeding';
import { chooseSlots } from './slots';
import { titForTat } from './tit-for-tat';

/** In place of a number: the rule is the user's, and the host is asked. */
const CUSTOM: i32 = -1;
/** Numbers of the rules: their index in `CHOKERS` and `SEED_CHOKERS` of `roles/chokers.ts`. */
const FIXED_SLOTS: i32 = 1;
const RATE_BASED: i32 = 2;
const BIT_TYRANT: i32 = 3;
const PROP_SHARE: i32 = 4;
const PAIRWISE: i32 = 5;
const EVERYONE: i32 = 6;

const IN_TURN: i32 = 1;
const ANTI_LEECH: i32 = 2;

/** Whether the rule knows no slots. */
export function isWithoutSlots(peer: Peer): bool {
  return peer.choker == EVERYONE || isEager(peer);
}

/** Whether the rule decides anew with every block. */
export function isEager(peer: Peer): bool {
  return peer.choker == PAIRWISE && !peer.isComplete;
}

/** Whether only the rule can say if a neighbour is to be unchoked between two rounds. */
export function decidesBetweenRounds(peer: Peer): bool {
  return peer.choker == CUSTOM || isEager(peer) || sharesUplink(peer);
}

/** Whether the rule gives neighbours shares of the uplink. */
export function sharesUplink(peer: Peer): bool {
  return (peer.choker == PROP_SHARE || peer.choker == BIT_TYRANT) && !peer.isComplete;
}

/**
 * Chooses whom `peer` uploads to from now on.
 *
 * @param isRound whether the time for a round has come, or something has changed between two
 */
export function rechoke(peer: Peer, isRound: bool): void {
  for (let index = 0; index < peer.used; index++) peer.connection(index).isChosen = false;
  if (isTracing) clearScores(peer);
  if ((peer.behaviour & UPLOADS_NOTHING) == 0) choose(peer, isRound);
  if (isTracing) traceChoking(peer, isRound);
  for (let index = 0; index < peer.used; index++) {
    const connection = peer.connection(index);
    if (connection.state != <u8>OPEN) continue;
    peer.setChoking(connection, !connection.isChosen);
    if (isRound) endRound(connection);
  }
}

function choose(peer: Peer, isRound: bool): void {
  if (peer.choker == CUSTOM) {
    chooseCustom(peer, isRound);
    return;
  }
  if (peer.isComplete && peer.choker != EVERYONE) {
    chooseAsSeed(peer, isRound);
    return;
  }
  switch (peer.choker) {
    case FIXED_SLOTS: {
      chooseSlots(peer, isRound, fixedSlots);
      break;
    }
    case RATE_BASED: {
      chooseRateBased(peer, isRound);
      break;
    }
    case BIT_TYRANT: {
      chooseBitTyrant(peer, isRound);
      break;
    }
    case PROP_SHARE: {
      choosePropShare(peer, isRound);
      break;
    }
    case PAIRWISE: {
      choosePairwise(peer);
      break;
    }
    case EVERYONE: {
      chooseEveryone(peer);
      break;
    }
    default: {
      chooseSlots(peer, isRound, titForTat);
    }
  }
}

function chooseAsSeed(peer: Peer, isRound: bool): void {
  switch (seedChoker) {
    case IN_TURN: {
      chooseSlots(peer, isRound, inTurn);
      break;
    }
    case ANTI_LEECH: {
      chooseSlots(peer, isRound, antiLeech);
      break;
    }
    default: {
      chooseSlots(peer, isRound, fastestUpload);
    }
  }
}

function endRound(connection: Connection): void {
  connection.receivedBefore = connection.received;
  connection.sentBefore = connection.sent;
  connection.received = 0;
  connection.sent = 0;
}
