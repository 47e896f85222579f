/** What the simulated links let through, and when: to the nanosecond. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';

import { type Block, type NetworkShape, type Sending, compileNetwork, sendAll } from './network.js';

const SECOND = 1e9;
const MS = 1e6;

/** Two ranks whose links pass a megabyte a second: a byte a microsecond. */
const PAIR: NetworkShape = {
  up: [1e6, 1e6],
  down: [1e6, 1e6],
  latencyNs: [[50 * MS]],
  blockBytes: 1000,
};

const NS_PER_BYTE = 1000;

t.test('links', async (t) => {
  const module = await compileNetwork();
  const through = (shape: NetworkShape, sendings: readonly Sending[]) =>
    sendAll(module, shape, sendings);
  const arrivals = (shape: NetworkShape, sendings: readonly Sending[]): number[] =>
    through(shape, sendings).blocks.map(({ arrivedNs }) => arrivedNs);

  t.test('equal links cost one transmission time, not two', (t) => {
    const sent = [{ atNs: 0, source: 0, dest: 1, bytes: 1000 }];
    t.strictSame(arrivals(PAIR, sent), [50 * MS + 1000 * NS_PER_BYTE]);
    const many = [{ atNs: 7, source: 0, dest: 1, bytes: 10_000 }];
    const { blocks } = through(PAIR, many);
    t.equal(blocks.length, 10);
    t.equal(blocks.at(-1)?.arrivedNs, 7 + 50 * MS + 10_000 * NS_PER_BYTE);
    t.strictSame(
      blocks.map(({ isLast }) => isLast),
      [...new Array<boolean>(9).fill(false), true],
    );
    t.end();
  });

  t.test('the slower of two links decides when a block is there', (t) => {
    const sent = [{ atNs: 0, source: 0, dest: 1, bytes: 3000 }];
    const slowUp = { ...PAIR, up: [250_000, 1e6] };
    t.strictSame(
      arrivals(slowUp, sent),
      [4, 8, 12].map((ms) => (50 + ms) * MS),
    );
    const slowDown = { ...PAIR, down: [1e6, 250_000] };
    t.strictSame(
      arrivals(slowDown, sent),
      [4, 8, 12].map((ms) => (50 + ms) * MS),
    );
    t.end();
  });

  t.test('a link without limit passes everything at once', (t) => {
    const sent = [{ atNs: 0, source: 0, dest: 1, bytes: 3000 }];
    const free = { ...PAIR, up: [0, 0], down: [0, 0] };
    t.strictSame(arrivals(free, sent), [50 * MS, 50 * MS, 50 * MS]);
    t.strictSame(
      arrivals({ ...PAIR, up: [0, 0] }, sent),
      [1, 2, 3].map((ms) => (50 + ms) * MS),
    );
    t.end();
  });

  t.test('a time that is no whole number of nanoseconds is rounded up', (t) => {
    const shape = { ...PAIR, up: [3e9, 0], down: [0, 0] };
    const sent = [{ atNs: 0, source: 0, dest: 1, bytes: 100 }];
    t.strictSame(arrivals(shape, sent), [50 * MS + 34]);
    t.end();
  });

  t.test('transfers take turns on an uplink, a block each', (t) => {
    const shape = { ...PAIR, up: [1e6, 0, 0, 0], down: [0, 0, 0, 0] };
    const { blocks } = through(shape, [
      { atNs: 0, source: 0, dest: 1, bytes: 3000 },
      { atNs: 0, source: 0, dest: 2, bytes: 1500 },
      { atNs: 0, source: 0, dest: 3, bytes: 2000 },
    ]);
    t.strictSame(
      blocks.map(({ dest, bytes }) => [dest, bytes]),
      [
        // The first one was alone when the link took its first block.
        [1, 1000],
        [1, 1000],
        [2, 1000],
        [3, 1000],
        [1, 1000],
        [2, 500],
        [3, 1000],
      ],
    );
    t.equal(blocks.at(-1)?.leftNs, 6500 * NS_PER_BYTE, 'and the link is never idle');
    t.end();
  });

  t.test('a downlink passes the blocks of several senders one after the other', (t) => {
    const shape = { ...PAIR, up: [0, 1e6, 1e6, 1e6], down: [1e6, 0, 0, 0] };
    const sendings = [1, 2, 3].map((source) => ({ atNs: 0, source, dest: 0, bytes: 1000 }));
    t.strictSame(
      arrivals(shape, sendings),
      [1, 2, 3].map((ms) => (50 + ms) * MS),
    );
    t.end();
  });

  t.test('a control message overtakes data and delays the blocks after it', (t) => {
    const { blocks, controls } = through(PAIR, [
      { atNs: 0, source: 0, dest: 1, bytes: 2000 },
      { atNs: 100, source: 0, dest: 1, bytes: 300, isControl: true },
    ]);
    t.strictSame(controls, [{ sending: 1, arrivedNs: 50 * MS + 100 }]);
    t.strictSame(
      blocks.map(({ leftNs }) => leftNs),
      [1000 * NS_PER_BYTE, 2300 * NS_PER_BYTE],
    );
    t.equal(blocks[1].arrivedNs, 50 * MS + 2300 * NS_PER_BYTE, 'once, not on either link');
    t.end();
  });

  t.test('latency goes by the zones that a message is from and to', (t) => {
    const shape = {
      ...PAIR,
      zones: [0, 1],
      latencyNs: [
        [10 * MS, 80 * MS],
        [20 * MS, 10 * MS],
      ],
    };
    const { blocks } = through(shape, [
      { atNs: 0, source: 0, dest: 1, bytes: 1000 },
      { atNs: 0, source: 1, dest: 0, bytes: 1000 },
    ]);
    t.strictSame(
      blocks.map(({ source, arrivedNs }) => [source, arrivedNs]),
      [
        [1, 21 * MS],
        [0, 81 * MS],
      ],
    );
    t.end();
  });

  t.test('jitter delays by no more than its limit, and nothing overtakes its own kind', (t) => {
    const jitterNs = 30 * MS;
    const shape = { ...PAIR, up: [0, 0], down: [0, 0], jitterNs };
    const sendings = Array.from({ length: 200 }, (_, index) => ({
      atNs: index * MS,
      source: 0,
      dest: 1,
      bytes: 100,
      isControl: true,
    }));
    const { controls } = through(shape, sendings);
    t.strictSame(
      controls.map(({ sending }) => sending),
      sendings.map((_, index) => index),
    );
    const delays = controls.map(({ arrivedNs, sending }) => arrivedNs - sendings[sending].atNs);
    t.ok(Math.min(...delays) >= 50 * MS);
    t.ok(Math.max(...delays) <= 50 * MS + jitterNs);
    t.ok(new Set(delays).size > 20, 'drawn anew');
    t.end();
  });

  t.test('no event at or after the end is handled', (t) => {
    const sendings = [0, 1, 2, 2.03, 3].map((second) => ({
      atNs: second * SECOND,
      source: 0,
      dest: 1,
      bytes: 1000,
    }));
    const { blocks, endedNs } = through({ ...PAIR, endNs: 2 * SECOND + 10 * MS }, sendings);
    t.equal(blocks.length, 2);
    t.ok(endedNs < 2 * SECOND + 10 * MS, `ended at ${endedNs}`);
    t.end();
  });

  t.test('no link passes more than its capacity over any interval, to within a block', (t) => {
    const property = fc.property(networks, ({ shape, sendings }) => {
      const { blocks } = through(shape, sendings);
      shape.up.forEach((rate, rank) => {
        const sent = blocks.filter(({ source }) => source === rank);
        assertWithin(sent, rate, shape.blockBytes, ({ leftNs }) => leftNs);
      });
      shape.down.forEach((rate, rank) => {
        const received = blocks.filter(({ dest }) => dest === rank);
        assertWithin(received, rate, shape.blockBytes, ({ arrivedNs }) => arrivedNs);
      });
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }));
    t.end();
  });

  t.test('everything arrives, in order, no earlier than latency and both links allow', (t) => {
    const property = fc.property(networks, ({ shape, sendings }) => {
      const { blocks, controls } = through(shape, sendings);
      sendings.forEach(({ atNs, bytes, source, dest, isControl }, index) => {
        const latency = shape.latencyNs[0][0];
        if (isControl === true) {
          const arrived = controls.filter(({ sending }) => sending === index);
          assert.equal(arrived.length, 1);
          assert.ok(arrived[0].arrivedNs >= atNs + latency);
          return;
        }
        const own = blocks.filter(({ sending }) => sending === index);
        assert.equal(
          own.reduce((sum, block) => sum + block.bytes, 0),
          bytes,
        );
        assert.deepEqual(
          own.map(({ isLast }) => isLast),
          own.map((_, at) => at === own.length - 1),
        );
        const rates = [shape.up[source], shape.down[dest]].filter((rate) => rate > 0);
        const least = Math.max(0, ...rates.map((rate) => (bytes * SECOND) / rate));
        assert.ok((own.at(-1)?.arrivedNs ?? 0) >= atNs + latency + least - 1);
      });
    });
    t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }));
    t.end();
  });
});

/** Kilobytes a second, or no limit. */
const rates = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 20, max: 2000 }).map((kb) => kb * 1000) },
  { weight: 1, arbitrary: fc.constant(0) },
);

const networks = fc
  .record({
    up: fc.array(rates, { minLength: 3, maxLength: 6 }),
    downs: fc.array(rates, { minLength: 6, maxLength: 6 }),
    latencyNs: fc.integer({ min: 1, max: 100 }).map((ms) => ms * MS),
    jitterNs: fc.constantFrom(0, 0, 5 * MS, 60 * MS),
    blockBytes: fc.integer({ min: 500, max: 20_000 }),
    seed: fc.integer({ min: 0, max: 1000 }),
    sendings: fc.array(
      fc.record({
        atNs: fc.integer({ min: 0, max: 500 }).map((ms) => ms * MS),
        source: fc.nat({ max: 5 }),
        step: fc.integer({ min: 1, max: 5 }),
        bytes: fc.integer({ min: 1, max: 40_000 }),
        isControl: fc.boolean(),
      }),
      { minLength: 1, maxLength: 25 },
    ),
  })
  .map(({ up, downs, latencyNs, sendings, ...rest }) => {
    const ranks = up.length;
    const shape: NetworkShape = {
      ...rest,
      up,
      down: downs.slice(0, ranks),
      latencyNs: [[latencyNs]],
    };
    return {
      shape,
      sendings: sendings.map(({ source, step, bytes, ...sending }): Sending => {
        const from = source % ranks;
        const dest = (from + 1 + (step % (ranks - 1))) % ranks;
        const { isControl } = sending;
        return { ...sending, source: from, dest, bytes: isControl ? 1 + (bytes % 200) : bytes };
      }),
    };
  });

/**
 * Over each interval between two instants: a bucket of one block that drains at the link's rate
 * never overflows. Times are whole nanoseconds, and a byte too many would be seen.
 */
function assertWithin(
  blocks: readonly Block[],
  rate: number,
  blockBytes: number,
  timeOf: (block: Block) => number,
): void {
  if (rate === 0) return;
  let level = 0;
  let before = 0;
  const passed = blocks.map((block) => [timeOf(block), block.bytes]).sort(([a], [b]) => a - b);
  for (const [time, bytes] of passed) {
    level = Math.max(0, level - ((time - before) * rate) / SECOND) + bytes;
    before = time;
    assert.ok(level <= blockBytes + 0.5, `${level} bytes too soon at ${time}, rate=${rate}`);
  }
}
