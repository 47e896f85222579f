/**
 * How the ranks of this thread send: through the rings, as fast as the hardware goes, or through
 * simulated links in virtual time. The roles send here and know neither.
 */
import { at } from '../../shm/assembly/memory';
import * as endpoint from './endpoint';
import { post, transfer } from './simulated/links';

/** Whether messages go through simulated links. */
export let isSimulated: bool = false;
let wire: usize = 0;

/** Words of an entry of the wire table. */
const ENTRY_WORDS: i32 = 3;

/**
 * Messages go through simulated links from now on.
 *
 * @param wireTable address of three words a tag: bytes on the wire, bytes for each item that it
 *   refers to, the payload word that counts these items
 */
export function openSimulated(wireTable: usize): void {
  isSimulated = true;
  wire = wireTable;
}

/** Sends a message of up to five payload words; never blocks and never fails. */
export function send(
  tag: i32,
  source: i32,
  dest: i32,
  a: i32 = 0,
  b: i32 = 0,
  c: i32 = 0,
  d: i32 = 0,
  e: i32 = 0,
): void {
  if (!isSimulated) {
    endpoint.send(tag, source, dest, a, b, c, d, e);
    return;
  }
  const each = at(wire, tag * ENTRY_WORDS + 1);
  let bytes = at(wire, tag * ENTRY_WORDS);
  if (each > 0) {
    const word = at(wire, tag * ENTRY_WORDS + 2);
    const items = word == 1 ? b : c;
    bytes += each * max(0, items);
  }
  post(tag, source, dest, bytes, a, b, c, d, e);
}

/** Sends a message that stands for `bytes` bytes of data, which take their time on the links. */
export function sendData(
  tag: i32,
  source: i32,
  dest: i32,
  bytes: i32,
  a: i32,
  b: i32,
  c: i32,
  d: i32,
): void {
  if (isSimulated) transfer(tag, source, dest, bytes, at(wire, tag * ENTRY_WORDS), a, b, c, d);
  else endpoint.sendHashed(tag, source, dest, a, b, c, d);
}

/** Whether `rank` is known here to have died; in virtual time who asks it is told. */
export function isForgotten(rank: i32): bool {
  return !isSimulated && endpoint.isForgotten(rank);
}
