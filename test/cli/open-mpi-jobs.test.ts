import { testJobs } from './mpi-suite.js';

testJobs('Open MPI');
