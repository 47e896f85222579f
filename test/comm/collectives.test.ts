import t from 'tap';
import { compiled, programPath, rejectionOf } from './compiled.js';

const { launch } = compiled;
const program = programPath('collectives.mjs');

type Numbers = Float64Array | Int32Array;
type Combine = (lower: number, higher: number) => number;

interface Results {
  readonly bcast: number[][];
  readonly gather: (number[][] | undefined)[];
  readonly reduce: (Numbers | undefined)[];
  readonly allreduce: Numbers[];
  readonly barrier: boolean[];
}

const COMBINES: readonly Combine[] = [
  (a, b) => a + b,
  Math.min,
  Math.max,
  (a, b) => a * 0.5 - b * 0.25 + 1,
];

const bytesOf = (length: number, seed: number): number[] => [
  ...Uint8Array.from({ length }, (_, index) => index * 3 + seed),
];

const floats = (rank: number, length: number): Float64Array =>
  Float64Array.from({ length }, (_, index) => ((rank + 1) * 0.1 + index * 1e9) / 3);

const ints = (rank: number, length: number): Int32Array =>
  Int32Array.from({ length }, (_, index) => (rank + 1) * 700_000_001 + index);

/** The documented order, serially: neighbours in pairs, then these pairs in pairs, and so on. */
function combineAll(arrays: readonly Numbers[], combine: Combine): Numbers {
  if (arrays.length === 1) return arrays[0];
  const paired: Numbers[] = [];
  for (let index = 0; index < arrays.length; index += 2) {
    const lower = arrays[index];
    const higher = arrays.at(index + 1);
    paired.push(
      index + 1 === arrays.length || higher === undefined
        ? lower
        : lower.map((value: number, at: number) => combine(value, higher[at])),
    );
  }
  return combineAll(paired, combine);
}

function combined(size: number, length: number): Numbers[] {
  const ranks = Array.from({ length: size }, (_, rank) => rank);
  return COMBINES.flatMap((combine) => [
    combineAll(
      ranks.map((rank) => floats(rank, length)),
      combine,
    ),
    combineAll(
      ranks.map((rank) => ints(rank, length)),
      combine,
    ),
  ]);
}

for (let size = 1; size <= 9; size++) {
  t.test(`collectives of ${size} ranks give what one thread computes`, async (t) => {
    // Odd sizes reduce arrays that travel by reference, even ones in the slot.
    const length = size % 2 === 1 ? 33 : 1;
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const args = { name: 'all', length, counter };
    const results = (await launch(program, { ranks: size, capacity: 4, args })) as Results[];
    const ranks = Array.from({ length: size }, (_, rank) => rank);
    const expected = combined(size, length);
    const gathered = ranks.map((rank) => bytesOf(rank * 9, rank));
    for (const rank of ranks) {
      const { bcast, gather, reduce, allreduce, barrier } = results[rank];
      t.strictSame(
        bcast,
        ranks.map((root) => bytesOf(length, root)),
        `bcast at ${rank}`,
      );
      t.strictSame(
        gather,
        ranks.map((root) => (root === rank ? gathered : undefined)),
        `gather at ${rank}`,
      );
      t.strictSame(
        reduce,
        ranks.flatMap((root) => expected.map((values) => (root === rank ? values : undefined))),
        `reduce at ${rank}`,
      );
      t.strictSame(allreduce, expected, `allreduce at ${rank}`);
      t.strictSame(barrier, new Array(20).fill(true), `barrier at ${rank}`);
    }
  });
}

t.test('collectives and messages never take what was meant for the other', async (t) => {
  const results = await launch(program, { ranks: 4, args: { name: 'amongMessages' } });
  const tags = Array.from({ length: 16 }, (_, tag) => tag);
  t.strictSame(results, new Array(4).fill({ sum: 6, tags, left: undefined }));
});

t.test('ranks that call different collectives are told which', async (t) => {
  const error = await rejectionOf(launch(program, { ranks: 2, args: { name: 'mixedUp' } }));
  t.match(error, { code: 'ERR_BTSHM_RANK_FAILED', cause: { code: 'ERR_BTSHM_USAGE' } });
  t.match(
    error.message,
    // Either rank may be the first to notice.
    /same collective calls .* in its call 1, (barrier|allreduce of Int32Array) where this rank/,
  );
});

t.test('ranks that reduce arrays of different lengths are told so', async (t) => {
  const error = await rejectionOf(launch(program, { ranks: 2, args: { name: 'lengths' } }));
  t.match(error.message, 'reduce: expected arrays of one length on all ranks, found 16 bytes');
});

t.test('ranks that reduce arrays of different types are told so', async (t) => {
  const error = await rejectionOf(launch(program, { ranks: 2, args: { name: 'types' } }));
  t.match(error.message, 'expected the same collective calls in the same order on all ranks');
});
