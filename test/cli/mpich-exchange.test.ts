import t from 'tap';
import { command, runJson } from './command.js';
import { testExchange } from './mpi-suite.js';

t.test('without a launcher nothing of MPI is needed', async (t) => {
  const { code, result } = await runJson('--ranks 4 --segments 100');
  t.equal(code, 0);
  t.equal(result.processes, undefined);
  const { code: refused, stderr } = await command('--ranks 4 --segments 100 --host-cache');
  t.equal(refused, 2);
  t.match(stderr, /^bt-shm: --host-cache: only over MPI/);
});

testExchange('MPICH');
