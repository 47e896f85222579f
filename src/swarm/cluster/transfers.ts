import type { MpiWorld, RequestSet } from '../../comm/mpi/world.js';
import { waitFor } from './exchange.js';

/** Called when a transfer is through, with the bytes that came; 0 of one that went. */
type OnDone = (bytes: number) => void;

/** The transfers that are under way at once, and what becomes of each when it is through. */
export class Transfers {
  private readonly set: RequestSet;
  private readonly onDone: OnDone[] = [];
  /** Places of messages that may still come. */
  private readonly receiving = new Set<number>();

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
    this.receiving.add(place);
  }

  /** Lets all transfers come forward; gives how many are through. */
  poll(): number {
    const { world, set } = this;
    const done = world.test(set);
    for (let index = 0; index < done; index++) {
      const place = set.done[index];
      this.onDone[place](this.receiving.delete(place) ? world.bytesOf(set, index) : 0);
    }
    world.checkTest(set);
    return done;
  }

  /** Waits for no message any more: the next ones are for somebody else. */
  close(): void {
    for (const place of this.receiving) this.world.cancel(this.set, place);
    waitFor(
      () => {
        this.poll();
        return this.receiving.size === 0 ? true : undefined;
      },
      () => true,
    );
  }
}
