import fc from 'fast-check';
import t from 'tap';

import { colourPaint, plainPaint } from '../../src/report/paint.js';
import { type SummaryContext, headline, summarize } from '../../src/report/summary.js';
import type { RunResult } from '../../src/swarm/result.js';
import { resultOf } from './results.js';

const CONTEXT: SummaryContext = { paint: plainPaint, cores: 2, packedByDefault: false };

t.test('the headline tells what was delivered, how it was checked and how fast', (t) => {
  const cases: [result: RunResult, text: string][] = [
    [resultOf(), '2,000 segments delivered, every one checked: 4.00 k segments/s, 65.5 MB/s'],
    [
      resultOf({ config: { verify: 'once' } }),
      '2,000 segments delivered, each checked once: 4.00 k segments/s, 65.5 MB/s',
    ],
    [
      resultOf({ config: { verify: 'none' } }),
      '2,000 segments delivered, unchecked: 4.00 k segments/s, 65.5 MB/s',
    ],
    [
      resultOf({ config: { segmentBytes: 0 }, totals: { bytesDelivered: 0, bytesPerSecond: 0 } }),
      '2,000 segments delivered, without content: 4.00 k segments/s',
    ],
    [
      resultOf({ totals: { segmentsDelivered: 0 } }),
      'Nothing to deliver: no client lacks a segment.',
    ],
    [resultOf({ outcome: 'interrupted' }), 'Interrupted after 615 ms: 2,000 segments delivered'],
    [
      resultOf({
        outcome: 'stalled',
        missing: [{ rank: 3, file: 'f', ranges: [[0, 1233]], count: 1234 }],
      }),
      'Stalled, no progress for 10 s: 2,000 segments delivered, 1,234 missing',
    ],
    [
      resultOf({
        outcome: 'segments-missing',
        missing: [{ rank: 3, file: 'f', ranges: [], count: 0 }],
      }),
      'Incomplete: 2,000 segments delivered, 1 wanted file without an owner',
    ],
    [
      resultOf({
        outcome: 'rank-died',
        ranks: resultOf().ranks.map((rank) =>
          rank.rank === 1 ? { ...rank, died: { atMs: 120, reason: 'out of memory' } } : rank,
        ),
      }),
      'Rank 1 died, incomplete: 2,000 segments delivered',
    ],
  ];
  for (const [result, text] of cases) t.equal(headline(result), text);
  t.end();
});

t.test('a summary is aligned, and each figure has its unit', (t) => {
  const text = summarize(resultOf(), {
    ...CONTEXT,
    hashRate: { bytesPerSecond: 65_536_000, segmentsPerSecond: 4000 },
  });
  t.equal(
    text,
    `2,000 segments delivered, every one checked: 4.00 k segments/s, 65.5 MB/s

  Swarm       4 ranks (tracker, 1 seed, 2 clients) on 4 threads, 2 cores
  Content     1,000 segments of 16 KiB (16.4 MB), sha1, zero-copy
  Strategy    least-loaded, pieces random, load shared, window 128, refresh 10

  Start-up    100 ms    threads, content, registration
  Exchange    500 ms    from the release of the clients to the last segment
  Teardown    10.0 ms   until all threads ended

  Rate        4.00 k segments/s   65.5 MB/s
  Hash limit  50% of 2 cores x 65.5 MB/s (sha1, measured on one core)
  Messages    4,400               2.20 a segment
  Wake-ups    50                  0.0250 a segment

  Uploads     most 700, mean 667, Jain's index 0.998 (1: all equal)
  Finished    first 420 ms, median 420 ms, last 430 ms (ranks 2, 2, 3)
  Transport   49.3 KiB of shared memory a rank
`,
  );
  t.end();
});

t.test('a summary says how many threads did nothing but hash', (t) => {
  const text = summarize(resultOf({ config: { hashThreads: 2 } }), CONTEXT);
  t.match(text, '(16.4 MB), sha1 on 2 threads, zero-copy\n');
  t.end();
});

t.test('ranks that share threads by default are said to', (t) => {
  t.match(summarize(resultOf(), { ...CONTEXT, packedByDefault: true }), 'share a thread');
  t.notMatch(summarize(resultOf(), CONTEXT), 'share a thread');
  t.end();
});

t.test('a stalled run shows every wait once, and each fill', (t) => {
  const wait = { waitsFor: '7 segments of f', tag: 'SegmentAnswer', from: [1] };
  const text = summarize(
    resultOf({
      outcome: 'stalled',
      waits: [
        { rank: 2, ...wait },
        { rank: 3, ...wait },
      ],
      fills: [{ thread: 3, byTag: { SegmentRequest: 12, LoadRequest: 1 } }],
      silentThreads: [1],
    }),
    CONTEXT,
  );
  t.match(text, '  Waiting     ranks 2-3 for 7 segments of f (SegmentAnswer) from rank 1\n');
  t.match(text, '  Channels    thread 3: SegmentRequest 12, LoadRequest 1\n');
  t.match(text, '  Silent      thread 1, which hosts rank 1, did not answer\n');
  t.end();
});

t.test('deaths are told by thread, with when and why', (t) => {
  const died = { atMs: 1230, reason: 'out of\nmemory' };
  const ranks = resultOf().ranks.map((rank) =>
    rank.rank < 3 ? { ...rank, thread: rank.rank >> 1, died } : rank,
  );
  const text = summarize(resultOf({ outcome: 'rank-died', ranks }), CONTEXT);
  t.match(text, 'Died        ranks 0-1 (all of thread 0, with the tracker) after 1.23 s: out');
  t.match(text, 'rank 2 after 1.23 s: out of\\x0amemory\n');
  t.end();
});

t.test('in virtual time ranks of one thread die each by itself', (t) => {
  const ranks = resultOf().ranks.map((rank) =>
    rank.rank < 2
      ? rank
      : { ...rank, thread: 0, died: { atSeconds: rank.rank, reason: 'a crash' } },
  );
  const config = { clock: 'virtual' } as const;
  const faults = [{ fault: 'crash:rank=2,at=0.5', atSeconds: 2, requestsReissued: 3 }];
  const text = summarize(resultOf({ config, ranks, faults }), CONTEXT);
  t.match(text, 'Injected    crash:rank=2,at=0.5 after 2.00 s, 3 requests made anew\n');
  t.match(text, 'Died        rank 2 after 2.00 s: a crash\n');
  t.match(text, '            rank 3 after 3.00 s: a crash\n');
  t.end();
});

t.test('clients that lack the same share a line, and long lists are cut', (t) => {
  const ranges = Array.from({ length: 9 }, (_, index) => [index * 2, index * 2] as const);
  const text = summarize(
    resultOf({
      outcome: 'segments-missing',
      missing: [
        { rank: 2, file: 'f', ranges, count: 9 },
        { rank: 3, file: 'f', ranges, count: 9 },
        ...[4, 5, 6, 7].map((rank) => ({ rank, file: `g${rank}`, ranges, count: 9 })),
      ],
    }),
    CONTEXT,
  );
  t.match(text, 'f, ranks 2-3: 9 segments: 0, 2, 4, 6, 8, 10 and 3 ranges more\n');
  t.match(text, 'and 1 list more (--json has all)\n');
  t.end();
});

t.test('no line of a summary is wider than 80 columns, whatever it holds', (t) => {
  const name = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 240 });
  const count = fc.nat();
  fc.assert(
    fc.property(name, count, fc.array(fc.nat(), { maxLength: 40 }), (file, size, from) => {
      const result = resultOf({
        outcome: 'stalled',
        config: { content: file, out: file, window: 65_535, ranks: 1_000_000, threads: 1_000_000 },
        missing: [{ rank: size, file, ranges: [[0, size]], count: size }],
        waits: [
          { rank: size, waitsFor: `${size} segments of ${file}`, tag: 'SegmentAnswer', from },
        ],
        fills: [{ thread: size, byTag: { SegmentAnswer: size, SegmentRequest: size } }],
        totals: { segmentsDelivered: size, messages: size, nacks: size, hashFailures: size },
      });
      const hashRate = { bytesPerSecond: 1e9, segmentsPerSecond: 1e5 };
      const text = summarize(result, { ...CONTEXT, packedByDefault: true, hashRate });
      return text.split('\n').every((line) => line.length <= 80);
    }),
  );
  t.end();
});

t.test('colours change nothing but colours', (t) => {
  const result = resultOf({ outcome: 'interrupted', totals: { missedWakes: 1 } });
  const painted = summarize(result, { ...CONTEXT, paint: colourPaint });
  // eslint-disable-next-line no-control-regex -- colours are control sequences
  t.equal(painted.replace(/\x1b\[\d+m/g, ''), summarize(result, CONTEXT));
  t.not(painted, summarize(result, CONTEXT));
  t.end();
});
