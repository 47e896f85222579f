import t from 'tap';

import { AssertionError, assert } from '../src/assert.js';
import {
  BtShmError,
  EXIT_CODES,
  InputError,
  MemoryLimitError,
  UsageError,
  exitCodeOf,
} from '../src/errors.js';

t.test('each error carries its name, its code and the exit code of its kind', (t) => {
  const cases = [
    [new UsageError('--ranks=1: expected at least 2'), 'UsageError', 'ERR_BTSHM_USAGE', 2],
    [
      new InputError({ file: 'in1.txt', line: 3, expected: 'a number', found: '"x"' }),
      'InputError',
      'ERR_BTSHM_INPUT',
      2,
    ],
    [
      new MemoryLimitError('content store', 2048, 1024),
      'MemoryLimitError',
      'ERR_BTSHM_MEMORY_LIMIT',
      2,
    ],
    [new AssertionError('head <= tail'), 'AssertionError', 'ERR_BTSHM_ASSERTION', 1],
  ] as const;
  for (const [error, name, code, exitCode] of cases) {
    t.ok(error instanceof BtShmError, name);
    t.equal(error.name, name);
    t.equal(error.code, code);
    t.equal(exitCodeOf(error), exitCode, name);
    t.match(error.stack, `${name}: ${error.message}`);
  }
  t.end();
});

t.test('an input error names file, line, what was expected and what was found', (t) => {
  const error = new InputError({ file: 'in2.txt', line: 7, expected: '32 digits', found: '"ab"' });
  t.equal(error.message, 'in2.txt:7: expected 32 digits, found "ab"');
  t.match(error, { file: 'in2.txt', line: 7, expected: '32 digits', found: '"ab"' });
  t.end();
});

t.test('an input error about a whole file names no line', (t) => {
  const error = new InputError({ file: 'in2.txt', expected: 'a file', found: 'a directory' });
  t.equal(error.message, 'in2.txt: expected a file, found a directory');
  t.equal(error.line, undefined);
  t.end();
});

t.test('control characters of an input do not reach the message', (t) => {
  const error = new InputError({ file: 'a\nb', line: 1, expected: 'a name', found: '\u001b[2J' });
  t.equal(error.message, 'a\\x0ab:1: expected a name, found \\x1b[2J');
  t.equal(error.found, '\u001b[2J');
  t.end();
});

t.test('a memory limit error names the need and the limit', (t) => {
  const error = new MemoryLimitError('content store', 2048, 1024);
  t.equal(
    error.message,
    'content store: expected at most limitBytes=1024, found requiredBytes=2048',
  );
  t.match(error, { purpose: 'content store', requiredBytes: 2048, limitBytes: 1024 });
  t.end();
});

t.test('an error keeps its cause only when it has one', (t) => {
  const cause = new Error('EACCES');
  t.equal(new UsageError('no', { cause }).cause, cause);
  t.equal(new InputError({ file: 'a', expected: 'b', found: 'c', cause }).cause, cause);
  t.notOk('cause' in new InputError({ file: 'a', expected: 'b', found: 'c' }));
  t.end();
});

t.test('an error that crossed a thread boundary keeps its exit code', (t) => {
  t.equal(exitCodeOf({ code: 'ERR_BTSHM_USAGE', message: 'no class any more' }), EXIT_CODES.usage);
  t.end();
});

t.test('whatever is not an error of bt-shm is an internal error', (t) => {
  const enoent = Object.assign(new Error('x'), { code: 'ENOENT' });
  for (const thrown of [enoent, new Error('x'), { code: 2 }, { code: 'toString' }, 'x', null]) {
    t.equal(exitCodeOf(thrown), EXIT_CODES.internal);
  }
  t.equal(exitCodeOf(undefined), EXIT_CODES.internal);
  t.end();
});

t.test('the exit codes are the documented ones', (t) => {
  t.strictSame(EXIT_CODES, {
    done: 0,
    internal: 1,
    usage: 2,
    segmentsMissing: 3,
    threshold: 4,
    rankDied: 5,
    stalled: 6,
    interrupted: 130,
  });
  t.end();
});

t.test('assert throws its message when the condition does not hold, and only then', (t) => {
  t.doesNotThrow(() => {
    assert(true, 'never seen');
  });
  t.throws(
    () => {
      assert(false, 'tail=3 must not pass head=2');
    },
    { code: 'ERR_BTSHM_ASSERTION', message: 'tail=3 must not pass head=2' },
  );
  t.end();
});
