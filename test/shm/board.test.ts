import fc from 'fast-check';
import t from 'tap';

import { Board, type BoardLayout, carveBoard } from '../../src/shm/board.js';
import { Carver, WORD_BYTES } from '../../src/shm/layout.js';

function makeBoard(ranks: number, segments: number): Board {
  const carver = new Carver();
  const layout = carveBoard(carver, ranks, segments);
  return new Board(new SharedArrayBuffer(carver.totalWords * WORD_BYTES), layout);
}

/** Every segment that `rank` holds by the board. */
function heldBy(board: Board, rank: number, segments: number): number[] {
  return Array.from({ length: segments }, (_, segment) => segment).filter((segment) =>
    board.holds(rank, segment),
  );
}

t.test('a rank holds exactly the segments that were marked as its own', (t) => {
  const exact = fc.property(
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 100 }),
    fc.array(fc.tuple(fc.nat(), fc.nat())),
    (ranks, segments, marks) => {
      const board = makeBoard(ranks, segments);
      const expected = Array.from({ length: ranks }, () => new Set<number>());
      for (const [anyRank, anySegment] of marks) {
        board.hold(anyRank % ranks, anySegment % segments);
        expected[anyRank % ranks].add(anySegment % segments);
      }
      return expected.every((held, rank) => {
        const found = heldBy(board, rank, segments);
        return found.length === held.size && found.every((segment) => held.has(segment));
      });
    },
  );
  t.doesNotThrow(() => fc.assert(exact));
  t.end();
});

t.test('the next segment that is held, or is not, is found as one by one', (t) => {
  const found = fc.property(
    fc.integer({ min: 1, max: 100 }),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 70 }))),
    fc.boolean(),
    fc.nat(),
    fc.nat(),
    (segments, ranges, isHeld, anyFrom, anyPast) => {
      const board = makeBoard(3, segments);
      for (const [anyFirst, length] of ranges) {
        const first = anyFirst % segments;
        board.holdRange(1, first, Math.min(length, segments - first));
      }
      const [from, past] = [anyFrom % (segments + 1), anyPast % (segments + 1)];
      let expected = from;
      while (expected < past && board.holds(1, expected) !== isHeld) expected++;
      return board.find(1, isHeld, from, past) === Math.min(expected, past);
    },
  );
  t.doesNotThrow(() => fc.assert(found, { numRuns: 1000 }));
  t.end();
});

t.test('a range of segments is marked up to its last and no further', (t) => {
  for (const [first, count] of [
    [0, 0],
    [0, 32],
    [31, 2],
    [32, 32],
    [63, 1],
    [0, 96],
  ]) {
    const board = makeBoard(3, 96);
    board.holdRange(1, first, count);
    const expected = Array.from({ length: count }, (_, index) => first + index);
    t.strictSame(heldBy(board, 1, 96), expected, `${count} from ${first}`);
    t.strictSame(heldBy(board, 0, 96), []);
    t.strictSame(heldBy(board, 2, 96), []);
  }
  t.end();
});

t.test('the sign bit of a word is a segment like any other', (t) => {
  const board = makeBoard(1, 64);
  board.hold(0, 31);
  board.markVerified(63);
  t.strictSame(heldBy(board, 0, 64), [31]);
  t.ok(board.isVerified(63));
  t.notOk(board.isVerified(31));
  t.end();
});

t.test('a verified segment is nobody else and nobody holds it for that', (t) => {
  const board = makeBoard(2, 70);
  for (const segment of [0, 31, 32, 69]) board.markVerified(segment);
  const verified = Array.from({ length: 70 }, (_, segment) => segment).filter((segment) =>
    board.isVerified(segment),
  );
  t.strictSame(verified, [0, 31, 32, 69]);
  t.strictSame(heldBy(board, 1, 70), []);
  t.end();
});

t.test('holders of a segment are counted a segment', (t) => {
  const board = makeBoard(4, 10);
  for (const segment of [3, 3, 9, 3]) board.addHolder(segment);
  t.strictSame(Array.from(board.available), [0, 0, 0, 3, 0, 0, 0, 0, 0, 1]);
  t.end();
});

t.test('the arrays of a board do not overlap', (t) => {
  const ranks = 5;
  const segments = 33;
  const carver = new Carver();
  const layout = carveBoard(carver, ranks, segments);
  t.equal(layout.bitWords, 2, '33 segments need two words a row');
  const sizes: readonly (readonly [keyof BoardLayout, number])[] = [
    ['uploads', ranks],
    ['downloads', ranks],
    ['alive', ranks],
    ['finished', ranks],
    ['available', segments],
    ['holdings', ranks * 2],
    ['verified', 2],
  ];
  const words = sizes.flatMap(([name, count]) =>
    Array.from({ length: count }, (_, index) => layout[name] + index),
  );
  t.equal(new Set(words).size, words.length, 'no word has two meanings');
  t.ok(Math.max(...words) < carver.totalWords);
  t.end();
});

t.test('a swarm without segments has a board, too', (t) => {
  const board = makeBoard(2, 0);
  t.equal(board.available.length, 0);
  board.uploads[1] = 7;
  t.strictSame(Array.from(board.uploads), [0, 7]);
  t.end();
});
