/**
 * A shared memory in which several threads take turns, one access at a time, and which knows what
 * happens before what.
 *
 * The order of the turns is the schedule's. Atomic accesses are sequentially consistent, as
 * ECMAScript's and WebAssembly's are; a plain access to a message's slot must be ordered with every
 * write to the same word by what the atomic accesses synchronize (vector clocks), or it is a data
 * race: on a machine it could see an older value, whatever it sees here.
 */

/** What a thread is about to do. */
export interface Access {
  readonly kind: string;
  readonly word: number;
}

/** A thread's program: yields before every access to shared memory. */
export type Program = Generator<Access, void, void>;

/** A schedule under which something went wrong. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

type Clock = number[];

/** Words from here on, in bytes, are a thread's own. */
const OWN_FROM = 1 << 24;

const WORD = 4;

/** Data that is read and written as one: two words of a message. */
type Value = number | readonly [number, number];

/** The memory of one run. */
export class Machine {
  private readonly words: Int32Array;
  /** Clocks of the last atomic write to each word. */
  private readonly released = new Map<number, Clock>();
  /** Who wrote a word last without atomicity, and when. */
  private readonly written = new Map<number, { readonly thread: number; readonly time: number }>();
  /** Who read a word since without atomicity, and when last. */
  private readonly read = new Map<number, Map<number, number>>();
  private readonly clocks: Clock[];
  /** Words that each sleeping thread waits at. */
  private readonly asleep = new Map<number, number>();
  private readonly stopped = new Set<number>();
  private running = 0;
  private readonly owns: OwnMemory[];

  /**
   * @param sharedWords - size of the shared memory
   * @param threads - how many threads there are
   * @param isOrdered - whether plain accesses to a word must be ordered with its writes
   */
  constructor(
    sharedWords: number,
    readonly threads: number,
    readonly isOrdered: (word: number) => boolean,
  ) {
    this.words = new Int32Array(sharedWords);
    this.owns = Array.from({ length: threads }, () => new OwnMemory());
    this.clocks = Array.from({ length: threads }, (_, thread) =>
      Array.from({ length: threads }, (_, other) => (other === thread ? 1 : 0)),
    );
  }

  /** Looks at a word from outside of any schedule. */
  peek(word: number): number {
    return this.words[word];
  }

  /** The thread whose program goes on from here: all hooks act for it. */
  enter(thread: number): void {
    runOn(this);
    this.running = thread;
  }

  /** The thread goes on no more. */
  stop(thread: number): void {
    this.stopped.add(thread);
  }

  /**
   * Whether a thread was stopped for good. Who knows that, as from the end of a worker, is ordered
   * after all that it did.
   */
  hasStopped(thread: number): boolean {
    if (!this.stopped.has(thread)) return false;
    this.clocks[thread].forEach((time, other) => {
      this.clock[other] = Math.max(this.clock[other], time);
    });
    return true;
  }

  /** Whether the thread sleeps, and nobody has woken it. */
  isAsleep(thread: number): boolean {
    return this.asleep.has(thread);
  }

  /** The running thread's own memory. */
  get own(): OwnMemory {
    return this.owns[this.running];
  }

  atomicLoad(word: number): number {
    this.acquire(word);
    return this.words[word];
  }

  atomicStore(word: number, value: number): void {
    this.orderAtomicWrite(word);
    this.words[word] = value;
    this.released.set(word, [...this.clock]);
    this.tick();
  }

  /** @returns what stood there before */
  update(word: number, value: (old: number) => number): number {
    this.acquire(word);
    const old = this.words[word];
    this.atomicStore(word, value(old) | 0);
    return old;
  }

  compareExchange(word: number, expected: number, value: number): number {
    if (this.words[word] === expected) return this.update(word, () => value);
    return this.atomicLoad(word);
  }

  /** @returns how many were woken: one at most */
  notify(word: number): number {
    for (const [thread, at] of this.asleep) {
      if (at !== word) continue;
      this.asleep.delete(thread);
      return 1;
    }
    return 0;
  }

  plainLoad(word: number): number {
    this.orderRead(word);
    return this.words[word];
  }

  plainStore(word: number, value: number): void {
    this.orderWrite(word);
    this.words[word] = value;
  }

  /** No sleep ends by its time limit: one that nobody ends is a deadlock, and found. */
  *sleep(word: number, expected: number): Generator<Access, string, void> {
    if (this.words[word] !== expected) return 'not-equal';
    const thread = this.running;
    this.asleep.set(thread, word);
    while (this.asleep.has(thread)) yield { kind: 'asleep', word };
    return 'ok';
  }

  private get clock(): Clock {
    return this.clocks[this.running];
  }

  private tick(): void {
    this.clock[this.running]++;
  }

  private acquire(word: number): void {
    this.orderAtomicRead(word);
    this.released.get(word)?.forEach((time, thread) => {
      this.clock[thread] = Math.max(this.clock[thread], time);
    });
  }

  private isBefore(thread: number, time: number): boolean {
    return thread === this.running || time <= this.clock[thread];
  }

  private orderRead(word: number): void {
    if (!this.isOrdered(word)) return;
    this.refuseRace(word, 'read', this.written.get(word));
    const readers = this.read.get(word) ?? new Map<number, number>();
    readers.set(this.running, this.clock[this.running]);
    this.read.set(word, readers);
  }

  private orderWrite(word: number): void {
    if (!this.isOrdered(word)) return;
    this.refuseRace(word, 'write', this.written.get(word));
    for (const [thread, time] of this.read.get(word) ?? []) {
      this.refuseRace(word, 'write', { thread, time });
    }
    this.written.set(word, { thread: this.running, time: this.clock[this.running] });
    this.read.delete(word);
  }

  /** An atomic access and a plain one that nothing orders are a race as well. */
  private orderAtomicRead(word: number): void {
    if (this.isOrdered(word)) this.refuseRace(word, 'atomic read', this.written.get(word));
  }

  private orderAtomicWrite(word: number): void {
    if (!this.isOrdered(word)) return;
    this.refuseRace(word, 'atomic write', this.written.get(word));
    for (const [thread, time] of this.read.get(word) ?? []) {
      this.refuseRace(word, 'atomic write', { thread, time });
    }
  }

  private refuseRace(
    word: number,
    what: string,
    other: { readonly thread: number; readonly time: number } | undefined,
  ): void {
    if (other === undefined || this.isBefore(other.thread, other.time)) return;
    throw new Violation(
      `data race: thread ${this.running}'s ${what} of word ${word} is not ordered with that of ` +
        `thread ${other.thread}`,
    );
  }
}

/** The machine that runs. */
let current: Machine;

function runOn(machine: Machine): void {
  current = machine;
}

/** A block of the running thread's own memory. */
export function allocateOwn(bytes: number): number {
  return current.own.allocate(bytes);
}

function load(type: string, address: number, offset = 0): Value {
  const at = address + offset;
  if (at >= OWN_FROM) return current.own.load(type, at);
  const word = wordAt(at);
  if (type !== 'i64') return current.plainLoad(word);
  return [current.plainLoad(word), current.plainLoad(word + 1)];
}

function store(_type: string, address: number, value: Value, offset = 0): void {
  const at = address + offset;
  if (at >= OWN_FROM) {
    current.own.store(at, value);
    return;
  }
  const word = wordAt(at);
  const parts = typeof value === 'number' ? [value] : value;
  parts.forEach((part, index) => current.plainStore(word + index, part));
}

type Actions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** What the access hooks do at their turn; the first argument of TypeScript's is the slab. */
const ACCESSES: Actions = {
  read: (_: unknown, word: number) => current.plainLoad(word),
  write: (_: unknown, word: number, value: number) => current.plainStore(word, value),
  load,
  store,
  Atomics_load: (_: unknown, word: number) => current.atomicLoad(word),
  Atomics_store: (_: unknown, word: number, value: number) => current.atomicStore(word, value),
  Atomics_compareExchange: (_: unknown, word: number, expected: number, value: number) =>
    current.compareExchange(word, expected, value),
  Atomics_notify: (_: unknown, word: number) => current.notify(word),
  Atomics_wait: (_: unknown, word: number, expected: number) => current.sleep(word, expected),
  atomic_load: (address: number) => current.atomicLoad(wordAt(address)),
  atomic_store: (address: number, value: number) => current.atomicStore(wordAt(address), value),
  atomic_cmpxchg: (address: number, expected: number, value: number) =>
    current.compareExchange(wordAt(address), expected, value),
  atomic_or: (address: number, bits: number) =>
    current.update(wordAt(address), (old) => old | bits),
  atomic_sub: (address: number, value: number) =>
    current.update(wordAt(address), (old) => old - value),
  atomic_xchg: (address: number, value: number) => current.update(wordAt(address), () => value),
  *atomic_wait(address: number, expected: number) {
    return (yield* current.sleep(wordAt(address), expected)) === 'ok' ? 0 : 1;
  },
  atomic_notify: (address: number) => current.notify(wordAt(address)),
};

/** What touches no shared memory. */
const OWN_ACTIONS: Actions = {
  whole: (value: number) => Math.trunc(value),
  min: (a: number, b: number) => Math.min(a, b),
  max: (a: number, b: number) => Math.max(a, b),
  ctz: (value: number) => 31 - Math.clz32(value & -value),
  copy: (to: number, from: number, bytes: number) => current.own.copy(to, from, bytes),
  object: (kind: new () => object, address: number) => current.own.object(kind, address),
};

function* step(value: unknown): Generator<Access, unknown, void> {
  return isGenerator(value) ? yield* value : value;
}

/** What instrumented code calls in place of an access: it stops first, then acts. */
export const HOOKS: Readonly<Record<string, (...args: never[]) => unknown>> = {
  step,
  ...Object.fromEntries(
    Object.entries(ACCESSES).map(([kind, act]) => [kind, stopping(kind, act)] as const),
  ),
};

/** The same where the code can't stop. */
export const QUIET_HOOKS: Actions = { ...ACCESSES, ...OWN_ACTIONS };

function stopping(kind: string, act: (...args: never[]) => unknown): Actions[string] {
  return function* (...args: never[]): Generator<Access, unknown, void> {
    const word = wordOf(kind, args);
    if (word >= 0) yield { kind, word };
    const result = act(...args);
    return isGenerator(result) ? yield* result : result;
  };
}

/** @returns the word that an access is to; -1 for the thread's own memory */
function wordOf(kind: string, args: readonly never[]): number {
  if (kind === 'load' || kind === 'store') {
    const offset = kind === 'load' ? args[2] : args[3];
    const address = Number(args[1]) + Number(offset ?? 0);
    return address >= OWN_FROM ? -1 : wordAt(address);
  }
  return kind.startsWith('atomic_') ? wordAt(Number(args[0])) : Number(args[1]);
}

function wordAt(address: number): number {
  if (address % WORD !== 0) throw new Violation(`unaligned address ${address}`);
  return address / WORD;
}

export function isGenerator(value: unknown): value is Generator<Access, unknown, void> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value && 'next' in value;
}

/** What one thread keeps to itself: no other can get at it. */
class OwnMemory {
  private readonly words = new Map<number, number>();
  private readonly objects = new Map<number, object>();
  private end = OWN_FROM;

  /** A block that reads as 0. */
  allocate(bytes: number): number {
    const block = this.end;
    this.end += (bytes + 63) & ~63;
    return block;
  }

  load(type: string, address: number): Value {
    const word = this.words.get(address) ?? 0;
    return type === 'i64' ? [word, this.words.get(address + WORD) ?? 0] : word;
  }

  store(address: number, value: Value): void {
    const parts = typeof value === 'number' ? [value] : value;
    parts.forEach((part, index) => this.words.set(address + index * WORD, part));
  }

  copy(to: number, from: number, bytes: number): void {
    const moved = Array.from({ length: bytes }, (_, index) => this.words.get(from + index));
    moved.forEach((value, index) => {
      if (value === undefined) this.words.delete(to + index);
      else this.words.set(to + index, value);
    });
  }

  /** The object that stands for a block: its fields are no memory. */
  object(kind: new () => object, address: number): object {
    const known = this.objects.get(address);
    if (known !== undefined) return known;
    const made = new kind();
    this.objects.set(address, made);
    return made;
  }
}
