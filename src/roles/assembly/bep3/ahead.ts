/**
 * Looks at what a day's events will need before the first of them is handled. With many peers next
 * to nothing of that is in the processor's caches. One event after the other would wait for its
 * peer, then for its connection; here nothing waits: each round reads something of every event
 * whose address the round before has brought, and the processor fetches many at a time.
 */
import { openEvent, takeNewDay } from '../../../comm/assembly/simulated/agenda';
import { Event } from '../../../comm/assembly/simulated/event';
import { BROADCAST, isEntering, plainTag, touchLink } from '../../../comm/assembly/simulated/links';
import { noteRead } from '../../../shm/assembly/memory';
import { PeerTag } from '../../bep3-tags';
import { TRACKER } from '../../tags';
import { touchEntries, touchList } from './listeners';
import { peerOf } from './peers';

/** To be called before each event: does something where it is the first of its day. */
export function touchNewDay(): void {
  const count = takeNewDay();
  for (let index = 0; index < count; index++) touchRank(openEvent(index));
  for (let index = 0; index < count; index++) touchWhatItIsAbout(openEvent(index));
}

function touchRank(event: Event): void {
  if ((event.tag & BROADCAST) != 0) {
    noteRead(touchList(event.dest, event.b));
  } else {
    noteRead(touchLink(event.dest));
    if (event.dest != TRACKER && !isEntering(event)) noteRead(peerOf(event.dest).touch());
  }
}

function touchWhatItIsAbout(event: Event): void {
  if ((event.tag & BROADCAST) != 0) {
    noteRead(touchEntries(event.dest, event.b));
    return;
  }
  if (event.dest == TRACKER || isEntering(event)) return;
  const peer = peerOf(event.dest);
  const tag = plainTag(event);
  if (tag == PeerTag.UplinkFree) noteRead(peer.touchConnection(peer.uplink.firstSlot));
  else if (tag >= PeerTag.Refuse && tag <= PeerTag.Piece) {
    noteRead(peer.touchConnection(event.a));
  }
}
