// Passes a token around the ring of ranks: each adds its number to it and passes it on.
//
//     node examples/ring.mjs [RANKS [LAPS]]
import process from 'node:process';
import { URL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { launch } from 'bt-shm';

const TOKEN = 0;

/** What each rank runs; returns the token as this rank saw it last. */
export default function ring(comm, { laps }) {
  const next = (comm.rank + 1) % comm.size;
  const previous = (comm.rank + comm.size - 1) % comm.size;
  const token = new Float64Array(1);
  const bytes = new Uint8Array(token.buffer);
  for (let lap = 0; lap < laps; lap++) {
    if (comm.rank > 0 || lap > 0) receive();
    token[0] += comm.rank;
    comm.send(next, TOKEN, bytes);
  }
  // The last lap ends where the first began.
  if (comm.rank === 0) receive();
  return token[0];

  function receive() {
    const message = comm.recv({ source: previous, tag: TOKEN });
    bytes.set(message.bytes);
    message.release();
  }
}

if (isMainThread) {
  const [ranks = 4, laps = 3] = process.argv.slice(2).map(Number);
  const [token] = await launch(new URL(import.meta.url), { ranks, args: { laps } });
  process.stdout.write(`ranks=${ranks} laps=${laps} token=${token}\n`);
}
