/** Makes the reports in examples/reports anew, from the configurations beside them. */
import { spawnSync } from 'node:child_process';
import { URL, fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The configurations, with the metric that heads the report. */
const STUDIES = {
  staleness: 'lastCompletion',
  'free-riders': 'freeRiderPenalty',
  placement: 'segmentsPerSecond',
};

for (const [name, metric] of Object.entries(STUDIES)) {
  const stem = `examples/reports/${name}`;
  const args = ['compare', '--config', `${stem}.json`, '--metric', metric];
  const exports = ['--export-markdown', `${stem}.md`, '--export-html', `${stem}.html`];
  const { status } = spawnSync(
    process.execPath,
    ['dist/src/cli/main.js', ...args, ...exports, '--quiet'],
    { cwd: ROOT, stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 1);
}
