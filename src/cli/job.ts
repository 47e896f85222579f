/** The job of an MPI launcher that a command is run in, if it is. */
import { MpiError } from '../comm/mpi/errors.js';
import { findLauncher } from '../comm/mpi/launcher.js';
import { EXIT_CODES, type ExitCode, exitCodeOf } from '../errors.js';
import { packageVersion } from '../report/environment.js';
import { Cluster } from '../swarm/cluster/cluster.js';
import { complain } from './output.js';

/** Names the library of MPI, where it is not found by its usual name. */
const LIBRARY_VARIABLE = 'BT_SHM_MPI_LIBRARY';

/**
 * Does what a command is to do, over the processes of a job where a launcher such as mpirun has
 * started several. Process 0 speaks for all of them.
 *
 * @param mpi - whether MPI was asked for in so many words
 * @param command - gets the job, or nothing where this process is alone; gives the exit code
 * @throws MpiError where there is a job and MPI can't be used
 */
export async function inJob(
  mpi: boolean,
  command: (cluster: Cluster | undefined) => Promise<ExitCode>,
): Promise<ExitCode> {
  const launcher = findLauncher(process.env);
  if (!mpi && (launcher === undefined || launcher.processes === 1)) return command(undefined);
  let cluster: Cluster;
  try {
    cluster = await Cluster.join(launcher, packageVersion(), process.env[LIBRARY_VARIABLE]);
  } catch (error) {
    // All processes find the same; one of them says so.
    if (error instanceof MpiError && (launcher?.process ?? 0) !== 0) return EXIT_CODES.done;
    throw error;
  }
  const [bound] = cluster.idleCores;
  if (bound !== undefined && cluster.process === 0) {
    complain(
      `note: the launcher has bound the processes on ${bound.host} to ${bound.cores} of its ` +
        `${bound.machineCores} cores; with mpirun --bind-to none they use all`,
    );
  }
  return speakFor(cluster, command);
}

async function speakFor(
  cluster: Cluster,
  command: (cluster: Cluster | undefined) => Promise<ExitCode>,
): Promise<ExitCode> {
  let code: ExitCode;
  try {
    code = await command(cluster);
  } catch (error) {
    const failure = exitCodeOf(error);
    const isFatal = failure === EXIT_CODES.internal || failure === EXIT_CODES.rankDied;
    if (isFatal || error instanceof MpiError) {
      // The others might wait for this one for ever: the launcher ends them.
      process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
      await cluster.abort(failure);
    }
    await cluster.leave();
    if (cluster.process !== 0) return EXIT_CODES.done;
    throw error;
  }
  // A dead process would be waited for in vain.
  if (cluster.isBroken) await cluster.abort(code === EXIT_CODES.done ? EXIT_CODES.rankDied : code);
  await cluster.leave();
  return cluster.process === 0 ? code : EXIT_CODES.done;
}
