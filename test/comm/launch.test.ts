import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { compiled, programPath, rejectionOf } from './compiled.js';

const { launch } = compiled;
const echo = programPath('echo.mjs');

t.test('returns what each rank returned, in rank order', async (t) => {
  const args = { list: [1, 2], map: new Map([['a', 1n]]) };
  t.strictSame(
    await launch(echo, { ranks: 3, tags: 5, args }),
    [0, 1, 2].map((rank) => ({ rank, size: 3, tags: 5, args })),
  );
});

t.test('runs ES modules and both shapes of CommonJS modules', async (t) => {
  t.strictSame(await launch(programPath('module-exports.cjs'), { ranks: 2 }), [
    'module.exports 0 of 2',
    'module.exports 1 of 2',
  ]);
  t.strictSame(await launch(programPath('exports-default.cjs'), { ranks: 1 }), [
    'exports.default 0 of 1',
  ]);
});

t.test('takes a URL, the text of one, and a path relative to the working directory', async (t) => {
  const url = pathToFileURL(programPath('module-exports.cjs'));
  const relative = path.relative(process.cwd(), programPath('module-exports.cjs'));
  for (const program of [url, url.href, relative]) {
    t.strictSame(await launch(program, { ranks: 1 }), ['module.exports 0 of 1']);
  }
});

t.test('shares the shared memory in the arguments', async (t) => {
  const words = new Int32Array(new SharedArrayBuffer(12));
  await launch(echo, { ranks: 3, args: { words } });
  t.strictSame([...words], [1, 2, 3]);
});

t.test('ends though a rank has left a timer behind', async (t) => {
  const results = await launch(echo, { ranks: 2, args: { leavesTimer: true } });
  t.equal(results.length, 2);
});

t.test('refuses a program that it can not run, and says why', async (t) => {
  const cases: [program: string | URL, message: RegExp][] = [
    [programPath('no-such.mjs'), /expected a module, found no such file: .*no-such\.mjs/],
    [programPath(''), /expected a module, found no such file/],
    [programPath('no-default.mjs'), /default export is a function, found other, program: .*no-def/],
    [programPath('default-value.cjs'), /default export is a function, found default: /],
    [new URL('https://example.org/a.mjs'), /expected a path or a file: URL, found https:/],
  ];
  for (const [program, message] of cases) {
    const error = await rejectionOf(launch(program, { ranks: 2 }));
    t.match(error, { name: 'UsageError', code: 'ERR_BTSHM_USAGE', message });
  }
});

t.test('refuses options that it can not use, and says what it expected', async (t) => {
  const cases: [options: object, message: string][] = [
    [{ ranks: 0 }, 'ranks: expected an integer from 1 to 1024, found 0'],
    [{ ranks: 1.5 }, 'ranks: expected an integer from 1 to 1024, found 1.5'],
    [{}, 'ranks: expected an integer from 1 to 1024, found undefined'],
    [{ ranks: 1, tags: 0 }, 'tags: expected an integer from 1 to 1024, found 0'],
    [{ ranks: 1, capacity: 3 }, 'capacity: expected a power of two, found 3'],
    [{ ranks: 1, heapBytes: -1 }, 'heapBytes: expected an integer from 64 to'],
    [{ ranks: 1, inboxBytes: NaN }, 'inboxBytes: expected an integer from 0 to'],
    [{ ranks: 1, args: () => 1 }, 'args: expected what can be cloned, found otherwise: () => 1'],
  ];
  for (const [options, message] of cases) {
    const error = await rejectionOf(launch(echo, options as { ranks: number }));
    t.match(error, { name: 'UsageError', code: 'ERR_BTSHM_USAGE', message });
  }
});

t.test('refuses channels that would not fit, before it takes the memory', async (t) => {
  const error = await rejectionOf(
    launch(echo, { ranks: 1024, tags: 1024, capacity: 2 ** 16, heapBytes: 64 }),
  );
  t.match(error, { code: 'ERR_BTSHM_MEMORY_LIMIT' });
  t.match(error.message, 'the channels of ranks=1024, tags=1024, capacity=65536');
});

t.test('rejects when a rank returns what can not be cloned', async (t) => {
  const error = await rejectionOf(launch(echo, { ranks: 1, args: { returns: 'function' } }));
  t.match(error, {
    code: 'ERR_BTSHM_RANK_FAILED',
    message: /rank 0 failed: Error: its result can't be handed to another thread: /,
  });
});

t.test('rejects when the module can not be loaded', async (t) => {
  const error = await rejectionOf(launch(programPath('broken.mjs'), { ranks: 2 }));
  t.match(error, { code: 'ERR_BTSHM_RANK_FAILED', message: /no-such-module\.mjs/ });
  t.match(error.cause, { code: 'ERR_MODULE_NOT_FOUND' });
});
