import t from 'tap';

import { METRICS } from '../../../src/report/comparison/metrics.js';
import { sampleOf } from '../../../src/report/comparison/sample.js';
import { resultOf } from '../results.js';

t.test('takes every figure of a run in virtual time', (t) => {
  const sample = sampleOf(
    resultOf({
      config: { clock: 'virtual', seed: 9 },
      totals: { nacks: 500, requests: 2500, messages: 5000 },
      ranks: [1, 2, 3, 4].map((rank) => ({
        rank,
        role: rank === 1 ? 'seed' : 'client',
        thread: 0,
        segmentsDownloaded: 0,
        segmentsUploaded: rank,
        completionSeconds: rank * 10,
      })),
      optimum: { bound: 'fluid', seconds: 20, gap: 2 },
      digest: 'abc',
    }),
    'a',
    3,
  );
  t.match(sample, { contender: 'a', point: 3, seed: 9, complete: true, digest: 'abc' });
  t.strictSame(sample.completionSeconds, [20, 30, 40], 'a seed completes nothing');
  t.strictSame(sample.segmentsUploaded, [1, 2, 3, 4]);
  t.strictSame(sample.values, {
    lastCompletion: 40,
    meanCompletion: 30,
    medianCompletion: 30,
    p95Completion: 39,
    segmentsPerSecond: 4000,
    uploadJain: 0.998,
    uploadGini: 0.01,
    nackShare: 0.2,
    messagesPerSegment: 2.5,
    trackerRequests: 200,
    optimumGap: 2,
  });
  t.strictSame(
    Object.keys(sample.values),
    METRICS.map(({ key }) => key).filter((key) => key !== 'freeRiderPenalty'),
  );
  t.end();
});

t.test('takes seconds of a run in real time, and leaves out what it has not', (t) => {
  const { values } = sampleOf(resultOf({ totals: { requests: 0 } }), 'a', 0);
  t.equal(values['lastCompletion'], 0.43);
  t.notOk('optimumGap' in values);
  t.notOk('nackShare' in values);
  t.end();
});

t.test('free riders are held against all other clients that were through', (t) => {
  const { ranks } = resultOf();
  const client = { ...ranks[3], role: 'client' as const };
  const mixed = [
    ...ranks.slice(0, 2),
    { ...client, rank: 2, part: 'free-rider', completionSeconds: 30 },
    { ...client, rank: 3, part: 'tit-for-tat', completionSeconds: 10 },
    { ...client, rank: 4, completionSeconds: 20 },
    { ...client, rank: 5, part: 'free-rider' },
  ];
  const { values } = sampleOf(resultOf({ ranks: mixed }), 'a', 0);
  t.equal(values['freeRiderPenalty'], 2);
  const alone = mixed.filter(({ part }) => part !== undefined);
  const without = sampleOf(resultOf({ ranks: alone.slice(0, 1) }), 'a', 0);
  t.notOk('freeRiderPenalty' in without.values, 'nobody to hold them against');
  t.end();
});
