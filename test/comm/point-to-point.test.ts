import t from 'tap';
import { compiled, programPath, rejectionOf } from './compiled.js';

const { launch } = compiled;
const program = programPath('point-to-point.mjs');

interface Numbered {
  readonly source: number;
  readonly tag: number;
  readonly values: readonly number[];
}

t.test('any source and any tag keep the order of each source over all tags', async (t) => {
  const count = 500;
  const args = { name: 'numbered', match: 'any', count };
  const [received] = (await launch(program, { ranks: 4, capacity: 8, args })) as [Numbered[]];
  for (const source of [1, 2, 3]) {
    const own = received.filter((message) => message.source === source);
    t.strictSame(
      own.map(({ tag, values }) => [tag, ...values]),
      Array.from({ length: count }, (_, index) => [(index * 7) % 3, index]),
    );
  }
});

t.test('a source and a tag keep their order, whatever else waits', async (t) => {
  const count = 300;
  const args = { name: 'numbered', match: 'each', count };
  const [received] = (await launch(program, { ranks: 4, capacity: 8, args })) as [Numbered[]];
  t.equal(received.length, 3 * count);
  for (const source of [1, 2, 3]) {
    for (const tag of [0, 1, 2]) {
      const values = received
        .filter((message) => message.source === source && message.tag === tag)
        .map((message) => message.values[0]);
      t.strictSame(
        values,
        Array.from({ length: count }, (_, index) => index).filter((n) => (n * 7) % 3 === tag),
      );
    }
  }
});

t.test('a receive takes the first message that its source and tag ask for', async (t) => {
  const [received] = await launch(program, { ranks: 3, args: { name: 'picky' } });
  t.strictSame(received, [
    { source: 2, tag: 3, text: 'f' },
    { source: 1, tag: 1, text: 'b' },
    { source: 2, tag: 1, text: 'e' },
    { source: 1, tag: 2, text: 'c' },
    { source: 1, tag: 1, text: 'd' },
    { source: 1, tag: 3, text: 'a' },
  ]);
});

t.test('any source takes the message that came first', async (t) => {
  const [sources] = await launch(program, { ranks: 5, args: { name: 'relay' } });
  t.strictSame(sources, [1, 2, 3, 4]);
});

t.test('any tag takes what one source has sent in the order sent', async (t) => {
  const tags = [5, 0, 3, 1, 5, 2, 15, 0];
  const [received] = await launch(program, { ranks: 3, args: { name: 'manyTags', tags } });
  t.strictSame(received, tags);
});

t.test('bytes of every length arrive as they were sent', async (t) => {
  const args = { name: 'lengths', longest: 100 };
  t.strictSame(await launch(program, { ranks: 2, args }), [[], []]);
});

t.test('a probe says what the next receive takes, and leaves it', async (t) => {
  const [result] = await launch(program, { ranks: 2, args: { name: 'probe' } });
  const long = 'a long message that lies in the heap';
  const second = { source: 1, tag: 2, byteLength: long.length };
  t.strictSame(result, {
    before: undefined,
    seen: [
      { source: 1, tag: 3, byteLength: 3 },
      { source: 1, tag: 3, byteLength: 3 },
    ],
    second,
    again: second,
    received: [
      { source: 1, tag: 3, text: 'abc' },
      { source: 1, tag: 2, text: long },
    ],
    after: undefined,
  });
});

t.test('a full channel of one tag refuses more and does not delay another', async (t) => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const args = { name: 'fullChannel', words };
  const results = await launch(program, { ranks: 2, capacity: 16, args });
  t.strictSame(results, [
    { other: 'other', values: Array.from({ length: 16 }, (_, index) => index) },
    { sent: 16, other: true, again: false },
  ]);
});

for (const byteLength of [12, 700]) {
  t.test(`all ranks flood each other with ${byteLength} bytes and receive it all`, async (t) => {
    const options = { ranks: 5, tags: 3, capacity: 2, heapBytes: 2048 };
    const args = { name: 'flood', count: 60, byteLength };
    t.strictSame(await launch(program, { ...options, args }), new Array(5).fill('all received'));
  });
}

t.test('a rank that waits on one tag takes in what is sent on another', async (t) => {
  const args = { name: 'unasked', count: 2000 };
  t.equal((await launch(program, { ranks: 3, capacity: 2, args }))[1], 2000);
});

t.test('a rank takes in no more than inboxBytes of what it does not ask for', async (t) => {
  const args = { name: 'unasked', count: 2000 };
  const error = await rejectionOf(launch(program, { ranks: 3, capacity: 2, inboxBytes: 0, args }));
  t.match(error, { code: 'ERR_BTSHM_DEADLOCK' });
  t.match(error.message, 'rank 0 in send(dest=1, tag=0)');
});

t.test('a rank that only polls takes in what it does not ask for', async (t) => {
  const count = 500;
  const args = { name: 'polling', count };
  const [result] = await launch(program, { ranks: 2, capacity: 2, args });
  t.strictSame(result, { last: 'last', values: Array.from({ length: count }, (_, n) => n) });
});

t.test('a receive gives up after its timeout and misses nothing later', async (t) => {
  const [result] = await launch(program, { ranks: 2, args: { name: 'timeout' } });
  t.strictSame(result, {
    errors: [
      [
        'RecvTimeoutError',
        'ERR_BTSHM_TIMEOUT',
        'no message from any source on any tag within timeoutMs=20',
      ],
      [
        'RecvTimeoutError',
        'ERR_BTSHM_TIMEOUT',
        'no message from rank 1 on tag 2 within timeoutMs=0',
      ],
    ],
    received: 'late',
  });
});

t.test('a rank receives what it sends to itself', async (t) => {
  const words = ['a', 'b', 'a message that lies in the heap'];
  t.strictSame(await launch(program, { ranks: 2, args: { name: 'toItself' } }), [words, words]);
});

t.test('a call that no rank could follow says what was expected', async (t) => {
  const [messages] = await launch(program, { ranks: 2, args: { name: 'misuse' } });
  t.strictSame(messages, [
    'send: expected a rank below size=2, found 2',
    'send: expected a rank below size=2, found -1',
    'send: expected a rank below size=2, found 0.5',
    'send: expected a tag below tags=16, found 16',
    'trySend: expected a tag below tags=16, found -1',
    'send: expected a Uint8Array, found string',
    'send: expected a Uint8Array, found undefined',
    'recv: expected a rank below size=2, found 2',
    'tryRecv: expected a tag below tags=16, found 16',
    'recv: expected timeoutMs of at least 0, found -1',
    'probe: expected timeoutMs of at least 0, found NaN',
    'alloc: expected a number of bytes, found byteLength=-1',
    'free: expected bytes that alloc() returned, found others',
    'bcast: expected a Uint8Array, found undefined',
    'reduce: expected a Float64Array or an Int32Array, found Array',
    `allreduce: expected 'sum', 'min', 'max' or a function, found product`,
    'gather: expected a Uint8Array, found undefined',
  ]);
});
