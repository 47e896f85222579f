import t from 'tap';

import { planMatrix } from '../../../src/swarm/compare/index.js';
import { TimeLeft } from '../../../src/swarm/compare/time-left.js';

const matrix = planMatrix({
  contenders: ['seed', 'random'].map((name) => ({ name, options: { strategy: name } })),
  runs: 4,
});
const [slow, fast] = matrix.cells;

t.test('nothing is known before the first run is over', (t) => {
  const left = new TimeLeft(matrix, 2);
  t.equal(left.ms([{ cell: slow, share: 0.5 }]), undefined);
  t.end();
});

t.test('each strategy is estimated by its own runs, over all jobs', (t) => {
  const left = new TimeLeft(matrix, 2);
  left.ran(slow, 1000);
  t.equal(left.ms([]), (7 * 1000) / 2, 'the other one is not known yet');
  left.ran(fast, 100);
  t.equal(left.ms([]), (3 * 1000 + 3 * 100) / 2);
  t.equal(left.ms([{ cell: slow, share: 0.5 }]), (2.5 * 1000 + 3 * 100) / 2);
  t.end();
});

t.test('stored runs take no time, and the last run has one job', (t) => {
  const left = new TimeLeft(matrix, 8);
  for (const cell of matrix.cells.slice(0, 6)) left.recalled(cell);
  left.ran(matrix.cells[6], 500);
  t.equal(left.ms([]), 500);
  left.ran(matrix.cells[7], 500);
  t.equal(left.ms([]), 0);
  t.end();
});
