// Adds up the squares of 1..N, a share a rank: the root tells everybody N, each rank adds up its
// share, and a reduction adds up the shares.
//
//     node examples/parallel-sum.mjs [RANKS [N]]
import process from 'node:process';
import { URL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { launch } from 'bt-shm';

/** What each rank runs; returns the sum at rank 0. */
export default function parallelSum(comm, { count }) {
  // Only the root looks at its arguments: the others learn the number as they would elsewhere.
  const header = comm.rank === 0 ? new Uint8Array(Float64Array.of(count).buffer) : undefined;
  const [limit] = new Float64Array(comm.bcast(header).buffer);
  let share = 0;
  for (let value = comm.rank + 1; value <= limit; value += comm.size) share += value * value;
  return comm.reduce(Float64Array.of(share), 'sum')?.[0];
}

if (isMainThread) {
  const [ranks = 4, count = 1_000_000] = process.argv.slice(2).map(Number);
  const [sum] = await launch(new URL(import.meta.url), { ranks, args: { count } });
  process.stdout.write(`ranks=${ranks} count=${count} sum=${sum}\n`);
}
