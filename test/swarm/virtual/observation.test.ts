import t from 'tap';

import type { RunOptions } from '../../../src/swarm/config.js';
import type { RunResult } from '../../../src/swarm/result.js';
import { run } from './runs.js';

const SWARMS: Readonly<Record<string, RunOptions>> = {
  ack: { clock: 'virtual', ranks: 12, segments: 40, seeds: 2 },
  // In the endgame some blocks are still under way when the run is over.
  bep3: {
    ...{ clock: 'virtual', protocol: 'bep3', ranks: 12, segments: 40, seeds: 2 },
    endgame: false,
  },
};

for (const [protocol, options] of Object.entries(SWARMS)) {
  t.test(`${protocol}: flows are those of the links, holders those of the end`, async (t) => {
    const result = await run({ ...options, observe: true });
    const { flows, availability } = observationOf(result);
    t.equal(flows.ranksPerGroup, 1);
    // The links' own count of bytes; each block has a few for its head.
    for (const { rank, bytesSent = 0, bytesReceived = 0 } of result.ranks) {
      const received = flows.blocks.map((row) => row[rank]);
      t.equal(sum(flows.blocks[rank]), Math.floor(bytesSent / 16_384), `sent by rank ${rank}`);
      t.equal(sum(received), Math.floor(bytesReceived / 16_384), `received by rank ${rank}`);
    }
    const { least, mean, stepSeconds } = availability;
    t.equal(least[0], 2, 'the seeds at the start');
    t.equal(least.at(-1), 11, 'all at the end');
    t.strictSame(
      least.filter((count, step) => count > mean[step] || count < (least[step - 1] ?? 0)),
      [],
      'the rarest is below the mean, and nobody leaves',
    );
    const seconds = result.timing.virtualSeconds ?? 0;
    t.ok(Math.abs(least.length * stepSeconds - seconds) <= stepSeconds, 'it ends with the run');
  });

  t.test(`${protocol}: to observe changes nothing, and threads do not change it`, async (t) => {
    const unobserved = await run(options);
    t.notOk('observation' in unobserved);
    for (const threads of [1, 2, 7]) {
      const result = await run({ ...options, threads, observe: true });
      t.equal(result.digest, unobserved.digest);
      const first = await run({ ...options, threads: 1, observe: true });
      t.strictSame(observationOf(result), observationOf(first), `${threads} threads`);
    }
  });
}

t.test('who leaves takes its segments along', async (t) => {
  const options: RunOptions = { ...SWARMS['bep3'], seeding: '0.1', observe: true };
  const { least } = observationOf(await run(options)).availability;
  const most = Math.max(...least);
  t.ok(most < 11, `never all: ${most}`);
  const last = least.at(-1) ?? most;
  t.ok(last < most, `${last} after ${most}`);
  t.ok(Math.min(...least) >= 2, 'the seeds stay');
});

t.test('many ranks are seen in groups', async (t) => {
  const result = await run({ clock: 'virtual', ranks: 201, segments: 10, observe: true });
  const { flows } = observationOf(result);
  t.equal(flows.ranksPerGroup, 3);
  t.equal(flows.blocks.length, 67);
  t.equal(sum(flows.blocks.map(sum)), result.totals.blocks);
});

function observationOf({ observation }: RunResult): NonNullable<RunResult['observation']> {
  if (observation === undefined) throw new Error('nothing was observed');
  return observation;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
