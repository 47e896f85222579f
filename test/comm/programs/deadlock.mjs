// Programs that can't go on, in deadlock.test.ts; `args.name` says which.
const NOTHING = new Uint8Array(0);

const programs = {
  crossed: (comm) => comm.recv({ source: 1 - comm.rank, tag: 3 }),
  afterReturn(comm) {
    if (comm.rank === 0) comm.recv();
  },
  missingInBarrier(comm) {
    if (comm.rank < 2) comm.barrier();
  },
  heldHeap(comm) {
    if (comm.rank === 1) {
      for (let index = 0; index < 3; index++) comm.send(0, 0, new Uint8Array(400));
      return;
    }
    const kept = [comm.recv(), comm.recv()];
    comm.recv({ tag: 1 });
    kept[0].release();
  },
  /** Only one of the two can wait for ever, and the other wakes it. */
  timed(comm) {
    if (comm.rank === 0) return comm.recv().source;
    for (let round = 0; round < 4; round++) {
      try {
        comm.recv({ timeoutMs: 100 });
      } catch (error) {
        if (error.code !== 'ERR_BTSHM_TIMEOUT') throw error;
      }
    }
    comm.send(0, 0, NOTHING);
    return 'sent';
  },
  waits: (comm) => comm.recv({ timeoutMs: 60_000 }),
};

export default (comm, args) => programs[args.name](comm, args);
