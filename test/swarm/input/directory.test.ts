import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import type { InputError } from '../../../src/errors.js';
import { HASH_BYTES, readInputDirectory } from '../../../src/swarm/input/directory.js';
import { inputText, writeInputs } from './directories.js';
import { inputErrorOf } from './input-error.js';

const A = '0123456789abcdef0123456789abcdef';
const B = 'FEDCBA9876543210FEDCBA9876543210';
const C = '00000000000000000000000000000000';

function errorOf(directory: string): InputError {
  return inputErrorOf(() => readInputDirectory(directory));
}

function ascii(...hashes: string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(hashes.join(''), 'ascii'));
}

t.test('reads who owns and who wants what, with the hashes as they are spelled', (t) => {
  const directory = t.testdir({
    'in1.txt': `2\na.bin 2\n${A}\n${B}\nmy movie.bin 1\n${C}\n1\nc.bin\n`,
    'in2.txt': `0\n2\nmy movie.bin\na.bin`,
    'in3.txt': `1\nc.bin 0\n1\nnowhere.bin\n`,
    'client2_a.bin': 'an output of an earlier run is no input',
  });
  const input = readInputDirectory(directory);
  t.equal(input.kind, 'directory');
  t.same(input.files, [
    { name: 'a.bin', segmentCount: 2, byteLength: 0 },
    { name: 'my movie.bin', segmentCount: 1, byteLength: 0 },
    { name: 'c.bin', segmentCount: 0, byteLength: 0 },
    { name: 'nowhere.bin', segmentCount: 0, byteLength: 0 },
  ]);
  t.same(input.owned, [[], [0, 1], [], [2]]);
  t.same(input.wanted, [[], [2], [1, 0], [3]]);
  t.same(input.unownedFiles, [3]);
  t.strictSame(input.hashes, [ascii(A, B), ascii(C), ascii(), ascii()]);
  t.end();
});

t.test('takes in ten inputs and more in the order of their numbers', (t) => {
  const directory = t.testdir();
  writeInputs(
    directory,
    Array.from({ length: 12 }, (_, index) => `0\n1\nfile${index + 1}\n`),
  );
  const { files } = readInputDirectory(directory);
  t.equal(files[9].name, 'file10');
  t.equal(files.length, 12);
  t.end();
});

t.test('accepts CRLF, a byte-order mark, margins, and no or several line ends at the end', (t) => {
  const directory = t.testdir({
    'in1.txt': `\ufeff1 \r\n\ta.bin \t 1\r\n ${A}\t\r\n0\r\n\r\n \r\n`,
    'in2.txt': `0\n1\na.bin`,
  });
  const { files, wanted, hashes } = readInputDirectory(directory);
  t.same(files, [{ name: 'a.bin', segmentCount: 1, byteLength: 0 }]);
  t.same(wanted, [[], [], [0]]);
  t.strictSame(hashes, [ascii(A)]);
  t.end();
});

t.test('keeps the spelling of the lowest rank where two owners differ in case alone', (t) => {
  const directory = t.testdir({
    'in1.txt': `1\na.bin 2\n${A.toUpperCase()}\n${B}\n0\n`,
    'in2.txt': `1\na.bin 2\n${A}\n${B.toLowerCase()}\n0\n`,
  });
  const { owned, hashes } = readInputDirectory(directory);
  t.same(owned, [[], [0], [0]]);
  t.strictSame(hashes, [ascii(A.toUpperCase(), B)]);
  t.end();
});

t.test('reads more segments than fit into the buffers it starts with', (t) => {
  const hashes = Array.from({ length: 5000 }, (_, index) => index.toString(16).padStart(32, '0'));
  const owned = [{ name: 'large.bin', hashes }];
  const directory = t.testdir({
    'in1.txt': inputText({ owned, wanted: [] }),
    'in2.txt': inputText({ owned, wanted: [] }),
  });
  const input = readInputDirectory(directory);
  t.equal(input.files[0].segmentCount, 5000);
  t.equal(input.hashes[0].byteLength, 5000 * HASH_BYTES);
  t.equal(Buffer.from(input.hashes[0]).toString(), hashes.join(''));
  t.end();
});

t.test('names the line, what was expected and what was found in', (t) => {
  const long = 'n'.repeat(241);
  const cases: [outcome: string, text: string, line: number, expected: string, found: string][] = [
    ['an empty file', '', 1, 'the number of owned files', 'the end of the file'],
    ['a count that is a word', 'one\n', 1, 'the number of owned files', '"one"'],
    ['a negative count', '-1\n', 1, 'from 0 to 2147483647', '"-1"'],
    ['a fraction', '1.5\n', 1, 'the number of owned files', '"1.5"'],
    ['a count in another notation', '1e3\n', 1, 'the number of owned files', '"1e3"'],
    ['a huge number of files', `${'9'.repeat(400)}\n`, 1, 'from 0 to', '(400 characters)'],
    ['a possible number of files', '2147483647\n', 2, 'NAME COUNT for owned file 1 of', 'the end'],
    ['a huge number of segments', '1\na 9999999999\n', 2, 'of segments of "a"', '"9999999999"'],
    ['a missing COUNT', '1\na.bin\n', 2, 'NAME COUNT for owned file 1 of 1', '"a.bin"'],
    ['an empty line', '1\n\na 0\n0\n', 2, 'NAME COUNT', 'an empty line'],
    ['too few hashes', `1\na 2\n${A}\n0\n`, 4, 'hash 2 of 2 of "a"', '"0"'],
    [
      'many too few hashes',
      `1\na 134217727\n${A}\n`,
      4,
      'hash 2 of 134217727',
      'the end of the file',
    ],
    ['too many hashes', `1\na 1\n${A}\n${B}\n0\n`, 4, 'the number of wanted files', `"${B}"`],
    ['a short hash', `1\na 1\n${A.slice(1)}\n0\n`, 3, '32 hexadecimal', `"${A.slice(1)}"`],
    ['a long hash', `1\na 1\n${A}0\n0\n`, 3, '32 hexadecimal', `"${A}0"`],
    [
      'a hash with another letter',
      `1\na 1\ng${A.slice(1)}\n0\n`,
      3,
      'hash 1 of 1',
      `"g${A.slice(1)}"`,
    ],
    ['a hash with a sign', `1\na 1\n@${A.slice(1)}\n0\n`, 3, 'hash 1 of 1', `"@`],
    ['no wanted files', '0\n', 2, 'the number of wanted files', 'the end of the file'],
    [
      'too few wanted files',
      '0\n2\na\n',
      4,
      'the name of wanted file 2 of 2',
      'the end of the file',
    ],
    ['an empty wanted name', '0\n1\n\n', 3, 'a plain file name', '"" (an empty name)'],
    ['garbage at the end', '0\n1\na\n\nb\n', 5, 'the end of the file after', '"b"'],
    ['a path as owned name', '1\na/b 0\n0\n', 2, 'a plain file name', '"a/b" (a path separator)'],
    ['a path as wanted name', '0\n1\n../a\n', 3, 'a plain file name', '"../a" (a path separator)'],
    ['a path for Windows', '0\n1\na\\b\n', 3, 'a plain file name', '(a path separator)'],
    ['the directory as name', '0\n1\n.\n', 3, 'a plain file name', '"." (the name of a directory)'],
    [
      'the parent as name',
      '1\n.. 0\n0\n',
      2,
      'a plain file name',
      '".." (the name of a directory)',
    ],
    ['a tab in a name', '0\n1\na\tb\n', 3, 'a plain file name', '"a\\tb" (a control character)'],
    ['an escape in a name', '0\n1\n\u001b[2J\n', 3, 'a plain file name', '(a control character)'],
    ['NUL in a name', '0\n1\na\0b\n', 3, 'a plain file name', '"a\\u0000b" (a control character)'],
    [
      'a name too long to write',
      `0\n1\n${long}\n`,
      3,
      'a plain file name',
      '(more than 240 bytes)',
    ],
    [
      'a file owned twice',
      '2\na 0\na 0\n0\n',
      3,
      'each owned file once',
      '"a" again, first in line 2',
    ],
    [
      'a file wanted twice',
      '0\n2\na\na\n',
      4,
      'each wanted file once',
      '"a" again, first in line 3',
    ],
    [
      'a wanted file that is owned',
      '1\na 0\n1\na\n',
      4,
      'does not own yet',
      '"a", owned in line 2',
    ],
    ['a line without end', '7'.repeat(70_000), 1, 'a line of text', 'more than 65536 bytes'],
    ['old Mac line ends', '0\r0\r', 1, 'the number of owned files', '"0\\r0"'],
  ];
  for (const [outcome, text, line, expected, found] of cases) {
    const directory = t.testdir({ 'in1.txt': text });
    const error = errorOf(directory);
    t.equal(error.file, path.join(directory, 'in1.txt'), outcome);
    t.equal(error.line, line, outcome);
    t.ok(error.expected.includes(expected), `${outcome}: ${error.expected}`);
    t.ok(error.found.includes(found), `${outcome}: ${error.found}`);
  }
  t.end();
});

t.test('shows bytes that are not text in hexadecimal', (t) => {
  const directory = t.testdir({ 'in1.txt': Buffer.from('fffe31000a00', 'hex') });
  const error = errorOf(directory);
  t.equal(error.line, 1);
  t.equal(error.found, 'bytes that are not UTF-8 (fffe3100)');
  t.end();
});

t.test('names both places where two owners disagree', (t) => {
  const first = `1\na.bin 2\n${A}\n${B}\n0\n`;
  const directory = t.testdir({ 'in1.txt': first, 'in2.txt': `1\na.bin 1\n${A}\n0\n` });
  const count = errorOf(directory);
  t.match(count, { file: path.join(directory, 'in2.txt'), line: 2, found: '1 segments' });
  t.ok(count.expected.endsWith(`"a.bin" with 2 segments, as in ${directory}/in1.txt:2`));

  writeFileSync(path.join(directory, 'in2.txt'), `1\na.bin 2\n${A}\n${C}\n0\n`);
  const hash = errorOf(directory);
  t.match(hash, { file: path.join(directory, 'in2.txt'), line: 4, found: `"${C}"` });
  t.equal(hash.expected, `the hash of segment 1 of "a.bin" that ${directory}/in1.txt:4 has`);
  t.end();
});

t.test('names the input that is missing or misnumbered', (t) => {
  const empty = t.testdir();
  t.match(errorOf(empty), { file: path.join(empty, 'in1.txt'), found: 'no such file' });

  const inputs = t.testdir();
  writeInputs(inputs, ['0\n0\n', '0\n0\n', '0\n0\n']);
  renameSync(path.join(inputs, 'in2.txt'), path.join(inputs, 'in11.txt'));
  t.match(errorOf(inputs), {
    file: path.join(inputs, 'in2.txt'),
    line: undefined,
    found: 'no such file, but "in3.txt"',
  });

  const zeros = t.testdir({ 'in1.txt': '0\n0\n', 'in02.txt': '0\n0\n' });
  t.match(errorOf(zeros), { file: path.join(zeros, 'in02.txt'), found: '"in02.txt"' });
  t.end();
});

t.test('refuses a directory that is not one', (t) => {
  const directory = t.testdir({ file: '' });
  const missing = path.join(directory, 'missing');
  t.match(errorOf(missing), { file: missing, found: 'no such file or directory (ENOENT)' });
  const file = path.join(directory, 'file');
  t.match(errorOf(file), { file, found: 'not a directory (ENOTDIR)' });
  t.end();
});

t.test('refuses an input that is a directory, a symbolic link or a pipe', (t) => {
  const directory = t.testdir({
    elsewhere: { 'in1.txt': '0\n0\n' },
    links: {},
    directories: {},
    pipes: {},
  });
  const directories = path.join(directory, 'directories', 'in1.txt');
  mkdirSync(directories);
  t.match(errorOf(path.dirname(directories)), { file: directories, found: 'a directory' });

  const link = path.join(directory, 'links', 'in1.txt');
  symlinkSync(path.join(directory, 'elsewhere', 'in1.txt'), link);
  t.match(errorOf(path.dirname(link)), { file: link, found: /^a symbolic link/ });

  const pipe = path.join(directory, 'pipes', 'in1.txt');
  execFileSync('mkfifo', [pipe]);
  t.match(errorOf(path.dirname(pipe)), { file: pipe, found: 'a named pipe' });
  t.end();
});
