import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { UsageError } from '../../../src/errors.js';
import { fillSynthetic, syntheticWorkload } from '../../../src/swarm/input/synthetic.js';

const SMALL = { ranks: 5, segments: 3, files: 2, seeds: 2, segmentBytes: 10 };

function contentOf(length: number, seed: number, segment: number): Buffer {
  const bytes = Buffer.alloc(length);
  fillSynthetic(bytes, seed, segment);
  return bytes;
}

/** sfc32 as its author writes it, word by word and with unsigned integers of any size. */
function sfc32(seed: number, segment: number, words: number): Buffer {
  const word = (value: bigint): bigint => BigInt.asUintN(32, value);
  let a = word(BigInt(seed));
  let b = BigInt(seed) >> 32n;
  let c = BigInt(segment);
  let counter = 1n;
  const output = Buffer.alloc(words * 4);
  for (let round = -15; round < words; round += 1) {
    const result = word(a + b + counter);
    counter = word(counter + 1n);
    a = b ^ (b >> 9n);
    b = word(c + (c << 3n));
    c = word(word((c << 21n) | (c >> 11n)) + result);
    if (round >= 0) {
      output.writeUInt32LE(Number(result), round * 4);
    }
  }
  return output;
}

t.test('the first ranks own every file and the others want every file', (t) => {
  t.same(syntheticWorkload(SMALL), {
    kind: 'synthetic',
    files: [
      { name: 'file0.bin', segmentCount: 3, byteLength: 30 },
      { name: 'file1.bin', segmentCount: 3, byteLength: 30 },
    ],
    owned: [[], [0, 1], [0, 1], [], []],
    wanted: [[], [], [], [0, 1], [0, 1]],
  });
  t.end();
});

t.test('a swarm of seeds alone has nothing to deliver', (t) => {
  const { owned, wanted } = syntheticWorkload({ ...SMALL, ranks: 2, seeds: 1, files: 1 });
  t.same(owned, [[], [0]]);
  t.same(wanted, [[], []]);
  t.end();
});

t.test('refuses numbers out of range, and names them', (t) => {
  const refused = [
    { ranks: 1 },
    { ranks: 2.5 },
    { seeds: 0 },
    { seeds: 5 },
    { segments: 0 },
    { segments: 2 ** 27 },
    { files: 0 },
    { files: 2 ** 31 },
    { segmentBytes: -1 },
    { segmentBytes: Infinity },
  ];
  for (const change of refused) {
    const [[name, value]] = Object.entries(change);
    const make = (): unknown => syntheticWorkload({ ...SMALL, ...change });
    t.throws(make, UsageError);
    t.throws(make, { message: `${name}=${value}: expected a whole number from` });
  }
  t.end();
});

t.test('the content is the same on every machine', (t) => {
  t.equal(contentOf(20, 1, 0).toString('hex'), '16bbecc90ba96c409a9f63d373a894aaf7bb9119');
  t.equal(
    contentOf(20, 2 ** 53 - 1, 7).toString('hex'),
    '4f3187b5212d26ef6f77c753c9ac33277d6d3d97',
  );
  t.end();
});

t.test('the content is the output of sfc32 at every length, alignment and kind of memory', (t) => {
  const filled = fc.property(
    fc.integer({ min: 0, max: 10_000 }),
    fc.integer({ min: 0, max: 7 }),
    fc.maxSafeNat(),
    fc.nat(),
    (length, offset, seed, segment) => {
      const memory = new Uint8Array(new SharedArrayBuffer(offset + length + 1));
      fillSynthetic(memory.subarray(offset, offset + length), seed, segment);
      const expected = sfc32(seed, segment, Math.ceil(length / 4)).subarray(0, length);
      assert.ok(Buffer.from(memory.slice(offset, offset + length)).equals(expected));
      assert.ok(memory.subarray(0, offset).every((byte) => byte === 0));
      assert.equal(memory[offset + length], 0);
    },
  );
  t.doesNotThrow(() => fc.assert(filled, { numRuns: 50 }));
  t.end();
});

t.test('each segment and each seed has content of its own', (t) => {
  const seen = new Set<string>();
  for (const seed of [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]) {
    for (let segment = 0; segment < 500; segment += 1) {
      seen.add(contentOf(16, seed, segment).toString('hex'));
    }
  }
  t.equal(seen.size, 6 * 500);
  t.end();
});

t.test('the content does not depend on what was filled before', (t) => {
  const alone = contentOf(5000, 3, 1);
  contentOf(77, 9, 9);
  t.ok(contentOf(5000, 3, 1).equals(alone));
  t.end();
});
