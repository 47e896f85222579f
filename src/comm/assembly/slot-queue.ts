/**
 * Messages that wait in a thread. All its queues share one pool of blocks: few messages wait at a
 * time, and so they stay in the core's own cache, whomever they are for. (A buffer that grows for
 * each channel took new memory all through the exchange, and was cold whenever it was used again:
 * with 64 threads that cost a third of the speed.)
 *
 * ```
 *  first                                last
 *  [ next | read | slot | slot ]  -->   [ next | slot | free | free ]
 *                  ^ head                               ^ end         ^ limit
 * ```
 */
import { SLOT_BYTES } from '../../ringbuf/assembly/ring';
import { allocate, at, put } from '../../shm/assembly/memory';

/**
 * Bytes of a block: a slot's for the address of the next block, the rest for slots. Long ones are
 * published in few batches, but a block for each queue must leave room in the cache.
 */
const LONGEST_BLOCK: usize = 2048;
const SHORTEST_BLOCK: usize = 256;
const CACHE_SHARE: usize = 1 << 20;

/** Blocks taken from the heap at a time. */
const BLOCKS_AT_ONCE: i32 = 16;

let blockBytes: usize = LONGEST_BLOCK;

/** The first of the blocks that are free, or 0. */
let free: usize = 0;

/** Opens a thread's pool, once; `queues`: of those that messages leave by. */
export function openQueues(queues: i32): void {
  blockBytes = LONGEST_BLOCK;
  while (blockBytes > SHORTEST_BLOCK && blockBytes * <usize>queues > CACHE_SHARE) blockBytes >>= 1;
}

function takeBlock(): usize {
  if (free == 0) {
    const blocks = allocate(<usize>BLOCKS_AT_ONCE * blockBytes);
    for (let index = 0; index < BLOCKS_AT_ONCE; index++) {
      giveBlock(blocks + <usize>index * blockBytes);
    }
  }
  const block = free;
  free = nextOf(block);
  return block;
}

function giveBlock(block: usize): void {
  link(block, free);
  free = block;
}

function nextOf(block: usize): usize {
  return <usize>at(block, 0);
}

function link(block: usize, next: usize): void {
  put(block, 0, <i32>next);
}

/** Slots in the order in which they were appended; of zeros only: empty. */
@unmanaged
export class SlotQueue {
  first: usize;
  last: usize;
  /** The next slot to read. */
  head: usize;
  /** The next slot to fill, and the end of the block it is in. */
  end: usize;
  limit: usize;
  count: i32;

  /** Address of a slot to fill. */
  @inline
  append(): usize {
    if (this.end == this.limit) this.extend();
    const slot = this.end;
    this.end = slot + SLOT_BYTES;
    this.count++;
    return slot;
  }

  private extend(): void {
    const block = takeBlock();
    const firstSlot = block + SLOT_BYTES;
    if (this.first == 0) {
      this.first = block;
      this.head = firstSlot;
    } else {
      link(this.last, block);
    }
    this.last = block;
    this.end = firstSlot;
    this.limit = block + blockBytes;
  }

  /** Slots that lie side by side from `head` on. */
  @inline
  run(): i32 {
    const end = this.first == this.last ? this.end : this.first + blockBytes;
    return <i32>((end - this.head) / SLOT_BYTES);
  }

  /** Drops the first `count` slots of the run. */
  drop(count: i32): void {
    this.count -= count;
    this.head += <usize>count * SLOT_BYTES;
    if (this.count == 0) {
      giveBlock(this.first);
      this.forget();
    } else if (this.head == this.first + blockBytes) {
      const next = nextOf(this.first);
      giveBlock(this.first);
      this.first = next;
      this.head = next + SLOT_BYTES;
    }
  }

  /** Drops everything. */
  clear(): void {
    while (this.count > 0) this.drop(this.run());
  }

  /** Takes over what `other` has; this one is empty. */
  takeFrom(other: SlotQueue): void {
    this.first = other.first;
    this.last = other.last;
    this.head = other.head;
    this.end = other.end;
    this.limit = other.limit;
    this.count = other.count;
    other.forget();
  }

  private forget(): void {
    this.first = 0;
    this.last = 0;
    this.head = 0;
    this.end = 0;
    this.limit = 0;
    this.count = 0;
  }
}
