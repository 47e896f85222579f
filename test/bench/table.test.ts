import t from 'tap';
import { atLeast, atMost, judge } from '../../bench/report.js';
import { formatFigure, formatRatio, renderTable } from '../../bench/table.js';
import { plainPaint } from '../../src/report/paint.js';

t.test('draws a measurement with its peers, ratios, targets and verdicts', (t) => {
  const measurements = [
    judge({
      name: '16 B',
      unit: 'msg/s',
      samples: [31.2e6, 29.9e6, 32e6],
      comparisons: [
        {
          peer: { name: 'Open MPI, one way', version: '4.1.4', unit: 'msg/s', value: 12e6 },
          target: atLeast(2),
        },
        {
          peer: { name: 'postMessage, one way', version: 'Node 20', unit: 'msg/s', value: 1e6 },
          target: atLeast(50),
        },
        { peer: { name: 'MPICH', unit: 'msg/s', skipped: 'not installed' }, target: atLeast(2) },
      ],
    }),
    judge({
      name: 'memory',
      unit: 'B',
      samples: [50_688],
      target: atMost(131_072),
      notes: ['rings only'],
    }),
    judge({
      name: 'missed',
      unit: 'wake-ups',
      samples: [0, 0],
      summary: 'total',
      target: atMost(0),
    }),
    judge({ name: 'broken', unit: 'ns', samples: [], failure: 'sum is wrong', target: atMost(1) }),
  ];
  t.equal(
    renderTable('channel', measurements, plainPaint),
    [
      'channel               figure    range or ratio      target',
      '  16 B, msg/s         31.2 M  29.9 M .. 32.0 M',
      '    Open MPI 4.1.4    12.0 M              2.6x       >= 2x  met',
      '    postMessage       1.00 M             31.2x      >= 50x  missed',
      '    MPICH            skipped                         >= 2x  skipped',
      '      skipped: not installed',
      '  memory            49.5 KiB                    <= 128 KiB  met',
      '      rings only',
      '  missed                   0         in 2 runs           0  met',
      '  broken                   -                    <= 1.00 ns  failed',
      '      failed: sum is wrong',
      '',
    ].join('\n'),
  );
  t.end();
});

t.test('puts a question mark to verdicts that others may have changed', (t) => {
  const peer = { name: 'peer', unit: 'ns', value: 1 } as const;
  const time = { name: 'time', unit: 'ns', samples: [1] } as const;
  const measurements = [
    judge({ ...time, target: atLeast(1) }),
    judge({ ...time, comparisons: [{ peer, target: atMost(0.5) }] }),

    judge({ name: 'memory', unit: 'B', samples: [1], target: atLeast(1) }),
  ];
  const verdicts = (isDoubtful: boolean): string[] | null =>
    renderTable('time', measurements, plainPaint, isDoubtful).match(/(met|missed)\??$/gm);
  t.strictSame(verdicts(true), ['met?', 'missed?', 'met'], 'memory does not depend on others');
  t.strictSame(verdicts(false), ['met', 'missed', 'met']);
  t.end();
});

t.test('tells figures in the unit that fits', (t) => {
  const cases = [
    [571.3, 'ns', '571 ns'],
    [13_670, 'ns', '13.7 us'],
    [942e6, 'ns', '942 ms'],
    [3.753e9, 'ns', '3.75 s'],
    [488, 'segments/s', '488'],
    [1.36e6, 'segments/s', '1.36 M'],
    [2.94e9, 'B/s', '2.94 GB/s'],
    [2 ** 30, 'B', '1.00 GiB'],
    [1234, 'wake-ups', '1,234'],
  ] as const;
  for (const [value, unit, text] of cases) t.equal(formatFigure(value, unit), text);
  t.end();
});

t.test('tells a ratio by three digits, or as it is', (t) => {
  t.equal(formatRatio(50), '50x');
  t.equal(formatRatio(1.2), '1.2x');
  t.equal(formatRatio(2.6249), '2.62x');
  t.equal(formatRatio(0.9994), '0.999x');
  t.end();
});
