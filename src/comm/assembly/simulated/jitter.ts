import { allocate } from '../../../shm/assembly/memory';
import { Random } from '../../../shm/assembly/random';

/** Apart from the streams that the ranks draw their choices from. */
const STREAM: i32 = 1 << 24;

let mostNs: i64 = 0;

/** @param most each message is late by up to so much, in ns */
export function openJitter(most: i64): void {
  mostNs = most;
}

/**
 * By how much what a rank sends is late: drawn anew for each message, uniform up to the limit, but
 * messages never overtake earlier ones of their sender, and data blocks no earlier blocks.
 */
@unmanaged
export class Jitter {
  /** When the last message left, and the last block's first and last byte. */
  private last: i64;
  private lastData: i64;
  private lastDataEnd: i64;
  private random: Random;

  open(seed: i32, rank: i32): void {
    this.random = changetype<Random>(allocate(offsetof<Random>()));
    this.random.seed(seed, rank + STREAM);
  }

  /** When a control message that is sent at `time` leaves. */
  @inline
  departure(time: i64): i64 {
    if (mostNs == 0) return time;
    this.last = max(this.last, time + this.draw());
    return this.last;
  }

  /** When the first byte of a block that is sent at `time` leaves. */
  @inline
  dataDeparture(time: i64): i64 {
    if (mostNs == 0) return time;
    this.lastData = max(this.lastData, time + this.draw());
    return this.lastData;
  }

  /** When the last byte leaves of a block that is done at `time`: a short one overtakes none. */
  @inline
  dataEnd(time: i64): i64 {
    if (mostNs == 0) return time;
    this.lastDataEnd = max(this.lastDataEnd, time);
    return this.lastDataEnd;
  }

  private draw(): i64 {
    return (<i64>this.random.below(1 << 30) * mostNs) >> 30;
  }
}
