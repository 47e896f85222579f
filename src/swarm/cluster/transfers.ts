import type { MpiWorld, RequestSet } from '../../comm/mpi/world.js';

/** Called when a transfer is through, with the bytes that came. */
type OnDone = (bytes: number) => void;

/** The transfers that are under way at once, and what becomes of each when it is through. */
export class Transfers {
  private readonly set: RequestSet;
  private readonly onDone: OnDone[] = [];

  /** @param most - transfers that there will be places for */
  constructor(
    private readonly world: MpiWorld,
    most: number,
  ) {
    this.set = world.requests(most);
  }

  /** Makes a place for one transfer at a time. */
  place(onDone: OnDone): number {
    this.onDone.push(onDone);
    return this.onDone.length - 1;
  }

  send(place: number, bytes: Uint8Array, to: number, tag: number): void {
    this.world.send(bytes, to, tag, this.set, place);
  }

  receive(place: number, bytes: Uint8Array, from: number, tag: number): void {
    this.world.receive(bytes, from, tag, this.set, place);
  }

  /** Lets all transfers come forward; gives how many are through. */
  poll(): number {
    const { world, set } = this;
    const done = world.test(set);
    for (let index = 0; index < done; index++) {
      this.onDone[set.done[index]](world.bytesOf(set, index));
    }
    return done;
  }
}
