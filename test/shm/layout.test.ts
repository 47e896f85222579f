import fc from 'fast-check';
import t from 'tap';

import {
  Carver,
  ISOLATION_WORDS,
  WORD_BYTES,
  isolated,
  powerOfTwoAtLeast,
} from '../../src/shm/layout.js';

t.test('two isolated words stand 128 bytes apart', (t) => {
  t.equal(ISOLATION_WORDS * WORD_BYTES, 128);
  t.end();
});

t.test('a size is rounded up to whole isolated lines, and not further', (t) => {
  const sizes = [0, 1, 31, 32, 33, 64, 1000];
  t.strictSame(sizes.map(isolated), [0, 32, 32, 32, 64, 64, 1024]);
  t.end();
});

t.test('the next power of two is the smallest that is large enough', (t) => {
  const smallest = fc.property(fc.integer({ min: 1, max: 2 ** 30 }), (value) => {
    const power = powerOfTwoAtLeast(value);
    return (power & (power - 1)) === 0 && power >= value && (power === 1 || power / 2 < value);
  });
  fc.assert(smallest, { examples: [[1], [2], [3], [2 ** 30 - 1], [2 ** 30]] });
  for (const value of [0, -1, 2 ** 30 + 1, NaN]) {
    t.throws(() => powerOfTwoAtLeast(value), { code: 'ERR_BTSHM_ASSERTION' }, `refuses ${value}`);
  }
  t.end();
});

t.test('reserved ranges share no line, leave word 0 out and fit the total', (t) => {
  const disjoint = fc.property(fc.array(fc.nat(1000), { maxLength: 30 }), (sizes) => {
    const carver = new Carver();
    let freeFrom = 1;
    for (const words of sizes) {
      const offset = carver.reserve(words);
      if (offset % ISOLATION_WORDS !== 0 || offset < freeFrom) return false;
      freeFrom = offset + words;
    }
    return carver.totalWords >= freeFrom;
  });
  t.doesNotThrow(() => fc.assert(disjoint));
  t.end();
});

t.test('a carver wastes less than a line a range', (t) => {
  const carver = new Carver();
  const sizes = [1, 5, 32, 33, 1000];
  for (const words of sizes) carver.reserve(words);
  const used = sizes.reduce((sum, words) => sum + words, 0);
  t.ok(carver.totalWords - used < (sizes.length + 1) * ISOLATION_WORDS);
  t.end();
});
