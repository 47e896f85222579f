import { testOver } from './mpi-suite.js';

testOver('Open MPI');
