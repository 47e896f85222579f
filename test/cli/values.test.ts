import t from 'tap';

import {
  type ReadValue,
  readMilliseconds,
  readSeconds,
  readSize,
  readText,
  readThreads,
  readWhole,
} from '../../src/cli/values.js';
import { UsageError } from '../../src/errors.js';

function assertReads<Value>(
  name: string,
  read: ReadValue<Value>,
  accepted: readonly (readonly [value: unknown, result: Value])[],
  rejected: readonly unknown[],
): void {
  t.test(name, (t) => {
    for (const [value, result] of accepted) {
      t.equal(read('--x', value), result, JSON.stringify(value));
    }
    for (const value of rejected) {
      t.throws(() => read('--x', value), UsageError, JSON.stringify(value));
      t.throws(() => read('--x', value), /^--x/, 'the message begins with the option');
    }
    t.end();
  });
}

assertReads(
  'whole numbers are read, and nothing that is almost one',
  readWhole,
  [
    ['0', 0],
    ['64', 64],
    ['1e6', 1e6],
    [64, 64],
  ],
  ['', ' 4', '-4', '+4', '4.0', '0x10', '1e99', '9007199254740993', 4.5, -1, NaN, null, [4], true],
);

assertReads(
  'sizes take decimal and binary units',
  readSize,
  [
    ['0', 0],
    ['16384', 16_384],
    ['16KiB', 16_384],
    ['16 kib', 16_384],
    ['1MiB', 2 ** 20],
    ['1.5KiB', 1536],
    ['64kB', 64_000],
    ['5B', 5],
    [16_384, 16_384],
  ],
  ['', 'KiB', '16K', '16KiBs', '0.3B', '-1', '1e3KiB', '99999999GiB', 1.5, null],
);

assertReads(
  'threads are a number or auto',
  readThreads,
  [
    ['auto', 'auto'],
    ['2', 2],
    [2, 2],
  ],
  ['AUTO', 'many', '', 1.5, null],
);

assertReads(
  'seconds may have a fraction',
  readSeconds,
  [
    ['10', 10_000],
    ['0.5', 500],
    ['.25', 250],
  ],
  ['0', '-1', '1e3', 'ten', '', '9999999', 10],
);

assertReads('milliseconds are numbers', readMilliseconds, [[0.5, 0.5]], [0, -1, '10', Infinity]);
assertReads('text is not empty', readText, [['a', 'a']], ['', 5, null, undefined]);
