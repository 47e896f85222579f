import t, { type Test } from 'tap';

import {
  parseArrivals,
  parseClasses,
  parseDelay,
  parseGraph,
  parseLatency,
  parseMilliseconds,
  parseMix,
  parseRate,
} from '../../../src/swarm/virtual/text.js';

/** Each text that `parse` refuses is named in the message, and what was expected. */
function refuses(
  t: Test,
  parse: (text: string) => unknown,
  texts: readonly string[],
  expected: RegExp,
): void {
  for (const text of texts) {
    const error = { code: 'ERR_BTSHM_USAGE', message: expected };
    t.throws(() => parse(text), error, JSON.stringify(text));
    const shown = new RegExp(`found ${escape(JSON.stringify(text))}$`);
    t.throws(() => parse(text), { message: shown });
  }
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

t.test('rates are bytes a second', (t) => {
  const rates: [text: string, bytes: number][] = [
    ['400kbit', 50_000],
    ['1.5Mbit', 187_500],
    ['1Gbit/s', 125_000_000],
    ['100kB', 100_000],
    ['100 KiB', 102_400],
    ['.5MB', 500_000],
    ['unlimited', 0],
  ];
  for (const [text, bytes] of rates) {
    t.equal(parseRate(text), bytes, text);
  }
  refuses(t, parseRate, ['', '5', '0kbit', '-1kbit', '1 e3kbit', 'fast', '5parsec'], /a rate such/);
  t.end();
});

t.test('times are milliseconds, without a unit seconds', (t) => {
  t.equal(parseMilliseconds('50ms'), 50);
  t.equal(parseMilliseconds('1.5s'), 1500);
  t.equal(parseMilliseconds('2'), 2000);
  t.equal(parseMilliseconds('0'), 0);
  refuses(t, parseMilliseconds, ['', '-1', '5m', '1e3', 'Infinity', 'soon'], /a time such as/);
  t.end();
});

t.test('a latency is a time or a square matrix', (t) => {
  t.strictSame(parseLatency('50ms'), [[50]]);
  t.strictSame(parseLatency('10,80;80,10.5'), [
    [10, 80],
    [80, 10.5],
  ]);
  t.strictSame(parseLatency('10, 80; 80, 10'), [
    [10, 80],
    [80, 10],
  ]);
  const wrong = ['1,2', '1,2;3', '1,2;3,x', '1,;2,3', '-1,1;1,1', '1,Infinity;1,1', '0x1,1;1,1'];
  refuses(t, parseLatency, wrong, /a square matrix in ms/);
  refuses(t, parseLatency, ['soon', ''], /a time such as/);
  t.end();
});

t.test('classes are shares with a rate down and up', (t) => {
  t.strictSame(parseClasses('33%:6000/3000kbit,10.5%:1/2MB'), [
    { share: 0.33, down: 750_000, up: 375_000 },
    { share: 0.105, down: 1e6, up: 2e6 },
  ]);
  refuses(t, parseClasses, ['', '33:1/2kbit', '33%:1kbit', '33%:1/2kbit,'], /classes such as/);
  refuses(t, parseClasses, ['0%:1/2kbit', '101%:1/2kbit'], /shares above 0 %/);
  t.throws(() => parseClasses('33%:1/2parsec'), { message: /a rate such as/ });
  t.end();
});

t.test('a mix is names with shares', (t) => {
  t.strictSame(parseMix('tit-for-tat:90%,free-rider:10%'), [
    { name: 'tit-for-tat', share: 0.9 },
    { name: 'free-rider', share: 0.1 },
  ]);
  refuses(t, parseMix, ['', 'free-rider', 'free-rider:10', 'a:10%;b:20%', ':10%'], /parts such as/);
  refuses(t, parseMix, ['a:0%', 'a:100.1%'], /shares above 0 %/);
  t.end();
});

t.test('delays are fixed, random or never over', (t) => {
  t.strictSame(parseDelay('never'), { kind: 'never', seconds: 0 });
  t.strictSame(parseDelay('forever'), { kind: 'never', seconds: 0 });
  t.strictSame(parseDelay('600'), { kind: 'fixed', seconds: 600 });
  t.strictSame(parseDelay('500ms'), { kind: 'fixed', seconds: 0.5 });
  t.strictSame(parseDelay('exp:600s'), { kind: 'exponential', seconds: 600 });
  for (const text of ['', 'exp:', 'exp:-5', 'later']) {
    t.throws(() => parseDelay(text), { code: 'ERR_BTSHM_USAGE' }, text);
  }
  t.end();
});

t.test('arrivals are at once, at random or in a file', (t) => {
  t.strictSame(parseArrivals('at-once'), { kind: 'at-once' });
  t.strictSame(parseArrivals('poisson:0.5'), { kind: 'poisson', perSecond: 0.5 });
  t.strictSame(parseArrivals('trace:a:b.txt'), { kind: 'trace', file: 'a:b.txt' });
  const wrong = [
    '',
    'poisson',
    'poisson:',
    'poisson:0',
    'poisson:-1',
    'poisson:x',
    'trace:',
    'x:1',
  ];
  refuses(t, parseArrivals, wrong, /at-once, poisson:RATE/);
  t.end();
});

t.test('graphs are named, with a number where they need one', (t) => {
  t.strictSame(parseGraph('tracker'), { kind: 'tracker' });
  t.strictSame(parseGraph('full'), { kind: 'full' });
  t.strictSame(parseGraph('regular:4'), { kind: 'regular', degree: 4 });
  t.strictSame(parseGraph('zones:1'), { kind: 'zones', outside: 1 });
  const wrong = ['', 'ring', 'regular', 'regular:1', 'regular:2.5', 'zones:0', 'full:3'];
  refuses(t, parseGraph, wrong, /tracker, full, regular:K/);
  t.end();
});
