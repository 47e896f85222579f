import t from 'tap';
import { compiled, programPath } from './compiled.js';

const { launch } = compiled;
const program = programPath('long-messages.mjs');

t.test('long messages are read in shared memory, whatever the sender does later', async (t) => {
  const heapBytes = 2 ** 17;
  const sizes = [17, 18, 48, 49, 64, 1000, 65_537, heapBytes - 16, 17, heapBytes - 16];
  const args = { name: 'sizes', sizes };
  t.strictSame(await launch(program, { ranks: 2, heapBytes, args }), [[], []]);
});

t.test('bytes from alloc() reach the receiver without a copy', async (t) => {
  const results = await launch(program, { ranks: 2, args: { name: 'inPlace' } });
  t.strictSame(results, [
    [2, 2, 1],
    [500, 1],
  ]);
});

t.test('a sender whose heap is full waits for releases and loses nothing', async (t) => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const args = { name: 'exhaustion', words, count: 200, size: 1000 };
  // A block of 1000 bytes takes 1024: four of them fill the heap.
  const results = await launch(program, { ranks: 2, heapBytes: 4096, args });
  t.strictSame(results, [200, 4]);
});

t.test('a heap is taken back in order, and never under a message still held', async (t) => {
  const args = { name: 'kept', size: 400 };
  t.equal((await launch(program, { ranks: 2, heapBytes: 1024, args }))[0], true);
});

t.test("messages that nobody asks for do not fill their sender's heap for good", async (t) => {
  const args = { name: 'unreceived', count: 50, size: 600 };
  t.equal((await launch(program, { ranks: 2, heapBytes: 1024, args }))[0], 50);
});

t.test('a message larger than the heap is refused with both sizes', async (t) => {
  const args = { name: 'tooLarge', size: 1009 };
  const [results] = await launch(program, { ranks: 1, heapBytes: 1000, args });
  const refusal = (call: string): object => ({
    isUsageError: false,
    code: 'ERR_BTSHM_MEMORY_LIMIT',
    message:
      `${call} of rank 0: one message and its header in the rank's heap (heapBytes): ` +
      'expected at most limitBytes=1008, found requiredBytes=1009',
  });
  t.strictSame(results, [refusal('send'), refusal('send'), refusal('alloc'), 'accepted']);
});

t.test('a rank that holds its own heap is told so and does not wait for itself', async (t) => {
  const args = { name: 'ownership' };
  const [results] = await launch(program, { ranks: 1, heapBytes: 1024, args });
  const held = {
    isUsageError: true,
    message: /byteLength=600 does not fit, and the oldest block .* is held by this rank itself/,
  };
  const notOwned = { isUsageError: true, message: /expected bytes that alloc\(\) returned/ };
  t.match(results, {
    heapFull: held,
    self: held,
    ownUnreceived: [true, true],
    sentTwice: [notOwned, notOwned],
    middle: notOwned,
    short: 'sent',
    whole: 'accepted',
  });
});

t.test('the bytes of a released message can no longer be read', async (t) => {
  const [results] = await launch(program, { ranks: 1, args: { name: 'release' } });
  const refused = { message: 'message from rank 0 on tag 0: its bytes were read after release()' };
  t.match(results, [refused, refused, refused, refused]);
});
