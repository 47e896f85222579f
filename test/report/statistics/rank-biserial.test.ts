import t from 'tap';

import { rankBiserial } from '../../../src/report/statistics/rank-biserial.js';
import { wilcoxonSignedRank } from '../../../src/report/statistics/wilcoxon.js';

t.test('is the part of the ranks above 0 less the part below', (t) => {
  const of = (...differences: number[]): number => rankBiserial(wilcoxonSignedRank(differences));
  t.equal(of(1, 2, 3), 1);
  t.equal(of(-1, -2, -3), -1);
  t.equal(of(), 0);
  t.equal(of(0, 0), 0);
  // Kerby's example: of a sum of ranks of 45, 36 for and 9 against.
  t.equal(of(-1, -8, 2, 3, 4, 5, 6, 7, 9), (36 - 9) / 45);
  t.end();
});
