import fs, { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import {
  createOutputToken,
  hashLines,
  outputName,
  prepareOutputDirectory,
  removeLeftovers,
  writeAtomically,
} from '../../../src/swarm/input/outputs.js';
import { inputErrorOf } from './input-error.js';

const TOKEN = 'test1';

/** Views of one shared buffer, with bytes counted up across them. */
function sharedChunks(count: number, bytes: number): Uint8Array[] {
  const store = new Uint8Array(new SharedArrayBuffer(count * bytes)).map((_, index) => index);
  const shared = new Uint8Array(new SharedArrayBuffer(store.length));
  shared.set(store);
  return Array.from({ length: count }, (_, index) =>
    shared.subarray(index * bytes, (index + 1) * bytes),
  );
}

/** The system error that a full disk gives. */
function diskFull(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    errno: -28,
    syscall: 'write',
  });
}

t.test('an output carries the rank and the name', (t) => {
  t.equal(outputName(3, 'my movie.bin'), 'client3_my movie.bin');
  t.end();
});

t.test('tokens differ from run to run', (t) => {
  t.match(createOutputToken(), /^[0-9a-f]{12}$/);
  t.not(createOutputToken(), createOutputToken());
  t.end();
});

t.test('writes views over shared memory, in order and nothing else', (t) => {
  const directory = t.testdir();
  const file = path.join(directory, 'client1_a.bin');
  const chunks = sharedChunks(600, 7);
  writeAtomically(file, [...chunks, new Uint8Array(0)], TOKEN);
  t.ok(readFileSync(file).equals(Buffer.concat(chunks)));
  t.same(readdirSync(directory), ['client1_a.bin']);
  t.end();
});

t.test('writes an empty file where there is nothing to write', (t) => {
  const file = path.join(t.testdir(), 'client1_empty');
  writeAtomically(file, [], TOKEN);
  t.equal(readFileSync(file).length, 0);
  t.end();
});

t.test('writes everything where the system takes a few bytes at a time', (t) => {
  const file = path.join(t.testdir(), 'client1_a.bin');
  const chunks = sharedChunks(20, 5);
  const { writevSync } = fs;
  t.intercept(fs, 'writevSync', {
    value: (fd: number, views: Uint8Array[]) => {
      const whole = views.slice(0, 2);
      return writevSync(fd, views.length > 2 ? [...whole, views[2].subarray(0, 1)] : whole);
    },
  });
  writeAtomically(file, chunks, TOKEN);
  t.ok(readFileSync(file).equals(Buffer.concat(chunks)));
  t.end();
});

t.test('shows nothing under its name until the file is whole', (t) => {
  const directory = t.testdir({ 'client3_a.bin': 'earlier' });
  const file = path.join(directory, 'client3_a.bin');
  let during: string[] = [];
  writeAtomically(
    file,
    (function* () {
      yield Buffer.from('new');
      during = readdirSync(directory).sort();
      t.equal(readFileSync(file, 'utf8'), 'earlier');
    })(),
    TOKEN,
  );
  t.same(during, [`.client3_a.bin.${process.pid}-${TOKEN}.part`, 'client3_a.bin']);
  t.equal(readFileSync(file, 'utf8'), 'new');
  t.end();
});

t.test('writes under the longest name that an input may have', (t) => {
  const directory = t.testdir();
  const name = outputName(12345678, 'é'.repeat(120));
  writeAtomically(path.join(directory, name), [Buffer.from('x')], createOutputToken());
  t.same(readdirSync(directory), [name]);
  t.end();
});

t.test('leaves nothing behind and the earlier file alone when', (t) => {
  const cases = ['writevSync', 'closeSync', 'renameSync'] as const;
  for (const operation of cases) {
    t.test(`${operation} fails`, (t) => {
      const directory = t.testdir({ client1_a: 'earlier' });
      const file = path.join(directory, 'client1_a');
      const { closeSync } = fs;
      t.intercept(fs, operation, {
        value: (fd: number) => {
          if (operation === 'closeSync') {
            closeSync(fd);
          }
          throw diskFull();
        },
      });
      const thrown = inputErrorOf(() => writeAtomically(file, [Buffer.from('new')], TOKEN));
      t.match(thrown, { file, found: 'no space left on device (ENOSPC)' });
      t.same(readdirSync(directory), ['client1_a']);
      t.equal(readFileSync(file, 'utf8'), 'earlier');
      t.end();
    });
  }
  t.test('the content fails', (t) => {
    const directory = t.testdir();
    const failure = new Error('segment 1 fails its hash');
    const chunks = (function* () {
      yield Buffer.from('new');
      throw failure;
    })();
    t.throws(() => writeAtomically(path.join(directory, 'client1_a'), chunks, TOKEN), failure);
    t.same(readdirSync(directory), []);
    t.end();
  });
  t.end();
});

t.test('reports a write of no bytes instead of trying for ever', (t) => {
  const directory = t.testdir();
  const file = path.join(directory, 'client1_a');
  t.intercept(fs, 'writevSync', { value: () => 0 });
  t.match(
    inputErrorOf(() => writeAtomically(file, [Buffer.from('new')], TOKEN)),
    {
      file,
      found: 'a write of 0 bytes',
    },
  );
  t.same(readdirSync(directory), []);
  t.end();
});

t.test('does not touch what stands in the place of its file or its temporary file', (t) => {
  const directory = t.testdir({ client1_a: {} });
  const file = path.join(directory, 'client1_a');
  t.match(
    inputErrorOf(() => writeAtomically(file, [Buffer.from('new')], TOKEN)),
    { file },
  );
  t.same(readdirSync(directory), ['client1_a']);

  const temporary = path.join(directory, `.client1_b.${process.pid}-${TOKEN}.part`);
  writeFileSync(temporary, 'of another thread');
  const other = path.join(directory, 'client1_b');
  t.match(
    inputErrorOf(() => writeAtomically(other, [Buffer.from('new')], TOKEN)),
    {
      file: other,
      found: /EEXIST/,
    },
  );
  t.equal(readFileSync(temporary, 'utf8'), 'of another thread');
  t.end();
});

t.test('creates the output directory with its parents, and takes one that is there', (t) => {
  const directory = path.join(t.testdir(), 'a', 'b');
  prepareOutputDirectory(directory);
  prepareOutputDirectory(directory);
  t.same(readdirSync(directory), []);
  t.end();
});

t.test('refuses an output directory that is a file or lies below one', (t) => {
  const directory = t.testdir({ file: '' });
  for (const refused of [path.join(directory, 'file'), path.join(directory, 'file', 'out')]) {
    t.match(
      inputErrorOf(() => prepareOutputDirectory(refused)),
      {
        file: refused,
        expected: 'an output directory that can be written to',
      },
    );
  }
  t.end();
});

t.test(
  'refuses an output directory without write permission',
  { skip: process.getuid?.() === 0 && 'the superuser may write anywhere' },
  (t) => {
    const directory = path.join(t.testdir(), 'out');
    mkdirSync(directory, { mode: 0o500 });
    t.match(
      inputErrorOf(() => prepareOutputDirectory(directory)),
      { file: directory, found: /EACCES/ },
    );
    t.end();
  },
);

t.test('removes the temporary files of its own run only', (t) => {
  const own = `.client1_a.77-${TOKEN}.part`;
  const others = ['.client1_a.77-test2.part', 'client1_a', `client1_-${TOKEN}.part`];
  const directory = t.testdir(Object.fromEntries([own, ...others].map((name) => [name, 'x'])));
  t.same(removeLeftovers(directory, TOKEN), [own]);
  t.same(readdirSync(directory).sort(), others.sort());
  t.same(removeLeftovers(directory, TOKEN), []);
  const missing = path.join(directory, 'missing');
  t.match(
    inputErrorOf(() => removeLeftovers(missing, TOKEN)),
    { file: missing },
  );
  t.notOk(existsSync(missing));
  t.end();
});

t.test('hash lines end with the last hash', (t) => {
  const hashes = ['0123456789abcdef'.repeat(2), '0123456789ABCDEF'.repeat(2)];
  const textOf = (count: number): string =>
    Buffer.from(hashLines(Buffer.from(hashes.slice(0, count).join('')))).toString();
  t.equal(textOf(0), '');
  t.equal(textOf(1), hashes[0]);
  t.equal(textOf(2), `${hashes[0]}\n${hashes[1]}`);
  t.end();
});
