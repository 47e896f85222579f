// Builds dist/: TypeScript by tsc, the kernel (src/**/assembly) by AssemblyScript, and the entry
// of the worker threads as one file, since 64 threads would load each module 64 times.
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const run = (script, ...args) =>
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });

run(require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.json');
run(
  join(dirname(require.resolve('assemblyscript/package.json')), 'bin/asc.js'),
  '--target',
  'release',
);
buildSync({
  absWorkingDir: root,
  entryPoints: [
    'src/swarm/host-worker.ts',
    'src/swarm/hash-worker.ts',
    'src/swarm/virtual/host-worker.ts',
  ],
  outbase: '.',
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  allowOverwrite: true,
  logLevel: 'warning',
});
chmodSync(join(root, 'dist/src/cli/main.js'), 0o755);
