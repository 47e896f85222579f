// Returns what it was given, after other ranks had the chance to go on.
import { setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';

export default async function echo(comm, args) {
  await sleep(comm.rank === 0 ? 20 : 0);
  if (args?.words !== undefined) Atomics.add(args.words, comm.rank, comm.rank + 1);
  if (args?.leavesTimer === true) setInterval(() => undefined, 1000);
  if (args?.returns === 'function') return () => undefined;
  return { rank: comm.rank, size: comm.size, tags: comm.tags, args };
}
