/** Queues behind a board that tells their lengths as they were a while ago. */
import { SeededRandom } from '../../random.js';
import type { Chooser } from './chooser.js';

/** Servers, each with a queue: requests arrive at random and take random times. */
export interface QueueOptions {
  readonly servers: number;
  /** Requests that arrive in the time that a server needs for one, for each server. */
  readonly load: number;
  /** Time between two updates of the board, in service times; 0: it is always up to date. */
  readonly updateEvery: number;
  readonly requests: number;
  readonly seed: number;
}

/** Requests that are not counted: the queues are empty at first. */
const WARM_UP_SHARE = 0.2;

/**
 * Has requests go where `chooser` sends them, given the board.
 *
 * Model: Mitzenmacher, "How useful is old information?" (2000), with periodic updates.
 *
 * @returns the mean time from a request's arrival to its end, in service times
 */
export function meanResponse(chooser: Chooser, options: QueueOptions): number {
  const { servers, load, updateEvery, requests, seed } = options;
  const arrivals = new SeededRandom(seed, 'arrivals');
  const services = new SeededRandom(seed, 'services');
  const queues = Array.from({ length: servers }, () => new Queue());
  const warmUp = Math.floor(requests * WARM_UP_SHARE);
  let now = 0;
  let nextUpdate = 0;
  let total = 0;
  for (let request = 0; request < requests; request++) {
    now += arrivals.exponential(1 / (load * servers));
    if (now >= nextUpdate) {
      queues.forEach((queue, server) => (chooser.loads[server] = queue.lengthAt(now)));
      while (nextUpdate <= now)
        nextUpdate = updateEvery === 0 ? Infinity : nextUpdate + updateEvery;
      if (updateEvery === 0) nextUpdate = now;
    }
    const end = queues[chooser.choose()].add(now, services.exponential(1));
    if (request >= warmUp) total += end - now;
  }
  return total / (requests - warmUp);
}

/** One server's requests, first come, first served. */
class Queue {
  /** When each request that was not seen to end does, in order, from `first` on. */
  private ends: number[] = [];
  private first = 0;
  private free = 0;

  /** @returns when the request will have ended */
  add(now: number, service: number): number {
    this.free = Math.max(now, this.free) + service;
    this.ends.push(this.free);
    return this.free;
  }

  lengthAt(now: number): number {
    while (this.first < this.ends.length && this.ends[this.first] <= now) this.first++;
    return this.ends.length - this.first;
  }
}
