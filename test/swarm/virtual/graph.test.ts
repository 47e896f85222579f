import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { SeededRandom } from '../../../src/swarm/random.js';
import { drawGraph } from '../../../src/swarm/virtual/graph.js';
import type { GraphShape } from '../../../src/swarm/virtual/text.js';

/** Zones by turns, as ranks are dealt. */
const zonesOf = (clients: number, zones: number): Int32Array =>
  Int32Array.from({ length: clients + 1 }, (_, rank) => (rank === 0 ? 0 : (rank - 1) % zones));

function draw(shape: GraphShape, clients: number, zones = 1, limit = 50, seed = 1): number[][] {
  const random = new SeededRandom(seed, 'graph');
  return drawGraph(shape, clients, zonesOf(clients, zones), limit, random) ?? [];
}

/** Connections of each rank; fails on a loop, a doubled edge and one to nobody. */
function degreesOf(edges: readonly (readonly number[])[], clients: number): number[] {
  assert.equal(edges.length, clients + 1);
  const degrees = new Array<number>(clients + 1).fill(0);
  const seen = new Set<string>();
  edges.forEach((others, rank) => {
    for (const other of others) {
      assert.notEqual(other, rank, 'no loop');
      assert.ok(rank >= 1 && other >= 1 && other <= clients, 'the tracker is no neighbour');
      const edge = `${Math.min(rank, other)} ${Math.max(rank, other)}`;
      assert.ok(!seen.has(edge), `edge ${edge} once`);
      seen.add(edge);
      degrees[rank]++;
      degrees[other]++;
    }
  });
  return degrees.slice(1);
}

t.test('the tracker names neighbours where no graph is given', (t) => {
  t.equal(
    drawGraph({ kind: 'tracker' }, 5, zonesOf(5, 1), 50, new SeededRandom(1, 'graph')),
    undefined,
  );
  t.end();
});

t.test('in a full graph each has all others', (t) => {
  for (const clients of [1, 2, 9, 128]) {
    const degrees = degreesOf(draw({ kind: 'full' }, clients), clients);
    t.strictSame([...new Set(degrees)], [clients - 1], `${clients} clients`);
  }
  const error = { code: 'ERR_BTSHM_USAGE', message: /--graph full: .* 128 clients, found 129/ };
  t.throws(() => draw({ kind: 'full' }, 129), error);
  t.end();
});

t.test('in a regular graph each has exactly as many neighbours as asked for', (t) => {
  const sizes = fc
    .record({
      clients: fc.integer({ min: 3, max: 60 }),
      seed: fc.nat(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ clients, seed, share }) => {
      const degree = Math.min(clients - 1, 2 + Math.floor(share * (clients - 2)));
      const isEven = (degree * clients) % 2 === 0;
      return { clients: isEven ? clients : clients + 1, degree, seed };
    });
  const property = fc.property(sizes, ({ clients, degree, seed }) => {
    const degrees = degreesOf(draw({ kind: 'regular', degree }, clients, 1, 50, seed), clients);
    assert.deepEqual([...new Set(degrees)], [degree]);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }));
  t.end();
});

t.test('small regular graphs are found whenever there are any', (t) => {
  for (let clients = 3; clients <= 12; clients++) {
    for (let degree = 2; degree < clients; degree++) {
      if ((degree * clients) % 2 !== 0) continue;
      for (let seed = 0; seed < 5; seed++) {
        const edges = draw({ kind: 'regular', degree }, clients, 1, 50, seed);
        const degrees = degreesOf(edges, clients);
        t.strictSame([...new Set(degrees)], [degree], `${degree} of ${clients}`);
      }
    }
  }
  t.end();
});

t.test('a regular graph that can not be is refused', (t) => {
  const refused: [degree: number, clients: number][] = [
    [3, 5],
    [5, 5],
    [128, 200],
  ];
  for (const [degree, clients] of refused) {
    const error = { code: 'ERR_BTSHM_USAGE', message: new RegExp(`--graph regular:${degree}: `) };
    t.throws(() => draw({ kind: 'regular', degree }, clients), error);
  }
  t.end();
});

t.test('neighbours of a graph of zones are near, but for a few', (t) => {
  const [clients, zones, limit, outside] = [120, 4, 20, 2];
  const edges = draw({ kind: 'zones', outside }, clients, zones, limit);
  const zoneOf = zonesOf(clients, zones);
  degreesOf(edges, clients);
  edges.forEach((others, rank) => {
    if (rank === 0) return;
    const away = others.filter((other) => zoneOf[other] !== zoneOf[rank]).length;
    t.equal(away, outside, `rank ${rank} opens ${outside} out of its zone`);
    t.ok(others.length - away <= limit / 2 - outside);
  });
  t.end();
});

t.test('no peer of a graph of zones has more connections than can be counted', (t) => {
  for (const [outside, limit] of [
    [100, 50],
    [1, 127],
    [60, 127],
  ]) {
    const degrees = degreesOf(draw({ kind: 'zones', outside }, 300, 3, limit), 300);
    t.ok(Math.max(...degrees) <= limit, `zones:${outside}, at most ${Math.max(...degrees)}`);
  }
  t.end();
});

t.test('another seed draws another graph', (t) => {
  for (const shape of [
    { kind: 'regular', degree: 4 },
    { kind: 'zones', outside: 1 },
  ] as const) {
    t.strictSame(draw(shape, 30, 3, 10, 1), draw(shape, 30, 3, 10, 1));
    t.notSame(draw(shape, 30, 3, 10, 1), draw(shape, 30, 3, 10, 2));
  }
  t.end();
});
