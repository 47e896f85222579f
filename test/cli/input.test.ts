import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import { command, runJson } from './command.js';

/** Hash lines that are all different. */
function hashLines(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    createHash('md5').update(`${name} ${index}`).digest('hex'),
  );
}

const A = hashLines('a', 5);
const B = hashLines('b', 3);
const C = hashLines('c', 40);

/** Four clients: some own files and want others, two own the same one, one owns nothing. */
const INPUTS = {
  'in1.txt': ['2', 'a.bin 5', ...A, 'b b.bin 3', ...B, '1', 'c.bin', ''].join('\n'),
  'in2.txt': ['1', 'c.bin 40', ...C, '2', 'a.bin', 'b b.bin', ''].join('\n'),
  'in3.txt': ['1', 'b b.bin 3', ...B, '2', 'c.bin', 'a.bin', ''].join('\n'),
  'in4.txt': ['0', '3', 'a.bin', 'b b.bin', 'c.bin', ''].join('\n'),
};

const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  'client1_c.bin': C,
  'client2_a.bin': A,
  'client2_b b.bin': B,
  'client3_a.bin': A,
  'client3_c.bin': C,
  'client4_a.bin': A,
  'client4_b b.bin': B,
  'client4_c.bin': C,
};

t.test('an input directory yields exactly the outputs that were asked for', async (t) => {
  for (const options of ['', '--threads 1', '--strategy seed', '--transfer copy --threads 2']) {
    const directory = t.testdir({ in: INPUTS });
    const out = path.join(directory, 'out', 'deep');
    const run = await runJson(`run ${options}`, path.join(directory, 'in'), '--out', out);
    t.equal(run.code, 0, options);
    t.match(run.result, { complete: true, config: { ranks: 5 } });
    t.equal(run.result.totals.segmentsDelivered, 3 * 40 + 3 * 5 + 2 * 3);
    t.strictSame(readdirSync(out).sort(), Object.keys(OUTPUTS).sort());
    for (const [name, lines] of Object.entries(OUTPUTS)) {
      t.equal(readFileSync(path.join(out, name), 'latin1'), lines.join('\n'), name);
    }
  }
});

t.test('a wanted file that nobody owns is reported, and the rest is delivered', async (t) => {
  const directory = t.testdir({
    in: { ...INPUTS, 'in4.txt': '0\n2\nnowhere.bin\na.bin\n' },
  });
  const out = path.join(directory, 'out');
  const { code, result } = await runJson('', path.join(directory, 'in'), '--out', out);
  t.equal(code, 3);
  t.match(result, { complete: false, outcome: 'segments-missing' });
  t.strictSame(result.missing, [{ rank: 4, file: 'nowhere.bin', ranges: [], count: 0 }]);
  t.notOk(existsSync(path.join(out, 'client4_nowhere.bin')), 'no output for it');
  t.equal(readFileSync(path.join(out, 'client4_a.bin'), 'latin1'), A.join('\n'));
  const text = await command('', path.join(directory, 'in'));
  t.equal(text.code, 3);
  t.match(text.stdout, /^Incomplete: .* 1 wanted file without an owner\n/);
  t.match(text.stdout, 'nowhere.bin, wanted by rank 4: nobody owns it');
  t.match(text.stdout, 'none written: no --out was given');
});

t.test('a wrong input is named with file and line, and leaves no output behind', async (t) => {
  const directory = t.testdir({ in: { ...INPUTS, 'in2.txt': '1\nc.bin 1\nnot a hash\n0\n' } });
  const out = path.join(directory, 'out');
  const { code, stdout, stderr } = await command('', path.join(directory, 'in'), '--out', out);
  t.equal(code, 2);
  t.equal(stdout, '');
  t.match(stderr, /^bt-shm: .*in2\.txt:3: expected hash 1 of 1 .*, found "not a hash"\n$/);
  t.notOk(existsSync(out));
});

t.test('options that do not fit the inputs are refused', async (t) => {
  const directory = t.testdir({ in: INPUTS });
  for (const [options, message] of [
    ['--ranks 9', /--ranks 9: expected 5/],
    [
      '--fault crash:rank=5,at=0',
      /--fault crash:rank=5,at=0: expected a rank from 0 to 4, found 5/,
    ],
    ['--hash md5', /--hash: not with an input directory, whose hashes are its content/],
    ['--segment-bytes 64', /--segment-bytes: not with an input directory/],
  ] as const) {
    const { code, stderr } = await command(options, path.join(directory, 'in'));
    t.equal(code, 2, options);
    t.match(stderr, message);
  }
});

/** Bytes that never repeat with a segment's length. */
function contentOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index++) bytes[index] = (index * 31 + (index >> 8) * 7) & 255;
  return bytes;
}

t.test('a real file arrives byte for byte, whatever its length', async (t) => {
  for (const [length, options] of [
    [5_000_001, '--ranks 5'],
    [5_000_001, '--ranks 5 --threads 2 --transfer copy --segment-bytes 100kB'],
    [16384 * 3, '--ranks 4'],
    [1, '--ranks 4'],
    [0, '--ranks 4'],
  ] as const) {
    const directory = t.testdir({});
    const file = path.join(directory, 'content.iso');
    const bytes = contentOf(length);
    writeFileSync(file, bytes);
    const out = path.join(directory, 'out');
    const run = await runJson(`run ${options}`, '--content', file, '--out', out);
    t.equal(run.code, 0, `${length} bytes, ${options}`);
    const clients = run.result.config.ranks - 2;
    t.equal(run.result.totals.bytesDelivered, length * clients);
    const names = Array.from({ length: clients }, (_, index) => `client${index + 2}_content.iso`);
    t.strictSame(readdirSync(out).sort(), names);
    for (const name of names) t.ok(bytes.equals(readFileSync(path.join(out, name))), name);
  }
});

t.test('an output that can not be written is an input error, not a defect', async (t) => {
  const directory = t.testdir({ 'client2_file0.bin': { 'in-the-way': '' } });
  const args = '--ranks 4 --segments 20 --threads 2 --out';
  const { code, stdout, stderr } = await command(args, directory);
  t.equal(code, 2);
  t.equal(stdout, '');
  t.match(stderr, /^bt-shm: [^\n]*client2_file0\.bin: expected an output file that can be written/);
});
