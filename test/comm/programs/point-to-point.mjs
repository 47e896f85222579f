// What ranks do in point-to-point.test.ts; `args.name` says which.
import { UsageError } from 'bt-shm';

const text = (bytes) => String.fromCharCode(...bytes);
const bytesOf = (string) => Uint8Array.from(string, (character) => character.charCodeAt(0));
const numbers = (...values) => new Uint8Array(Int32Array.from(values).buffer);

function receive(comm, match) {
  const message = comm.recv(match);
  const { source, tag, bytes } = message;
  const received = { source, tag, text: text(bytes) };
  message.release();
  return received;
}

function receiveNumbers(comm, match) {
  const message = comm.recv(match);
  const values = [...new Int32Array(new Uint8Array(message.bytes).buffer)];
  message.release();
  return { source: message.source, tag: message.tag, values };
}

/** Sleeps outside the communicator until the word is set: what is sent meanwhile stays unread. */
function sleepUntil(words, index) {
  while (Atomics.load(words, index) === 0) Atomics.wait(words, index, 0, 1000);
}

function set(words, index) {
  Atomics.store(words, index, 1);
  Atomics.notify(words, index);
}

const programs = {
  /** All ranks send numbered messages to rank 0, tags mixed. */
  numbered(comm, { count, match }) {
    if (comm.rank > 0) {
      for (let index = 0; index < count; index++) {
        comm.send(0, (index * 7) % 3, numbers(index));
      }
      return undefined;
    }
    const received = [];
    const total = count * (comm.size - 1);
    if (match === 'any') {
      for (let index = 0; index < total; index++) received.push(receiveNumbers(comm));
    } else {
      for (let source = comm.size - 1; source > 0; source--) {
        for (let tag = 2; tag >= 0; tag--) {
          for (let index = 0; index < count; index++) {
            if ((index * 7) % 3 === tag) received.push(receiveNumbers(comm, { source, tag }));
          }
        }
      }
    }
    return received;
  },

  /** Rank 0 asks for what is there in another order than it came in. */
  picky(comm) {
    if (comm.rank === 1) {
      for (const [tag, word] of [
        [3, 'a'],
        [1, 'b'],
        [2, 'c'],
        [1, 'd'],
      ]) {
        comm.send(0, tag, bytesOf(word));
      }
    }
    if (comm.rank === 2) {
      for (const [tag, word] of [
        [1, 'e'],
        [3, 'f'],
      ])
        comm.send(0, tag, bytesOf(word));
    }
    if (comm.rank > 0) return undefined;
    return [
      receive(comm, { source: 2, tag: 3 }),
      receive(comm, { source: 1, tag: 1 }),
      receive(comm, { source: 2 }),
      receive(comm, { source: 1, tag: 2 }),
      receive(comm, { tag: 1 }),
      receive(comm),
    ];
  },

  /** Each rank sends to rank 0 and then lets the next one do so. */
  relay(comm) {
    if (comm.rank > 0) {
      if (comm.rank > 1) receive(comm, { source: comm.rank - 1 });
      comm.send(0, 4, bytesOf('x'));
      if (comm.rank + 1 < comm.size) comm.send(comm.rank + 1, 0, bytesOf('go'));
      else comm.send(0, 5, bytesOf('done'));
      return undefined;
    }
    receive(comm, { tag: 5 });
    const sources = [];
    for (let index = 1; index < comm.size; index++) sources.push(receive(comm, { tag: 4 }).source);
    return sources;
  },

  /** Rank 1 sends on several tags, all of which are there when rank 0 takes any. */
  manyTags(comm, { tags }) {
    if (comm.rank === 1) {
      for (const tag of tags) comm.send(0, tag, numbers());
      comm.send(2, 0, numbers());
    } else if (comm.rank === 2) {
      receive(comm);
      comm.send(0, 0, numbers());
    } else {
      receive(comm, { source: 2 });
      return tags.map(() => receive(comm, { source: 1 }).tag);
    }
    return undefined;
  },

  lengths(comm, { longest }) {
    const pattern = (length) => Uint8Array.from({ length }, (_, index) => length * 31 + index);
    const wrong = [];
    for (let length = 0; length <= longest; length++) {
      if (comm.rank === 0) comm.send(1, 0, pattern(length));
      else {
        const message = comm.recv();
        if (message.byteLength !== length || text(message.bytes) !== text(pattern(length))) {
          wrong.push(length);
        }
        message.release();
      }
    }
    return wrong;
  },

  probe(comm) {
    if (comm.rank === 1) {
      receive(comm, { source: 0 });
      comm.send(0, 3, bytesOf('abc'));
      comm.send(0, 2, bytesOf('a long message that lies in the heap'));
      return undefined;
    }
    const before = comm.tryProbe();
    comm.send(1, 0, numbers());
    const seen = [comm.probe(), comm.probe({ source: 1, tag: 3 })];
    const second = comm.probe({ tag: 2 });
    const again = comm.tryProbe({ tag: 2 });
    const received = [receive(comm), receive(comm)];
    return { before, seen, second, again, received, after: comm.tryProbe() };
  },

  /** Rank 1 fills a channel of rank 0, which looks at another one. */
  fullChannel(comm, { words }) {
    if (comm.rank === 1) {
      let sent = 0;
      while (comm.trySend(0, 1, numbers(sent))) sent++;
      const other = comm.trySend(0, 2, bytesOf('other'));
      const again = comm.trySend(0, 1, numbers(-1));
      set(words, 0);
      return { sent, other, again };
    }
    sleepUntil(words, 0);
    const other = receive(comm, { tag: 2 }).text;
    const values = [];
    for (;;) {
      const message = comm.tryRecv({ tag: 1 });
      if (message === undefined) break;
      values.push(new Int32Array(message.bytes.buffer)[0]);
    }
    return { other, values };
  },

  /** Everybody sends everything before anybody receives. */
  flood(comm, { count, byteLength }) {
    const bytes = new Uint8Array(byteLength);
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < count; index++) {
      view.setInt32(0, index);
      bytes.fill(comm.rank * 16 + (index % 16), 4);
      for (let dest = 0; dest < comm.size; dest++) comm.send(dest, index % comm.tags, bytes);
    }
    const next = new Array(comm.size).fill(0);
    for (let index = 0; index < count * comm.size; index++) {
      const message = comm.recv();
      const { source } = message;
      const got = new DataView(message.bytes.buffer, message.bytes.byteOffset).getInt32(0);
      if (got !== next[source]++) return `out of order: ${got} from ${source}`;
      const fill = source * 16 + (got % 16);
      if (message.bytes.subarray(4).some((byte) => byte !== fill)) return `wrong bytes: ${got}`;
      message.release();
    }
    return 'all received';
  },

  /** Rank 0 waits on one tag while another is flooded, and only the flood's end frees it. */
  unasked(comm, { count }) {
    if (comm.rank === 0) {
      for (let index = 0; index < count; index++) comm.send(1, 0, numbers(index));
      comm.send(2, 0, numbers());
    } else if (comm.rank === 2) {
      receive(comm);
      comm.send(1, 1, numbers());
    } else {
      receive(comm, { tag: 1 });
      let inOrder = 0;
      for (let index = 0; index < count; index++) {
        if (receiveNumbers(comm, { tag: 0 }).values[0] === index) inOrder++;
      }
      return inOrder;
    }
    return undefined;
  },

  /** Rank 0 polls for a message that is sent after more than the channels hold. */
  polling(comm, { count }) {
    if (comm.rank === 1) {
      for (let index = 0; index < count; index++) comm.send(0, 0, numbers(index));
      comm.send(0, 1, bytesOf('last'));
      return undefined;
    }
    let last;
    while ((last = comm.tryRecv({ tag: 1 })) === undefined);
    const values = [];
    for (let index = 0; index < count; index++) values.push(receiveNumbers(comm).values[0]);
    return { last: text(last.bytes), values };
  },

  timeout(comm) {
    if (comm.rank === 1) {
      receive(comm, { source: 0, timeoutMs: 60_000 });
      comm.send(0, 2, bytesOf('late'));
      return undefined;
    }
    const errors = [];
    for (const match of [{ timeoutMs: 20 }, { source: 1, tag: 2, timeoutMs: 0 }]) {
      try {
        comm.recv(match);
      } catch (error) {
        errors.push([error.name, error.code, error.message]);
      }
    }
    comm.send(1, 0, numbers());
    return { errors, received: receive(comm, { tag: 2, timeoutMs: 60_000 }).text };
  },

  toItself(comm) {
    for (const word of ['a', 'b', 'a message that lies in the heap']) {
      comm.send(comm.rank, 1, bytesOf(word));
    }
    return [0, 1, 2].map(() => receive(comm, { source: comm.rank }).text);
  },

  misuse(comm) {
    const calls = [
      () => comm.send(2, 0, numbers()),
      () => comm.send(-1, 0, numbers()),
      () => comm.send(0.5, 0, numbers()),
      () => comm.send(0, 16, numbers()),
      () => comm.trySend(0, -1, numbers()),
      () => comm.send(0, 0, 'text'),
      () => comm.send(0, 0, undefined),
      () => comm.recv({ source: 2 }),
      () => comm.tryRecv({ tag: 16 }),
      () => comm.recv({ timeoutMs: -1 }),
      () => comm.probe({ timeoutMs: NaN }),
      () => comm.alloc(-1),
      () => comm.free(new Uint8Array(4)),
      () => comm.bcast(undefined, comm.rank),
      () => comm.reduce([1, 2], 'sum'),
      () => comm.allreduce(Float64Array.of(1), 'product'),
      () => comm.gather(undefined),
    ];
    return calls.map((call) => {
      try {
        call();
        return `accepted: ${call}`;
      } catch (error) {
        return error instanceof UsageError ? error.message : String(error);
      }
    });
  },
};

export default (comm, args) => programs[args.name](comm, args);
