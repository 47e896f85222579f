/** Texts of the help that commander does not make from the options. */
import { EXIT_CODES } from '../errors.js';

const MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  done: 'done: every client has what it wanted, every check passed',
  internal: 'internal error: a defect in bt-shm',
  usage: 'usage, configuration or input error, or not enough memory',
  segmentsMissing: 'segments are missing or fail their hash',
  threshold: 'a published result was not reproduced (bt-shm validate)',
  rankDied: 'a rank died, and the swarm could not finish without it',
  stalled: 'stalled: no progress within --stall-timeout',
  interrupted: 'interrupted; the result is partial (a second Ctrl-C leaves at once)',
};

function exitCodeLines(): string {
  return (Object.keys(MEANINGS) as (keyof typeof EXIT_CODES)[])
    .map((name) => `  ${String(EXIT_CODES[name]).padStart(3)}  ${MEANINGS[name]}`)
    .join('\n');
}

/** One sentence and a half on what the command does. */
export const DESCRIPTION =
  'Runs a BitTorrent-like swarm in one process: rank 0 is the tracker, every other rank a ' +
  'client; segments are exchanged through shared memory and checked against their hashes.';

/** How a run is called, below `Usage: bt-shm`. */
export const RUN_USAGE = `[run] [options]
       bt-shm [run] DIR --out DIR             inputs in1.txt, in2.txt, ...
       bt-shm [run] --content FILE --out DIR  a real file to every client`;

/** @returns what stands below the options */
export function helpAfterOptions(): string {
  return `
Examples:
  bt-shm --ranks 64 --segments 10000          64 ranks, 62 of which want 160 MiB
  bt-shm --ranks 1000 --threads auto          many ranks on one thread a core
  bt-shm --segment-bytes 0                    control traffic alone, no content
  bt-shm --strategy random --picker rarest    other rules; see bt-shm list
  bt-shm --content big.iso --out copies       a real file to 62 clients
  bt-shm inputs --out outputs                 an input directory
  bt-shm --json > result.json                 the result for programs
  bt-shm --config run.json --seed 2           options of a file, one changed
  bt-shm --clock virtual --latency 20ms       the same roles behind slow links
  bt-shm --clock virtual --protocol bep3 --ranks 1001 --up 1Mbit
                                              1,000 BitTorrent peers
  bt-shm --fault crash:rank=5,at=0.5          rank 5 dies half-way
  mpirun -np 4 bt-shm --ranks 256             over four processes or machines

Configuration files:
  A JSON object with the keys of "config" in a result, such as
  {"ranks": 64, "segmentBytes": "16KiB", "faults": ["crash:rank=5,at=0.5"]}.
  Flags override it. Paths in it are taken from the current directory.

Exit codes:
${exitCodeLines()}`;
}
