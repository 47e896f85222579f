/** Who is asked first of those who hold a segment, and in which order segments are missing. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { compileForTests, instantiateForTests } from '../ringbuf/kernel-module.js';

const SOURCE = `
import { allocate, openHeap, put, at } from './shm/assembly/memory';
import { Random } from './shm/assembly/random';
import { Holders } from './roles/assembly/holders';
import { shuffle } from './roles/assembly/pickers/random';
import { hold, openBoard } from './roles/assembly/swarm';
export { openHeap, hold, put, at };
let holders: Holders = changetype<Holders>(0);
export function open(ranks: i32, wordsPerRow: i32): void {
  openBoard(0, 0, 0, 0, allocate((<usize>(ranks * wordsPerRow)) << 2), wordsPerRow);
  holders = changetype<Holders>(allocate(offsetof<Holders>()));
  holders.open(ranks);
}
export function add(rank: i32): void { holders.add(rank); }
export function startScores(): void { holders.startScores(); }
export function setScore(place: i32, score: i64): void { holders.setScore(place, score); }
export function firstWith(segment: i32): i32 { return holders.firstWith(segment); }
export function nextWith(segment: i32, above: i64): i32 { return holders.nextWith(segment, above); }
export function newList(words: i32): usize { return allocate((<usize>words) << 2); }
export function shuffled(list: usize, from: i32, past: i32, count: i32, seed: i32): void {
  const random = changetype<Random>(allocate(offsetof<Random>()));
  random.seed(seed, 1);
  shuffle(list, from, past, count, random);
}
`;

interface Exports {
  openHeap(address: number): void;
  open(ranks: number, wordsPerRow: number): void;
  hold(rank: number, segment: number): void;
  add(rank: number): void;
  startScores(): void;
  setScore(place: number, score: bigint): void;
  firstWith(segment: number): number;
  nextWith(segment: number, above: bigint): number;
  newList(words: number): number;
  put(list: number, index: number, value: number): void;
  at(list: number, index: number): number;
  shuffled(list: number, from: number, past: number, count: number, seed: number): void;
}

const SEGMENTS = 40;
const WORDS_PER_ROW = 2;

/** Holders with a score each, no two alike, and what they hold; scored anew some times. */
const swarms = fc.integer({ min: 0, max: 20 }).chain((count) => {
  const scores = fc.uniqueArray(fc.bigInt({ min: 0n, max: 1n << 61n }), {
    minLength: count,
    maxLength: count,
  });
  const held = fc.uniqueArray(fc.nat(SEGMENTS - 1));
  return fc.record({
    held: fc.array(held, { minLength: count, maxLength: count }),
    rounds: fc.array(scores, { minLength: 1, maxLength: 3 }),
  });
});

t.test('holders', async (t) => {
  const module = await compileForTests(SOURCE);

  t.test('are found in the order of their scores, as by looking at all', (t) => {
    const property = fc.property(swarms, ({ held, rounds }) => {
      const kernel = instantiateForTests(module).exports as Exports;
      kernel.open(Math.max(1, held.length), WORDS_PER_ROW);
      held.forEach((segments, rank) => {
        kernel.add(rank);
        for (const segment of segments) kernel.hold(rank, segment);
      });
      for (const scores of rounds) {
        kernel.startScores();
        scores.forEach((score, place) => kernel.setScore(place, score));
        for (let segment = 0; segment < SEGMENTS; segment++) {
          const order = scores
            .map((score, place) => ({ score, place }))
            .filter(({ place }) => held[place].includes(segment))
            .sort((one, other) => (one.score < other.score ? -1 : 1));
          assert.equal(kernel.firstWith(segment), order[0]?.place ?? -1);
          order.forEach(({ score }, index) => {
            assert.equal(kernel.nextWith(segment, score), order[index + 1]?.place ?? -1);
          });
        }
      }
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }));
    t.end();
  });

  t.test('missing segments are shuffled up to a place, and none is lost', (t) => {
    const property = fc.property(
      fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
      fc.nat(1000),
      ([before, within, after], seed) => {
        const kernel = instantiateForTests(module).exports as Exports;
        const past = before + within;
        const count = past + after;
        const list = kernel.newList(count + 1);
        for (let index = 0; index <= count; index++) kernel.put(list, index, index);
        kernel.shuffled(list, before, past, count, seed);
        const placed = Array.from({ length: count + 1 }, (_, index) => kernel.at(list, index));
        assert.deepEqual(
          [...placed].sort((one, other) => one - other),
          Array.from({ length: count + 1 }, (_, index) => index),
        );
        // What stands before, or after all that are missing, is not touched.
        for (let index = 0; index < before; index++) assert.equal(placed[index], index);
        assert.equal(placed[count], count);
      },
    );
    t.doesNotThrow(() => fc.assert(property));
    t.end();
  });

  t.test('every order of the missing segments is as likely as any', (t) => {
    const kernel = instantiateForTests(module).exports as Exports;
    const list = kernel.newList(3);
    const draws = 6000;
    const seen = new Map<string, number>();
    for (let seed = 0; seed < draws; seed++) {
      for (let index = 0; index < 3; index++) kernel.put(list, index, index);
      kernel.shuffled(list, 0, 3, 3, seed);
      const order = [0, 1, 2].map((index) => kernel.at(list, index)).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    const expected = draws / 6;
    const chiSquare = [...seen.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    t.equal(seen.size, 6);
    // The 99.9 % quantile with 5 degrees of freedom.
    t.ok(chiSquare < 20.5, `chi-square ${chiSquare.toFixed(1)}`);
    t.end();
  });
});
