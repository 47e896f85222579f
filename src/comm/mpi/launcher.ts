/** Whether a launcher such as mpirun has started this process, and of which family of MPI it is. */

/** Families of MPI by what differs in their binary interface. */
export type MpiFamily = 'Open MPI' | 'MPICH';

/** What a launcher says about its job. */
export interface LaunchedBy {
  readonly family: MpiFamily;
  /** Number of this process, from 0. */
  readonly process: number;
  readonly processes: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables that launchers set: number and count of the processes. Slurm's own are not among them:
 * it sets them for programs that know nothing of MPI, too.
 */
const LAUNCHERS: readonly { family: MpiFamily; process: string; processes: string }[] = [
  { family: 'Open MPI', process: 'OMPI_COMM_WORLD_RANK', processes: 'OMPI_COMM_WORLD_SIZE' },
  { family: 'MPICH', process: 'PMI_RANK', processes: 'PMI_SIZE' },
];

/**
 * Finds the launcher's variables.
 *
 * @param environment - usually `process.env`
 * @returns what they say, or `undefined` where no launcher of an MPI started this process
 */
export function findLauncher(environment: Environment): LaunchedBy | undefined {
  for (const { family, process, processes } of LAUNCHERS) {
    const own = numberIn(environment[process]);
    const all = numberIn(environment[processes]);
    if (own === undefined || all === undefined) continue;
    return { family, process: own, processes: all };
  }
  return undefined;
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
