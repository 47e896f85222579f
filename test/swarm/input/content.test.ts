import { execFileSync } from 'node:child_process';
import fs, {
  appendFileSync,
  chmodSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import { AssertionError } from '../../../src/assert.js';
import { UsageError } from '../../../src/errors.js';
import {
  describeContent,
  readContentInto,
  segmentLength,
} from '../../../src/swarm/input/content.js';
import type { ContentInput } from '../../../src/swarm/input/content.js';
import { inputErrorOf } from './input-error.js';

const BYTES = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 31) % 251));

/** Cells of a content in shared memory, each somewhere else, as the engine's store may have them. */
function storeFor(content: ContentInput): {
  cellOf: (segment: number) => Uint8Array;
  text: () => Buffer;
} {
  const [{ segmentCount }] = content.files;
  const cells = Array.from({ length: segmentCount }, (_, segment) => {
    const length = segmentLength(content.byteLength, content.segmentBytes, segment);
    return new Uint8Array(new SharedArrayBuffer(length + 3), 3, length);
  });
  return { cellOf: (segment) => cells[segment], text: () => Buffer.concat(cells) };
}

t.test('rank 1 owns the file and every other client wants it', (t) => {
  const directory = t.testdir({ 'movie.bin': '0123456789' });
  const file = path.join(directory, 'movie.bin');
  t.same(describeContent(file, 4, 4), {
    kind: 'content',
    files: [{ name: 'movie.bin', segmentCount: 3, byteLength: 10 }],
    owned: [[], [0], [], []],
    wanted: [[], [], [0], [0]],
    path: file,
    byteLength: 10,
    segmentBytes: 4,
  });
  t.same(describeContent(file, 5, 2).files[0].segmentCount, 2);
  t.same(describeContent(file, 5, 2).wanted, [[], []]);
  t.end();
});

t.test('the last segment is as long as what is left', (t) => {
  t.same(
    [0, 1, 2].map((segment) => segmentLength(10, 4, segment)),
    [4, 4, 2],
  );
  t.same(
    [0, 1].map((segment) => segmentLength(8, 4, segment)),
    [4, 4],
  );
  t.equal(segmentLength(2 ** 40 + 1, 2 ** 20, 2 ** 20), 1);
  t.throws(() => segmentLength(8, 4, 2), AssertionError);
  t.throws(() => segmentLength(0, 4, 0), AssertionError);
  t.end();
});

t.test('reads a file into its cells, whatever the length of a segment', (t) => {
  for (const segmentBytes of [1, 7, 1000, 4999, 5000, 5001]) {
    const content = describeContent(
      path.join(t.testdir({ 'a.bin': BYTES }), 'a.bin'),
      segmentBytes,
      3,
    );
    const store = storeFor(content);
    readContentInto(content, store.cellOf);
    t.ok(store.text().equals(BYTES), `segments of ${segmentBytes} bytes`);
  }
  t.end();
});

t.test('reads everything where the system gives a few bytes at a time', (t) => {
  const content = describeContent(path.join(t.testdir({ 'a.bin': BYTES }), 'a.bin'), 100, 3);
  const { readvSync } = fs;
  t.intercept(fs, 'readvSync', {
    value: (fd: number, views: Uint8Array[]) => readvSync(fd, [views[0].subarray(0, 64)]),
  });
  const store = storeFor(content);
  readContentInto(content, store.cellOf);
  t.ok(store.text().equals(BYTES));
  t.end();
});

t.test('an empty file has no segments and asks for no cell', (t) => {
  const directory = t.testdir({ empty: '' });
  const content = describeContent(path.join(directory, 'empty'), 4, 3);
  t.same(content.files, [{ name: 'empty', segmentCount: 0, byteLength: 0 }]);
  t.doesNotThrow(() =>
    readContentInto(content, () => {
      throw new Error('asked for a cell');
    }),
  );
  t.end();
});

t.test('follows a symbolic link to the file', (t) => {
  const directory = t.testdir({ target: '0123' });
  const link = path.join(directory, 'link');
  symlinkSync('target', link);
  const content = describeContent(link, 4, 3);
  t.equal(content.files[0].name, 'link');
  const store = storeFor(content);
  readContentInto(content, store.cellOf);
  t.equal(store.text().toString(), '0123');
  t.end();
});

t.test('describes a file beyond 4 GiB', (t) => {
  const directory = t.testdir({ large: '' });
  const file = path.join(directory, 'large');
  truncateSync(file, 2 ** 33 + 1);
  t.equal(describeContent(file, 2 ** 16, 3).files[0].segmentCount, 2 ** 17 + 1);
  t.throws(() => describeContent(file, 1, 3), UsageError);
  truncateSync(file, 0);
  t.end();
});

t.test('refuses what is not a file that can be read', (t) => {
  const directory = t.testdir({ directory: {} });
  execFileSync('mkfifo', [path.join(directory, 'pipe')]);
  const cases = [
    ['missing', 'no such file or directory (ENOENT)'],
    ['directory', 'a directory'],
    ['pipe', 'a named pipe'],
  ];
  for (const [name, found] of cases) {
    const file = path.join(directory, name);
    t.match(
      inputErrorOf(() => describeContent(file, 4, 3)),
      { file, found },
      name,
    );
  }
  const odd = path.join(directory, 'a\nb');
  writeFileSync(odd, '');
  t.match(
    inputErrorOf(() => describeContent(odd, 4, 3)),
    { file: odd, found: '"a\\nb" (a control character)' },
  );
  t.end();
});

t.test(
  'refuses a file without read permission',
  { skip: process.getuid?.() === 0 && 'the superuser may read anything' },
  (t) => {
    const file = path.join(t.testdir({ secret: 'x' }), 'secret');
    chmodSync(file, 0);
    t.match(
      inputErrorOf(() => describeContent(file, 4, 3)),
      { file, found: /EACCES/ },
    );
    t.end();
  },
);

t.test('refuses a segment length or a number of ranks that can not be', (t) => {
  const file = path.join(t.testdir({ a: 'x' }), 'a');
  for (const segmentBytes of [0, -1, 1.5, NaN]) {
    t.throws(() => describeContent(file, segmentBytes, 3), UsageError);
  }
  for (const ranks of [1, 2.5, NaN]) {
    t.throws(() => describeContent(file, 4, ranks), UsageError);
  }
  t.end();
});

t.test('notices a file that changes between its description and the end of the read', (t) => {
  const changes: [outcome: string, change: (file: string) => void, found: string][] = [
    ['it shrinks', (file) => truncateSync(file, 4990), '4990 bytes'],
    ['it shrinks to nothing', (file) => truncateSync(file, 0), 'bytes'],
    ['it grows', (file) => appendFileSync(file, 'x'), 'more bytes'],
    ['it is written in place', (file) => utimesSync(file, 1, 1), 'a write to it in the meantime'],
  ];
  for (const [outcome, change, found] of changes) {
    // With 10 bytes a segment the first system call takes half of the file.
    const content = describeContent(path.join(t.testdir({ 'a.bin': BYTES }), 'a.bin'), 10, 3);
    const store = storeFor(content);
    const changing = (segment: number): Uint8Array => {
      if (segment === 400) {
        change(content.path);
      }
      return store.cellOf(segment);
    };
    const thrown = inputErrorOf(() => readContentInto(content, changing));
    t.match(thrown, { file: content.path, found }, outcome);
  }
  const content = describeContent(path.join(t.testdir({ 'a.bin': BYTES }), 'a.bin'), 10, 3);
  appendFileSync(content.path, 'x');
  t.match(
    inputErrorOf(() => readContentInto(content, storeFor(content).cellOf)),
    { found: 'more bytes' },
  );
  t.end();
});

t.test('refuses a cell that is not as long as its segment', (t) => {
  const content = describeContent(path.join(t.testdir({ 'a.bin': BYTES }), 'a.bin'), 999, 3);
  t.throws(() => readContentInto(content, () => new Uint8Array(999)), AssertionError);
  t.end();
});
