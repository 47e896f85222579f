import t from 'tap';

import {
  escapeControls,
  formatByteRate,
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatExactSize,
  formatMemory,
  formatRanges,
  formatRanks,
  formatRate,
  formatShare,
  formatSignificant,
  plural,
  shorten,
  toRanges,
  wrapText,
} from '../../src/report/format.js';

/** Checks a formatter against what a reader should see. */
function assertFormats<Value>(
  name: string,
  format: (value: Value) => string,
  cases: readonly (readonly [value: Value, text: string])[],
): void {
  t.test(name, (t) => {
    for (const [value, text] of cases) t.equal(format(value), text, String(value));
    t.end();
  });
}

assertFormats('counts have thousands separators', formatCount, [
  [0, '0'],
  [999, '999'],
  [620000, '620,000'],
  [1234567890, '1,234,567,890'],
]);

assertFormats('three digits are significant, and there is no exponent', formatSignificant, [
  [0, '0'],
  [1.2749, '1.27'],
  [9.996, '10.0'],
  [62.14, '62.1'],
  [99.96, '100'],
  [488.4, '488'],
  [123456, '123,456'],
  [0.01618, '0.0162'],
  [0.1, '0.100'],
  [0.000526, '0.000526'],
]);

assertFormats('rates grow into the next prefix before they show 1000', (v) => formatRate(v, 'x'), [
  [0, '0 x/s'],
  [512, '512 x/s'],
  [12.345, '12.3 x/s'],
  [999.4, '999 x/s'],
  [999.6, '1.00 k x/s'],
  [75_244, '75.2 k x/s'],
  [1_270_000, '1.27 M x/s'],
  [999_600, '1.00 M x/s'],
]);

assertFormats('bytes go in steps of 1000', formatBytes, [
  [0, '0 B'],
  [5, '5 B'],
  [10_158_080_000, '10.2 GB'],
  [163_840, '164 kB'],
]);

assertFormats('rates of bytes end in a second', formatByteRate, [[20_800_000_000, '20.8 GB/s']]);

assertFormats('memory goes in steps of 1024', formatMemory, [
  [50_482, '49.3 KiB'],
  [2 ** 31, '2.00 GiB'],
  [1023, '1023 B'],
  [1023.9 * 1024, '1.00 MiB'],
]);

assertFormats('sizes are exact', formatExactSize, [
  [0, '0 bytes'],
  [1, '1 byte'],
  [16_384, '16 KiB'],
  [1_048_576, '1 MiB'],
  [16_385, '16,385 bytes'],
  [1536, '1,536 bytes'],
  [100_000, '100,000 bytes'],
]);

assertFormats('durations take the unit that fits', formatDuration, [
  [0, '0 ms'],
  [0.4217, '0.422 ms'],
  [488.2, '488 ms'],
  [999.6, '1.00 s'],
  [8240, '8.24 s'],
  [59_960, '1 min 00 s'],
  [185_000, '3 min 05 s'],
  [3_599_600, '1 h 00 min'],
  [7_500_000, '2 h 05 min'],
]);

assertFormats('a clock shows whole seconds that are left', formatClock, [
  [-1, '0:00'],
  [6.2, '0:07'],
  [750, '12:30'],
  [3723, '1:02:03'],
]);

assertFormats('shares are whole percents, small ones apart', formatShare, [
  [0, '0%'],
  [0.0042, '0.4%'],
  [0.944, '94%'],
  [1.03, '103%'],
]);

t.test('nouns agree with their count', (t) => {
  t.equal(plural(1, 'rank'), '1 rank');
  t.equal(plural(0, 'rank'), '0 ranks');
  t.equal(plural(2000, 'rank'), '2,000 ranks');
  t.end();
});

t.test('numbers in a row become ranges, and long lists are cut', (t) => {
  t.strictSame(toRanges([]), []);
  t.strictSame(toRanges([0, 1, 2, 5, 7, 8]), [
    [0, 2],
    [5, 5],
    [7, 8],
  ]);
  t.equal(formatRanges(toRanges([0, 1, 2, 5, 7, 8])), '0-2, 5, 7-8');
  t.equal(formatRanges(toRanges([0, 2, 4, 6]), 2), '0, 2 and 2 ranges more');
  t.equal(formatRanges(toRanges([0, 2, 4]), 2), '0, 2 and 1 range more');
  t.equal(formatRanges(toRanges([0, 2]), 2), '0, 2');
  t.equal(formatRanks([5]), 'rank 5');
  t.equal(formatRanks([16, 3, 2, 4]), 'ranks 2-4, 16');
  t.end();
});

t.test('control characters can not reach a terminal', (t) => {
  t.equal(escapeControls('a\x1b[31m\nb'), 'a\\x1b[31m\\x0ab');
  t.end();
});

t.test('text is cut in the middle and wrapped at spaces', (t) => {
  t.equal(shorten('short', 5), 'short');
  t.equal(shorten('/a/long/path/name', 9), '/a/...ame');
  t.strictSame(wrapText('', 5), ['']);
  t.strictSame(wrapText('one two three', 7), ['one two', 'three']);
  t.strictSame(wrapText('abcdefghij k', 4), ['abcd', 'efgh', 'ij k']);
  for (const line of wrapText('many words of many lengths, in-one-line-or-another', 9)) {
    t.ok(line.length <= 9, line);
  }
  t.end();
});
