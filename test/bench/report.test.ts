import t from 'tap';
import { shareOfOthers } from '../../bench/contention.js';
import runBench from '../../bench/index.js';
import {
  type Measurement,
  atLeast,
  atMost,
  judge,
  middle,
  pickPeer,
  tally,
} from '../../bench/report.js';
import { UsageError } from '../../src/errors.js';

const rate = (samples: readonly number[], more: Partial<Measurement> = {}): Measurement => ({
  name: 'rate',
  unit: 'msg/s',
  samples,
  ...more,
});
const peer = { name: 'peer, one way', version: '1.0', unit: 'msg/s', value: 100 } as const;

t.test('sums samples up by their median, and names lowest and highest', (t) => {
  t.match(judge(rate([30, 10, 20])), { figure: 20, min: 10, max: 30, summary: 'median' });
  t.match(judge(rate([1, 5, 3], { summary: 'highest' })), { figure: 5 });
  t.match(judge(rate([1, 0, 2], { summary: 'total' })), { figure: 3 });
  t.end();
});

t.test('takes the mean of the middle two of an even number of samples', (t) => {
  t.equal(middle([4, 1]), 2.5);
  t.equal(middle([9, 1, 4, 2]), 3);
  t.equal(middle([7]), 7);
  t.equal(middle([100, 9, 10]), 10, 'as numbers, not as text');
  t.end();
});

t.test('says met or missed by the figure alone', (t) => {
  t.equal(judge(rate([20], { target: atLeast(20) })).verdict, 'met');
  t.equal(judge(rate([19.9], { target: atLeast(20) })).verdict, 'missed');
  t.equal(judge(rate([20], { target: atMost(20) })).verdict, 'met');
  t.equal(judge(rate([20.1], { target: atMost(20) })).verdict, 'missed');
  t.equal(judge(rate([20])).verdict, undefined, 'no target, no verdict');
  t.end();
});

t.test('a single missed wake-up misses a target of none, however many runs had none', (t) => {
  const missed = judge(rate([0, 0, 1, 0], { summary: 'total', target: atMost(0) }));
  t.match(missed, { figure: 1, verdict: 'missed' });
  t.end();
});

t.test('compares with a peer by the ratio', (t) => {
  const comparisons = [
    { peer, target: atLeast(2) },
    { peer, target: atLeast(2.1) },
    { peer, target: atMost(1.2) },
    { peer },
  ];
  const judged = judge(rate([200], { comparisons })).comparisons;
  t.strictSame(
    judged.map(({ ratio, verdict }) => [ratio, verdict]),
    [
      [2, 'met'],
      [2, 'missed'],
      [2, 'missed'],
      [2, undefined],
    ],
  );
  t.end();
});

t.test('never calls a target met without both figures', (t) => {
  const absent = { name: 'peer', unit: 'msg/s', skipped: 'not installed' } as const;
  const skipped = judge(rate([200], { comparisons: [{ peer: absent, target: atLeast(2) }] }));
  t.match(skipped.comparisons, [{ verdict: 'skipped', ratio: undefined }]);
  const failed = judge(
    rate([], {
      failure: 'lost a message',
      target: atMost(5),
      comparisons: [{ peer, target: atMost(1) }],
    }),
  );
  t.match(failed, { figure: undefined, verdict: 'failed' });
  t.match(failed.comparisons, [{ verdict: 'failed', ratio: undefined }]);
  t.strictSame(tally([skipped, failed]), { met: 0, missed: 0, skipped: 1, failed: 2 });
  t.end();
});

t.test('finds a peer by name, and says when there is none', (t) => {
  const results = [
    { name: 'Open MPI, one way, 16 B', unit: 'msg/s', value: 1 },
    { name: 'Open MPI, round trip, 16 B', unit: 'ns', value: 2 },
    { name: 'MPICH', unit: 'msg/s', skipped: 'not installed' },
  ] as const;
  t.equal(pickPeer(results, 'Open MPI', 'round trip').value, 2);
  t.equal(pickPeer(results, 'MPICH', 'round trip').skipped, 'not installed');
  t.match(pickPeer(results, 'postMessage'), { name: 'postMessage', skipped: 'not measured' });
  t.end();
});

t.test('counts as others what neither this process nor its children took', (t) => {
  const from = { atMs: 1000, processors: 2, all: 5000, own: 700 };
  t.equal(shareOfOthers(from, { atMs: 2000, processors: 2, all: 6500, own: 1700 }), 0.25);
  t.equal(shareOfOthers(from, { atMs: 2000, processors: 2, all: 6000, own: 1750 }), 0);
  t.equal(shareOfOthers(from, from), 0);
  t.end();
});

t.test('refuses a section that does not exist', async (t) => {
  await t.rejects(runBench({ only: 'chanel' }), UsageError);
});
