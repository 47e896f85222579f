import { testJobs } from './mpi-suite.js';

testJobs('MPICH');
