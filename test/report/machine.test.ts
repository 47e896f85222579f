import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import { describeEnvironment, packageVersion } from '../../src/report/environment.js';
import { measureHashRate } from '../../src/report/hash-rate.js';
import { colourPaint, paintFor, plainPaint } from '../../src/report/paint.js';

t.test('the environment names versions, machine and arguments', (t) => {
  const environment = describeEnvironment(['--ranks', '4']);
  const manifest = readFileSync(path.resolve(__dirname, '../../package.json'), 'utf8');
  t.equal(environment.version, (JSON.parse(manifest) as { version: string }).version);
  t.match(environment, {
    node: process.versions.node,
    v8: process.versions.v8,
    argv: ['--ranks', '4'],
  });
  t.ok(environment.cores >= 1);
  t.ok(environment.memoryBytes > 0);
  t.ok(environment.load1 >= 0);
  t.not(environment.os, '');
  t.not(environment.cpu, '');
  t.end();
});

t.test('outside a package the version is unknown', (t) => {
  t.equal(packageVersion(path.parse(__dirname).root), 'unknown');
  t.end();
});

t.test('one core hashes at a rate that does not depend on how it is counted', (t) => {
  for (const [name, segmentBytes] of [
    ['sha1', 16_384],
    ['sha256', 1],
    ['md5', 2 ** 30],
  ] as const) {
    const rate = measureHashRate(name, segmentBytes, 5);
    t.ok(rate.bytesPerSecond > 0, name);
    const counted = rate.segmentsPerSecond * segmentBytes;
    t.ok(Math.abs(counted / rate.bytesPerSecond - 1) < 1e-9, 'segments and bytes agree');
  }
  t.end();
});

t.test('colours are for terminals that show them, and NO_COLOR turns them off', (t) => {
  const terminal = { isTTY: true, hasColors: () => true };
  t.equal(paintFor(terminal, {}), colourPaint);
  t.equal(paintFor(terminal, { NO_COLOR: '' }), colourPaint, 'an empty NO_COLOR counts as unset');
  t.equal(paintFor(terminal, { NO_COLOR: '1' }), plainPaint);
  t.equal(paintFor({ ...terminal, hasColors: () => false }, {}), plainPaint);
  t.equal(paintFor({ ...terminal, isTTY: false }, {}), plainPaint);
  t.equal(plainPaint('bad', 'text'), 'text');
  t.not(colourPaint('bad', 'text'), 'text');
  t.end();
});
