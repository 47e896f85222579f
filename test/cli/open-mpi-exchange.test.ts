import { testExchange } from './mpi-suite.js';

testExchange('Open MPI');
