/**
 * A thread's end of all channels, as `../endpoint.ts` describes it, for the threads that host
 * ranks: what they send is gathered by destination and tag and published in batches.
 */
import { SPACE_WANTED, WAITER_BITS } from '../../shm/control-words';
import { allocate, at, put } from '../../shm/assembly/memory';
import { wake } from '../../shm/assembly/parking';
import { openGate, openPermits } from '../../shm/assembly/permits';
import { DEST, PAYLOAD, Ring, SOURCE } from '../../ringbuf/assembly/ring';
import { SlotQueue, openQueues } from './slot-queue';

export let threads: i32 = 0;
export let tags: i32 = 0;
/** Messages sent by the ranks of this thread. */
export let sent: i64 = 0;
/** Messages waiting for ranks of this thread from ranks of this thread. */
export let localCount: i32 = 0;

/** Address of this thread's control block. */
export let control: usize = 0;

let self: i32 = 0;
/** Threads that host ranks: the first ones here. */
let hosts: i32 = 0;
let firstControl: usize = 0;
let controlStride: usize = 0;
let threadOf: usize = 0;
let inbox: usize = 0;
let rings: usize = 0;
let outgoing: usize = 0;
let local: usize = 0;
let incoming: usize = 0;
let dirty: usize = 0;
let dirtyCount: i32 = 0;
let blocked: usize = 0;
let blockedCount: i32 = 0;
let wakeList: usize = 0;
let wakeCount: i32 = 0;
let wakePending: usize = 0;
let isGone: usize = 0;
/** The thread that carries messages to ranks of other processes, or -1. */
let bridge: i32 = -1;
/** Threads that hash what ranks are sent, after those with ranks; 0: ranks do so themselves. */
let hashers: i32 = 0;
/** The tag of what they hash, and how much of it may wait for each while others are woken. */
let hashedTag: i32 = 0;
let backlogLimit: i32 = 0;
/** Which of them is sent something next, and how much more before it is asked who has less to do. */
let hasher: i32 = 0;
let hasherQuota: i32 = 0;
/** Where there is a bridge: a byte a rank, 1 for those behind it that have died. */
let isLost: usize = 0;

/** Messages that a thread which hashes is sent in a row. */
const HASHED_TOGETHER: i32 = 16;

const RING_BYTES: usize = offsetof<Ring>();
const QUEUE_BYTES: usize = offsetof<SlotQueue>();

/**
 * Opens the endpoint of thread `thread`.
 *
 * @param bases address of the word offsets of all rings, index = thread * tags + tag
 * @param capacities address of their slots
 * @param placement address of the thread of each rank
 * @param firstThreadControl address of thread 0's control block
 * @param controlBytes distance between two control blocks
 */
export function openEndpoint(
  thread: i32,
  threadCount: i32,
  tagCount: i32,
  bases: usize,
  capacities: usize,
  placement: usize,
  firstThreadControl: usize,
  controlBytes: i32,
): void {
  self = thread;
  threads = threadCount;
  hosts = threadCount;
  tags = tagCount;
  threadOf = placement;
  firstControl = firstThreadControl;
  controlStride = controlBytes;
  control = controlOf(thread);
  const channels = threads * tags;
  openQueues(channels);
  rings = allocate(<usize>channels * RING_BYTES);
  inbox = allocate(<usize>tags * RING_BYTES);
  for (let channel = 0; channel < channels; channel++) {
    ringOf(channel).open((<usize>at(bases, channel)) << 2, at(capacities, channel));
  }
  for (let tag = 0; tag < tags; tag++) {
    const channel = thread * tags + tag;
    inboxOf(tag).open((<usize>at(bases, channel)) << 2, at(capacities, channel));
  }
  outgoing = allocate(<usize>channels * QUEUE_BYTES);
  local = allocate(<usize>tags * QUEUE_BYTES);
  incoming = allocate(<usize>tags * QUEUE_BYTES);
  dirty = allocate((<usize>channels) << 2);
  blocked = allocate((<usize>channels) << 2);
  wakeList = allocate((<usize>threads) << 2);
  wakePending = allocate(threads);
  isGone = allocate(threads);
}

/** Ranks that no thread here hosts are reached through the thread `bridgeThread`. */
export function openFarRanks(bridgeThread: i32, ranks: i32): void {
  bridge = bridgeThread;
  hosts = bridgeThread;
  isLost = allocate(ranks);
}

/**
 * What ranks are sent by `sendHashed` goes by way of the last `count` threads here, which hash it; to
 * be called before `limitAwake`.
 *
 * @param tag of such messages
 * @param backlog of them that may wait for each of these threads while more ranks are woken
 */
export function openHashers(count: i32, tag: i32, backlog: i32): void {
  if (count == 0) return;
  hashers = count;
  hosts = threads - count;
  hasher = self % count;
  hashedTag = tag;
  backlogLimit = backlog;
}

/** Whether ranks leave it to other threads to hash what they are sent. */
export function hasHashers(): bool {
  return hashers > 0;
}

/** Whether one of the threads that hash will soon have too little to do. */
function isWorkWanted(): bool {
  for (let index = 0; index < hashers; index++) {
    if (backlogOf(index) < backlogLimit) return true;
  }
  return false;
}

function backlogOf(index: i32): i32 {
  return ringOf((hosts + index) * tags + hashedTag).waiting();
}

/**
 * The thread that is to hash what is sent next: of two neighbours the one with less to do. If each
 * had its share instead, one that others keep from its core would be waited for by all.
 */
function nextHasher(): i32 {
  if (hasherQuota == 0) {
    hasherQuota = HASHED_TOGETHER;
    const next = hasher + 1 < hashers ? hasher + 1 : 0;
    if (backlogOf(next) <= backlogOf(hasher)) hasher = next;
  }
  hasherQuota--;
  return hosts + hasher;
}

/**
 * At most `permits` of the threads with ranks are woken at a time; to be called after `openFarRanks`
 * and `openHashers`.
 *
 * @param takenAddress of the word that counts the permits taken
 */
export function limitAwake(permits: i32, takenAddress: usize): void {
  openPermits(permits, takenAddress, firstControl, controlStride, hosts, self);
  if (hashers > 0) openGate(isWorkWanted);
}

function controlOf(thread: i32): usize {
  return firstControl + <usize>thread * controlStride;
}

function ringOf(channel: i32): Ring {
  return changetype<Ring>(rings + <usize>channel * RING_BYTES);
}

function inboxOf(tag: i32): Ring {
  return changetype<Ring>(inbox + <usize>tag * RING_BYTES);
}

function queueAt(base: usize, index: i32): SlotQueue {
  return changetype<SlotQueue>(base + <usize>index * QUEUE_BYTES);
}

/** Where messages for `channel` are gathered, on the list of those to be published. */
function gather(channel: i32): SlotQueue {
  const queue = queueAt(outgoing, channel);
  if (queue.count == 0) put(dirty, dirtyCount++, channel);
  return queue;
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
  append(at(threadOf, dest), tag, source, dest, a, b, c, d, e);
}

/** As `send`, by way of a thread that hashes, where there are any. */
export function sendHashed(tag: i32, source: i32, dest: i32, a: i32, b: i32, c: i32, d: i32): void {
  const thread = hashers > 0 ? nextHasher() : at(threadOf, dest);
  append(thread, tag, source, dest, a, b, c, d, 0);
}

/** Gathers a message for `thread`, which hosts `dest` or leads there. */
function append(
  thread: i32,
  tag: i32,
  source: i32,
  dest: i32,
  a: i32,
  b: i32,
  c: i32,
  d: i32,
  e: i32,
): void {
  let queue: SlotQueue;
  if (thread == self) {
    queue = queueAt(local, tag);
    localCount++;
  } else {
    queue = gather(thread * tags + tag);
  }
  const slot = queue.append();
  store<i32>(slot, source, SOURCE);
  store<i32>(slot, dest, DEST);
  store<i32>(slot, a, PAYLOAD);
  store<i32>(slot, b, PAYLOAD + 4);
  store<i32>(slot, c, PAYLOAD + 8);
  store<i32>(slot, d, PAYLOAD + 12);
  store<i32>(slot, e, PAYLOAD + 16);
  sent++;
}

/** Publishes what was gathered; what finds no room stays, in order. Wakes nobody. */
export function flush(): void {
  for (let index = 0; index < blockedCount; index++) put(dirty, dirtyCount++, at(blocked, index));
  blockedCount = 0;
  for (let index = 0; index < dirtyCount; index++) {
    const channel = at(dirty, index);
    if (!publishChannel(channel)) put(blocked, blockedCount++, channel);
  }
  dirtyCount = 0;
}

/** Returns false while messages of the channel wait for room. */
function publishChannel(channel: i32): bool {
  const queue = queueAt(outgoing, channel);
  const thread = channel / tags;
  if (load<u8>(isGone + thread) != 0) {
    queue.clear();
    return true;
  }
  const ring = ringOf(channel);
  // A quarter of the ring at a time, so that producers of one ring take turns.
  const most = max(1, ring.capacity >> 2);
  let isAnyOut = false;
  while (queue.count > 0) {
    let count = min(most, queue.run());
    if (!ring.publish(queue.head, count, control)) {
      wantSpace(thread);
      // The wish stands: room made from here on wakes this thread. What is there now is taken.
      count = min(count, ring.room());
      if (count <= 0) break;
      if (!ring.publish(queue.head, count, control)) continue;
    }
    queue.drop(count);
    isAnyOut = true;
  }
  if (isAnyOut) noteWake(thread);
  return queue.count == 0;
}

function noteWake(thread: i32): void {
  if (load<u8>(wakePending + thread) != 0) return;
  store<u8>(wakePending + thread, 1);
  put(wakeList, wakeCount++, thread);
}

/** Wakes every thread that sleeps and has been sent something since the last call. */
export function wakeReceivers(): void {
  for (let index = 0; index < wakeCount; index++) {
    const thread = at(wakeList, index);
    store<u8>(wakePending + thread, 0);
    wake(controlOf(thread), control, thread < hosts);
  }
  wakeCount = 0;
}

/** Asks `thread` to wake this one when it has made room. */
function wantSpace(thread: i32): void {
  const owner = controlOf(thread);
  atomic.or<i32>(owner + ((<usize>(WAITER_BITS + (self >>> 5))) << 2), 1 << (self & 31));
  // Published after the bit; pairs with the load in giveSpace().
  atomic.store<i32>(owner + ((<usize>SPACE_WANTED) << 2), 1);
}

/** Names those who wait for room in this thread's rings for a wake-up, after HEADs were stored. */
function giveSpace(): void {
  const wanted = control + ((<usize>SPACE_WANTED) << 2);
  // Either this load sees the wish, or the wisher's second try sees the new HEAD.
  if (atomic.load<i32>(wanted) == 0) return;
  atomic.store<i32>(wanted, 0);
  for (let first = 0; first < threads; first += 32) {
    let bits = atomic.xchg<i32>(control + ((<usize>(WAITER_BITS + (first >>> 5))) << 2), 0);
    while (bits != 0) {
      noteWake(first + ctz<i32>(bits));
      bits &= bits - 1;
    }
  }
}

/** Takes what ranks of this thread have sent each other on `tag`; to be emptied before the next call. */
export function takeLocal(tag: i32): SlotQueue {
  const sent = queueAt(local, tag);
  const taken = queueAt(incoming, tag);
  localCount -= sent.count;
  taken.takeFrom(sent);
  return taken;
}

/** This thread's ring of `tag`. */
export function inboxRing(tag: i32): Ring {
  return inboxOf(tag);
}

/** Gives the room of what was read back, where enough has come together to be worth a store. */
export function releaseSome(ring: Ring): void {
  if (ring.position - ring.head <= ring.capacity >> 2) return;
  ring.release();
  giveSpace();
}

/** Gives the room of everything read back to the producers; before parking. */
export function releaseAll(): void {
  let released = false;
  for (let tag = 0; tag < tags; tag++) {
    const ring = inboxOf(tag);
    if (ring.position == ring.head) continue;
    ring.release();
    released = true;
  }
  if (released) giveSpace();
}

/** Whether there is something to receive, or to send that has room. */
export function hasWork(): bool {
  if (localCount > 0 || dirtyCount > 0) return true;
  for (let tag = 0; tag < tags; tag++) {
    if (inboxOf(tag).ready() > 0) return true;
  }
  for (let index = 0; index < blockedCount; index++) {
    const channel = at(blocked, index);
    // The wish made when the channel was full may have been granted since, and the room taken by
    // other producers: one that stands now, the sleep being announced, brings the wake-up.
    wantSpace(channel / tags);
    if (ringOf(channel).room() > 0) return true;
  }
  return false;
}

/** Whether messages of `tag` wait here for room. */
export function isBlocked(tag: i32): bool {
  for (let index = 0; index < blockedCount; index++) {
    if (at(blocked, index) % tags == tag) return true;
  }
  return false;
}

/** Sends every other thread with ranks a message that names `rank`. */
export function tellThreads(tag: i32, rank: i32): void {
  for (let thread = 0; thread < hosts; thread++) {
    if (thread != self) tell(thread, tag, rank);
  }
}

/** From one thread that hashes to the next a message that names `rank`, and then to all with ranks. */
export function passOn(tag: i32, rank: i32): void {
  if (self + 1 < hosts + hashers) tell(self + 1, tag, rank);
  else tellThreads(tag, rank);
}

function tell(thread: i32, tag: i32, rank: i32): void {
  const slot = gather(thread * tags + tag).append();
  store<i32>(slot, rank, SOURCE);
  store<i32>(slot, -1, DEST);
  store<i32>(slot, rank, PAYLOAD);
}

/** Messages that have found no room so far. */
export function held(): i32 {
  let count = 0;
  for (let index = 0; index < blockedCount; index++) {
    count += queueAt(outgoing, at(blocked, index)).count;
  }
  return count;
}

/** `rank` has died, and its thread with it, if that is here: nothing is sent there any more. */
export function forget(rank: i32): void {
  const thread = at(threadOf, rank);
  if (thread == bridge) store<u8>(isLost + rank, 1);
  else store<u8>(isGone + thread, 1);
}

/** Whether `rank` is known here to have died. */
export function isForgotten(rank: i32): bool {
  const thread = at(threadOf, rank);
  return load<u8>(thread == bridge ? isLost + rank : isGone + thread) != 0;
}

/** Messages in this thread's ring of `tag`, for diagnosis. */
export function fillOf(tag: i32): i32 {
  return inboxOf(tag).fill();
}
