import t from 'tap';

import { SeededRandom } from '../../src/swarm/random.js';

const DRAWS = 20_000;

function draws(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

t.test('equal seeds and purposes give equal numbers, others give others', (t) => {
  const numbers = (seed: number, purpose: string): number[] => {
    const random = new SeededRandom(seed, purpose);
    return draws(20, () => random.next());
  };
  t.strictSame(numbers(1, 'a'), numbers(1, 'a'));
  t.notSame(numbers(1, 'a'), numbers(2, 'a'));
  t.notSame(numbers(1, 'a'), numbers(1, 'b'));
  t.notSame(numbers(0, 'ab'), numbers(0, 'ba'));
  t.strictSame(numbers(2 ** 32 - 1, 'a'), numbers(2 ** 32 - 1, 'a'));
  t.end();
});

t.test('numbers are from 0, below 1, and spread evenly', (t) => {
  const random = new SeededRandom(3, 'even');
  const counts = new Array<number>(10).fill(0);
  for (const value of draws(DRAWS, () => random.next())) {
    if (value < 0 || value >= 1) t.fail(`${value}`);
    counts[Math.floor(value * 10)]++;
  }
  // Five standard deviations.
  const most = 5 * Math.sqrt(DRAWS * 0.1 * 0.9);
  for (const count of counts) t.ok(Math.abs(count - DRAWS / 10) < most, `${count}`);
  t.end();
});

t.test('whole numbers stay below their bound and reach all below it', (t) => {
  const random = new SeededRandom(4, 'whole');
  t.strictSame(
    [...new Set(draws(500, () => random.below(7)))].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6],
  );
  t.equal(random.below(1), 0);
  t.end();
});

t.test('exponential times have the mean asked for', (t) => {
  const random = new SeededRandom(5, 'times');
  const times = draws(DRAWS, () => random.exponential(30));
  t.ok(Math.min(...times) >= 0);
  t.ok(Number.isFinite(Math.max(...times)));
  t.ok(Math.abs(mean(times) - 30) < (5 * 30) / Math.sqrt(DRAWS), `mean ${mean(times)}`);
  t.end();
});

t.test('a shuffle keeps all items and puts each anywhere', (t) => {
  const random = new SeededRandom(6, 'shuffle');
  const places = new Array<number>(5).fill(0);
  for (let round = 0; round < 5000; round++) {
    const items = [0, 1, 2, 3, 4];
    random.shuffle(items);
    if (new Set(items).size !== 5) t.fail(items.join());
    places[items.indexOf(0)]++;
  }
  for (const count of places) t.ok(Math.abs(count - 1000) < 5 * Math.sqrt(800), `${count}`);
  t.end();
});
