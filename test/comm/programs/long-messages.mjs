// What ranks do in long-messages.test.ts; `args.name` says which.
import { UsageError } from 'bt-shm';

const NOTHING = new Uint8Array(0);

const pattern = (length, seed) =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + seed * 13) & 255);

function isPattern(bytes, seed) {
  return bytes.every((byte, index) => byte === ((index * 7 + seed * 13) & 255));
}

function caught(call) {
  try {
    call();
    return 'accepted';
  } catch (error) {
    return { isUsageError: error instanceof UsageError, code: error.code, message: error.message };
  }
}

function sleepUntil(words, index) {
  while (Atomics.load(words, index) === 0) Atomics.wait(words, index, 0, 1000);
}

function set(words, index) {
  Atomics.store(words, index, 1);
  Atomics.notify(words, index);
}

const programs = {
  sizes(comm, { sizes }) {
    const wrong = [];
    for (const size of sizes) {
      if (comm.rank === 0) {
        const bytes = pattern(size, size);
        comm.send(1, 0, bytes);
        bytes.fill(0);
      } else {
        const message = comm.recv();
        const { bytes } = message;
        const isShared = bytes.buffer instanceof SharedArrayBuffer;
        if (bytes.length !== size || !isPattern(bytes, size) || !isShared) wrong.push(size);
        if (bytes.byteOffset % 8 !== 0) wrong.push(`${size} is not aligned`);
        message.release();
      }
    }
    return wrong;
  },

  /** The receiver writes to what it has received; the sender still sees the memory. */
  inPlace(comm) {
    if (comm.rank === 0) {
      const bytes = comm.alloc(1000);
      bytes.fill(1);
      comm.send(1, 0, bytes.subarray(0, 500));
      comm.recv().release();
      return [bytes[0], bytes[499], bytes[500]];
    }
    const message = comm.recv();
    const before = [message.byteLength, message.bytes[0]];
    message.bytes.fill(2);
    comm.send(0, 0, NOTHING);
    message.release();
    return before;
  },

  /** The sender's heap is full before the receiver looks at anything. */
  exhaustion(comm, { words, count, size }) {
    if (comm.rank === 1) {
      let sent = 0;
      while (comm.trySend(0, 0, pattern(size, sent))) sent++;
      set(words, 0);
      for (let index = sent; index < count; index++) comm.send(0, 0, pattern(size, index));
      return sent;
    }
    sleepUntil(words, 0);
    let intact = 0;
    for (let index = 0; index < count; index++) {
      const message = comm.recv();
      if (isPattern(message.bytes, index)) intact++;
      message.release();
    }
    return intact;
  },

  /** A message that is in the receiver's hands stays as it is, whatever room the sender wants. */
  kept(comm, { size }) {
    if (comm.rank === 1) {
      comm.send(0, 0, pattern(size, 0));
      comm.send(0, 0, pattern(size, 1));
      comm.send(0, 0, pattern(size, 2));
      return undefined;
    }
    const first = comm.recv();
    const second = comm.recv();
    // Nobody can know when the sender waits; what it would overwrite is checked for a while.
    let isIntact = true;
    for (let poll = 0; poll < 2000; poll++) {
      isIntact &&= isPattern(first.bytes, 0) && isPattern(second.bytes, 1);
      isIntact &&= comm.tryRecv() === undefined;
    }
    second.release();
    isIntact &&= comm.tryRecv() === undefined;
    first.release();
    return isIntact && isPattern(comm.recv().bytes, 2);
  },

  /** Blocks lie unreceived at rank 0 while it waits for what their sender sends after them. */
  unreceived(comm, { count, size }) {
    if (comm.rank === 1) {
      for (let index = 0; index < count; index++) comm.send(0, 0, pattern(size, index));
      comm.send(0, 1, NOTHING);
      return undefined;
    }
    comm.recv({ tag: 1 }).release();
    let intact = 0;
    for (let index = 0; index < count; index++) {
      const message = comm.recv({ tag: 0 });
      if (isPattern(message.bytes, index)) intact++;
      message.release();
    }
    return intact;
  },

  tooLarge(comm, { size }) {
    return [
      caught(() => comm.send(0, 0, new Uint8Array(size))),
      caught(() => comm.trySend(0, 0, new Uint8Array(size))),
      caught(() => comm.alloc(size)),
      caught(() => comm.send(0, 0, new Uint8Array(size - 1))),
    ];
  },

  ownership(comm) {
    const heapFull = () => {
      const first = comm.alloc(600);
      const result = caught(() => comm.alloc(600));
      comm.free(first);
      return result;
    };
    const self = () => {
      comm.send(comm.rank, 0, pattern(600, 1));
      const message = comm.recv();
      const result = caught(() => comm.send(comm.rank, 0, pattern(600, 2)));
      message.release();
      return result;
    };
    const ownUnreceived = () => {
      // What it has not received yet is no reason to wait: it is moved out of the heap.
      comm.send(comm.rank, 0, pattern(600, 1));
      comm.send(comm.rank, 0, pattern(600, 2));
      const messages = [comm.recv(), comm.recv()];
      const intact = messages.map((message, index) => isPattern(message.bytes, index + 1));
      for (const message of messages) message.release();
      return intact;
    };
    const sentTwice = () => {
      const bytes = comm.alloc(100);
      comm.send(comm.rank, 0, bytes);
      const result = [caught(() => comm.send(comm.rank, 0, bytes)), caught(() => comm.free(bytes))];
      comm.recv().release();
      return result;
    };
    const middle = () => {
      const bytes = comm.alloc(100);
      const result = caught(() => comm.send(comm.rank, 0, bytes.subarray(20)));
      comm.free(bytes);
      return result;
    };
    const short = () => {
      // 200 short ones would not fit the heap were they not given back when sent.
      for (let index = 0; index < 200; index++) {
        const bytes = comm.alloc(8);
        bytes.fill(index);
        comm.send(comm.rank, 0, bytes);
        const message = comm.recv();
        if (message.bytes[7] !== index) return `found ${message.bytes[7]} for ${index}`;
        message.release();
      }
      return 'sent';
    };
    return {
      heapFull: heapFull(),
      self: self(),
      ownUnreceived: ownUnreceived(),
      sentTwice: sentTwice(),
      middle: middle(),
      short: short(),
      whole: caught(() => comm.free(comm.alloc(1008))),
    };
  },

  release(comm) {
    const results = [];
    for (const length of [4, 40]) {
      comm.send(comm.rank, 0, pattern(length, 0));
      const message = comm.recv();
      message.release();
      message.release();
      results.push(caught(() => message.bytes));
      comm.send(comm.rank, 0, pattern(length, 0));
      const disposed = comm.recv();
      disposed[Symbol.dispose]();
      results.push(caught(() => disposed.bytes));
    }
    return results;
  },
};

export default (comm, args) => programs[args.name](comm, args);
