/** One file of a swarm. Its id is its index in {@link Workload.files}. */
export interface WorkloadFile {
  /** A plain file name: no path, no control character. */
  readonly name: string;
  /** How many segments the file has; 0 for an empty file. */
  readonly segmentCount: number;
  /** The length of the content in bytes; 0 where only the hashes are known. */
  readonly byteLength: number;
}

/** What a swarm exchanges: the files, and who has and who wants which of them at the start. */
export interface Workload {
  /** Where it came from: generated, read from an input directory, or one real file. */
  readonly kind: 'synthetic' | 'directory' | 'content';
  /** The files, by id. */
  readonly files: readonly WorkloadFile[];
  /**
   * Ids of the files that each rank owns at the start, by rank. Entry 0 (the tracker) is empty;
   * the length is the number of ranks.
   */
  readonly owned: readonly (readonly number[])[];
  /**
   * Ids of the files that each rank wants, by rank and in the order it wants them. No rank wants
   * a file that it owns, and no list names a file twice.
   */
  readonly wanted: readonly (readonly number[])[];
}

/** The ranks that own each file at the start, by id. */
export function ownersOf({ files, owned }: Pick<Workload, 'files' | 'owned'>): number[][] {
  const owners: number[][] = files.map(() => []);
  owned.forEach((own, rank) => {
    for (const file of own) owners[file].push(rank);
  });
  return owners;
}

/**
 * The most segments one file may have: the hashes of a file, 32 characters each, stand in one
 * typed array, which holds at most 2^32 bytes on Node 20.
 */
export const MAX_SEGMENTS = 2 ** 27 - 1;
