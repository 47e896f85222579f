import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import t from 'tap';

import { command } from '../cli/command.js';

const REPORTS = path.join(__dirname, '../../examples/reports');

/** Those in virtual time, which come out the same on any machine, with the metric at their head. */
const STUDIES = { staleness: 'lastCompletion', 'free-riders': 'freeRiderPenalty' };

for (const [study, metric] of Object.entries(STUDIES)) {
  t.test(`${study}: the report beside the configuration is what it gives`, async (t) => {
    const made = path.join(t.testdir(), 'made.md');
    const config = path.join(REPORTS, `${study}.json`);
    const args = ['--config', config, '--metric', metric, '--export-markdown', made];
    const { code } = await command('compare --quiet', ...args);
    t.equal(code, 0);
    const stored = readFileSync(path.join(REPORTS, `${study}.md`), 'utf8');
    t.equal(figuresOf(readFileSync(made, 'utf8')), figuresOf(stored));
  });
}

/** All but the command, which names another path, and the machine. */
function figuresOf(markdown: string): string {
  const at = markdown.indexOf('\n## How to repeat it');
  const common = markdown.indexOf('\nWhat all runs have in common');
  if (at < 0 || common < at) throw new Error('the report has no such parts');
  return markdown.slice(0, at) + markdown.slice(common);
}
