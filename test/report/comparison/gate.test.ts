import t from 'tap';

import { UsageError } from '../../../src/errors.js';
import { analyse } from '../../../src/report/comparison/analyse.js';
import { parseGate } from '../../../src/report/comparison/gate.js';
import { noise, studyOf } from './studies.js';

const NAMES = ['least-loaded', 'random', './mine/a.mjs', 'x:up=9.5Mbit'];

t.test('reads every form of a condition', (t) => {
  t.match(parseGate('least-loaded/random.lastCompletion > 1.05', NAMES), {
    of: 'least-loaded',
    to: 'random',
    metric: 'lastCompletion',
    part: 'estimate',
    operator: '>',
    threshold: 1.05,
  });
  const alone = parseGate(' random.uploadJain.low<=.9 ', NAMES);
  t.match(alone, { of: 'random', metric: 'uploadJain', part: 'low', operator: '<=' });
  t.equal(alone.threshold, 0.9);
  t.notOk('to' in alone);
  t.match(parseGate('random/./mine/a.mjs.nackShare>=0', NAMES), { to: './mine/a.mjs' });
  t.match(parseGate('x:up=9.5Mbit/random.optimumGap.high < 2e1', NAMES), {
    of: 'x:up=9.5Mbit',
    part: 'high',
    threshold: 20,
  });
  t.end();
});

t.test('an unknown name is an error that lists the known ones', (t) => {
  const refused = (text: string, message: RegExp): void => {
    t.throws(() => parseGate(text, NAMES), UsageError, text);
    t.throws(() => parseGate(text, NAMES), { message });
  };
  refused('leastloaded/random.lastCompletion > 1', /least-loaded, random, .*found leastloaded$/);
  refused('random/random.lastCompletion > 1', /expected names among/);
  refused(
    'random.speed > 1',
    /expected a metric \(lastCompletion, .*freeRiderPenalty\), found speed$/,
  );
  refused('random.lastCompletion = 1', /expected NAME\[\/NAME\]\.METRIC/);
  refused('random.lastCompletion > fast', /expected NAME/);
  refused('random > 1', /expected NAME/);
  t.end();
});

t.test('checks ratios either way round, means, and the ends of intervals', (t) => {
  const rules = {
    a: (seed: number, point: number) => ({ lastCompletion: (point + 2) * (100 + noise(seed)) }),
    b: (seed: number) => ({ lastCompletion: 100 + noise(seed, 1) }),
  };
  const check = (text: string) => {
    const gate = parseGate(text, ['a', 'b']);
    const study = studyOf(rules, 20, [{ refresh: 1 }, { refresh: 2 }]);
    return analyse(study, { gates: [gate] }).gates[0];
  };
  t.match(check('a/b.lastCompletion > 2.5'), { failed: true, numbers: /^(2\.99|3\.0\d)x \(/ });
  t.match(check('a/b.lastCompletion > 3.5'), { failed: false, numbers: /^(1\.99|2\.0\d)x \(/ });
  t.match(check('b/a.lastCompletion < 0.4'), { failed: true, numbers: /^0\.33x \(/ });
  t.match(check('b/a.lastCompletion.high < 0.3'), { failed: false });
  t.match(check('a.lastCompletion >= 300'), { failed: true, numbers: /^30\d \(30\d to 30\d\)$/ });
  t.match(check('a.lastCompletion > 400'), { failed: false });
  t.match(check('a.nackShare > 0'), { failed: true, found: [null, null], numbers: 'no figures' });
  t.equal(check('a/b.lastCompletion > 2.5').found.length, 2, 'one figure a point');
  t.end();
});
