/**
 * What ranks see of each other in virtual time: uploads and holdings as they stood when the present
 * window began. So what a rank sees does not depend on which thread hosts whom, nor on how far
 * another thread has come in the same window.
 *
 * There are two sets of rows. In a window all read one; each thread enters what its ranks did into
 * the other one before the barrier that ends the window, and then all read that. A set misses what
 * was done in the window before, when it was the one being read: so that is entered as well.
 */
import { allocate, at, put } from '../../shm/assembly/memory';
import { usesAvailability } from './pickers/index';
import { setBit, showRows } from './swarm';

/** Pairs of words, growing. */
@unmanaged
export class Pairs {
  words: usize;
  count: i32;
  capacity: i32;

  add(first: i32, second: i32): void {
    if (this.count == this.capacity) this.grow();
    put(this.words, this.count * 2, first);
    put(this.words, this.count * 2 + 1, second);
    this.count++;
  }

  private grow(): void {
    const capacity = this.capacity == 0 ? 256 : this.capacity * 2;
    const words = allocate((<usize>capacity) << 3);
    memory.copy(words, this.words, (<usize>this.count) << 3);
    this.words = words;
    this.capacity = capacity;
  }
}

/** Addresses of a set's rows: uploads, availability, holdings. */
const SET_WORDS: i32 = 3;

let sets: usize = 0;
let next: i32 = 1;
/** (rank, segment) and (rank, uploads) of this window, and of the one before. */
let held: Pairs = changetype<Pairs>(0);
let heldBefore: Pairs = changetype<Pairs>(0);
let uploaded: Pairs = changetype<Pairs>(0);
let uploadedBefore: Pairs = changetype<Pairs>(0);

/** @param rows address of the addresses of both sets' rows: uploads, availability, holdings, twice */
export function openSeen(rows: usize): void {
  sets = rows;
  held = changetype<Pairs>(allocate(offsetof<Pairs>()));
  heldBefore = changetype<Pairs>(allocate(offsetof<Pairs>()));
  uploaded = changetype<Pairs>(allocate(offsetof<Pairs>()));
  uploadedBefore = changetype<Pairs>(allocate(offsetof<Pairs>()));
  show(0);
}

export function noteHeld(rank: i32, segment: i32): void {
  held.add(rank, segment);
}

export function noteUploads(rank: i32, uploads: i32): void {
  uploaded.add(rank, uploads);
}

/** Enters what ranks here have done in this window; before the barrier that ends it. */
export function enterSeen(): void {
  enterHeld(heldBefore);
  enterHeld(held);
  enterUploads(uploadedBefore);
  enterUploads(uploaded);
}

/** Address of the rows that are entered now: 0 uploads, 1 availability, 2 holdings. */
export function nextRows(which: i32): usize {
  return row(next, which);
}

function row(set: i32, which: i32): usize {
  return <usize>at(sets, set * SET_WORDS + which);
}

function enterHeld(pairs: Pairs): void {
  const available = row(next, 1);
  const holdings = row(next, 2);
  for (let index = 0; index < pairs.count; index++) {
    const segment = at(pairs.words, index * 2 + 1);
    setBit(holdings, at(pairs.words, index * 2), segment);
    // All threads add to the same words, which is dear: only for a picker that goes by them.
    if (usesAvailability) atomic.add<i32>(available + ((<usize>segment) << 2), 1);
  }
}

function enterUploads(pairs: Pairs): void {
  const uploads = row(next, 0);
  for (let index = 0; index < pairs.count; index++) {
    put(uploads, at(pairs.words, index * 2), at(pairs.words, index * 2 + 1));
  }
}

/** All threads have entered what their ranks did: ranks see it from now on. */
export function turnSeen(): void {
  const heldAgain = heldBefore;
  heldBefore = held;
  held = heldAgain;
  held.count = 0;
  const uploadedAgain = uploadedBefore;
  uploadedBefore = uploaded;
  uploaded = uploadedAgain;
  uploaded.count = 0;
  show(next);
  next ^= 1;
}

function show(set: i32): void {
  showRows(row(set, 0), row(set, 1), row(set, 2));
}
