import t from 'tap';
import { compiled, programPath, rejectionOf } from './compiled.js';

const { RankFailedError, DeadlockError, launch } = compiled;
const program = programPath('failures.mjs');

/** What became of the ranks, as they note it: 1 = waits, 2 = aborted, 3 = another error. */
const ABORTED = 2;

async function fail(fails: string, others: string): Promise<{ error: Error; notes: number[] }> {
  const words = new Int32Array(new SharedArrayBuffer(12));
  const args = { fails, others, words };
  const error = await rejectionOf(
    launch(program, { ranks: 4, capacity: 4, heapBytes: 1024, args }),
  );
  return { error, notes: [...words] };
}

for (const others of [
  'recv',
  'timedRecv',
  'probe',
  'barrier',
  'allreduce',
  'send',
  'longSend',
  'alloc',
  'poll',
  'trySend',
]) {
  t.test(`a rank that throws aborts those in ${others}`, async (t) => {
    const { error, notes } = await fail('throws', others);
    t.ok(error instanceof RankFailedError);
    t.match(error, { rank: 3, code: 'ERR_BTSHM_RANK_FAILED' });
    t.equal(error.message, 'rank 3 failed: TypeError: boom');
    t.match(error.cause, { name: 'TypeError', message: 'boom', code: 'ERR_TEST' });
    t.strictSame(notes, [ABORTED, ABORTED, ABORTED]);
  });
}

for (const others of ['compute', 'sleep']) {
  t.test(`a rank that throws ends those that ${others}`, async (t) => {
    t.match((await fail('throws', others)).error, { rank: 3, code: 'ERR_BTSHM_RANK_FAILED' });
  });
}

for (const [fails, message] of [
  ['rejects', 'rank 3 failed: RangeError: late boom'],
  ['throwsText', 'rank 3 failed: just text'],
  ['throwsUncloneable', 'rank 3 failed: Error: odd'],
  ['throwsInTimer', 'rank 3 failed: TypeError: boom'],
  ['exits', 'rank 3 failed: its thread ended with exit code 3 before its program returned'],
] as const) {
  t.test(`a rank that ${fails} is named with what became of it`, async (t) => {
    const { error, notes } = await fail(fails, 'recv');
    t.match(error, { rank: 3, code: 'ERR_BTSHM_RANK_FAILED', message });
    t.strictSame(notes, [ABORTED, ABORTED, ABORTED]);
  });
}

const deadlocks = programPath('deadlock.mjs');

for (const [name, ranks, waits] of [
  ['crossed', 2, 'rank 0 in recv(source=1, tag=3), rank 1 in recv(source=0, tag=3)'],
  ['afterReturn', 2, 'rank 0 in recv(source=any, tag=any), rank 1 has returned'],
  ['missingInBarrier', 3, /rank 0 in barrier\(rank=[12]\), .*rank 2 has returned/],
  ['heldHeap', 2, 'rank 0 in recv(source=any, tag=1), rank 1 in alloc(held by rank 0)'],
] as const) {
  t.test(`ranks that wait for each other are told (${name})`, async (t) => {
    const options = { ranks, heapBytes: 1024, args: { name } };
    const error = await rejectionOf(launch(deadlocks, options));
    t.ok(error instanceof DeadlockError);
    t.equal(error.name, 'DeadlockError');
    t.match(error, { code: 'ERR_BTSHM_DEADLOCK', message: waits });
  });
}

t.test('a rank that waits for one with a timeout is not taken for stuck', async (t) => {
  t.strictSame(await launch(deadlocks, { ranks: 2, args: { name: 'timed' } }), [1, 'sent']);
});

t.test('a signal gives the run up with its reason', async (t) => {
  const reason = new Error('enough');
  const before = AbortSignal.abort(reason);
  t.equal(
    await rejectionOf(launch(deadlocks, { ranks: 2, signal: before, args: { name: 'waits' } })),
    reason,
  );
  const controller = new AbortController();
  const run = launch(deadlocks, { ranks: 2, signal: controller.signal, args: { name: 'waits' } });
  setTimeout(() => controller.abort(reason), 50);
  t.equal(await rejectionOf(run), reason);
});
