import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { ROOT, compiled } from './compiled.js';

const { launch } = compiled;

async function run(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    // Without the test runner's flags: as a user runs it.
    env: { PATH: process.env['PATH'] },
  });
  return stdout;
}

t.test('ring passes its token around', async (t) => {
  t.equal(await run('examples/ring.mjs'), 'ranks=4 laps=3 token=18\n');
  t.equal(await run('examples/ring.mjs', '1', '5'), 'ranks=1 laps=5 token=0\n');
  t.strictSame(
    await launch(path.join(ROOT, 'examples/ring.mjs'), { ranks: 3, args: { laps: 2 } }),
    [6, 4, 6],
  );
});

t.test('parallel-sum gives the sum of the squares', async (t) => {
  t.equal(
    await run('examples/parallel-sum.mjs', '3', '1000'),
    'ranks=3 count=1000 sum=333833500\n',
  );
  t.strictSame(
    await launch(path.join(ROOT, 'examples/parallel-sum.mjs'), { ranks: 2, args: { count: 10 } }),
    [385, undefined],
  );
});
