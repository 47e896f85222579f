import { spawn } from 'node:child_process';
import * as path from 'node:path';
import t from 'tap';

const ROOT = path.join(__dirname, '../..');

/** `CAMPAIGN_RUNS` asks for more, `CAMPAIGN_SEED` for others. */
const RUNS = process.env['CAMPAIGN_RUNS'] ?? '100';
const SEED = process.env['CAMPAIGN_SEED'] ?? '1';

async function campaign(...args: string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, ['scripts/campaign.mjs', ...args], { cwd: ROOT });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, text };
}

t.test(`${RUNS} random swarms with random faults keep what is promised`, async (t) => {
  const { code, text } = await campaign('--runs', RUNS, '--seed', SEED);
  t.comment(text);
  t.equal(code, 0, text);
  t.match(text, `${RUNS} runs, 0 violations`);
  t.match(text, /outcomes: .*"done"/, 'some swarms complete');
  for (const kind of ['crash', 'hang', 'slow', 'corrupt', 'late', 'drop-holder', 'tracker']) {
    t.match(text, `"${kind}":`, `${kind} was injected`);
  }
});
