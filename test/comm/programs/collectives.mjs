// What ranks do in collectives.test.ts; `args.name` says which.
const bytesOf = (length, seed) => Uint8Array.from({ length }, (_, index) => index * 3 + seed);

/** Values with which the order of additions shows in the last bits. */
const floats = (rank, length) =>
  Float64Array.from({ length }, (_, index) => ((rank + 1) * 0.1 + index * 1e9) / 3);

const ints = (rank, length) =>
  Int32Array.from({ length }, (_, index) => (rank + 1) * 700_000_001 + index);

/** Neither commutative nor associative: the result tells the order of combination. */
const skewed = (lower, higher) => lower * 0.5 - higher * 0.25 + 1;

const OPERATIONS = { sum: 'sum', min: 'min', max: 'max', skewed };

const programs = {
  /** Every collective, with every root where there is one. */
  all(comm, { length, counter }) {
    const { rank, size } = comm;
    const results = { bcast: [], gather: [], reduce: [], allreduce: [], barrier: [] };
    for (let root = 0; root < size; root++) {
      const own = bytesOf(length, root);
      const bytes = comm.bcast(rank === root ? own : undefined, root);
      results.bcast.push([...bytes]);
      results.gather.push(comm.gather(bytesOf(rank * 9, rank), root)?.map((each) => [...each]));
      for (const operation of Object.values(OPERATIONS)) {
        results.reduce.push(comm.reduce(floats(rank, length), operation, root));
        results.reduce.push(comm.reduce(ints(rank, length), operation, root));
      }
    }
    for (const operation of Object.values(OPERATIONS)) {
      results.allreduce.push(comm.allreduce(floats(rank, length), operation));
      results.allreduce.push(comm.allreduce(ints(rank, length), operation));
    }
    for (let round = 1; round <= 20; round++) {
      Atomics.add(counter, 0, 1);
      comm.barrier();
      // All have come here; none has gone on to the next round, which takes a second barrier.
      results.barrier.push(Atomics.load(counter, 0) === round * size);
      comm.barrier();
    }
    return results;
  },

  /** User messages lie around on every tag while collectives go on. */
  amongMessages(comm) {
    const next = (comm.rank + 1) % comm.size;
    for (let tag = 0; tag < comm.tags; tag++) comm.send(next, tag, bytesOf(40, tag));
    const sum = comm.allreduce(Int32Array.of(comm.rank), 'sum')[0];
    const tags = [];
    for (let tag = 0; tag < comm.tags; tag++) tags.push(comm.recv().tag);
    comm.barrier();
    return { sum, tags, left: comm.tryProbe() };
  },

  mixedUp(comm) {
    if (comm.rank === 0) comm.barrier();
    else comm.allreduce(Int32Array.of(1), 'sum');
  },

  lengths(comm) {
    comm.reduce(new Float64Array(comm.rank + 1), 'sum');
  },

  types(comm) {
    comm.allreduce(comm.rank === 0 ? new Float64Array(1) : new Int32Array(2), 'sum');
  },
};

export default (comm, args) => programs[args.name](comm, args);
