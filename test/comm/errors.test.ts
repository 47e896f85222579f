import t from 'tap';
import {
  AbortedError,
  DeadlockError,
  RankFailedError,
  RecvTimeoutError,
} from '../../src/comm/errors.js';
import { EXIT_CODES, exitCodeOf } from '../../src/errors.js';

t.test('each error between ranks has a name, a code and an exit code', (t) => {
  const cases = [
    [new RankFailedError(2, 'boom'), 'RankFailedError', 'RANK_FAILED', EXIT_CODES.rankDied],
    [new AbortedError('rank 2 failed'), 'AbortedError', 'ABORTED', EXIT_CODES.rankDied],
    [new DeadlockError('rank 0 in recv()'), 'DeadlockError', 'DEADLOCK', EXIT_CODES.stalled],
    [new RecvTimeoutError('no message'), 'RecvTimeoutError', 'TIMEOUT', EXIT_CODES.stalled],
  ] as const;
  for (const [error, name, code, exitCode] of cases) {
    t.equal(error.name, name);
    t.equal(error.code, `ERR_BTSHM_${code}`);
    t.equal(exitCodeOf(error), exitCode, name);
  }
  t.match(cases[0][0], { rank: 2, message: 'rank 2 failed: boom' });
  t.end();
});
