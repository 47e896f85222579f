/** Faults that are put into the lock-free code one at a time: tests have to find every one. */

/** One fault. */
export interface Mutant {
  readonly name: string;
  /** Source below `src`, without `.ts`. */
  readonly file: string;
  /** Stands in the source exactly once. */
  readonly from: string;
  readonly to: string;
}

const PRODUCER = 'ringbuf/producer';
const CONSUMER = 'ringbuf/consumer';
const RING = 'ringbuf/assembly/ring';
const ENDPOINT = 'comm/assembly/endpoint';
const PARKING = 'shm/parking';
const KERNEL_PARKING = 'shm/assembly/parking';
const PERMITS = 'shm/assembly/permits';

/** All faults. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a claim allows one slot more than there are',
    file: PRODUCER,
    from: `        this.cachedHead = Atomics.load(words, base + HEAD);
        if (((end - this.cachedHead) | 0) > this.capacity) {`,
    to: `        this.cachedHead = Atomics.load(words, base + HEAD);
        if (((end - this.cachedHead) | 0) > this.capacity + 1) {`,
  },
  {
    name: 'a claim does not notice that another one was faster',
    file: PRODUCER,
    from: 'if (Atomics.compareExchange(words, base + TAIL, tail, end) === tail) {',
    to: 'Atomics.store(words, base + TAIL, end);\n      if (true) {',
  },
  {
    name: 'a batch is published without an atomic store',
    file: PRODUCER,
    from: 'Atomics.store(words, slots + ((position & mask) << SLOT_SHIFT) + STAMP, end);',
    to: 'words[slots + ((position & mask) << SLOT_SHIFT) + STAMP] = end;',
  },
  {
    name: 'a batch is published before its messages are written',
    file: PRODUCER,
    from: `    const { words } = this;
    for (let index = 0; index < count; index++) {
      const to = this.slot(index);`,
    to: `    this.commit();
    const { words } = this;
    for (let index = 0; index < count; index++) {
      const to = this.slot(index);`,
  },
  {
    name: 'a batch that wraps has no stamp to go on at',
    file: PRODUCER,
    from: 'for (let at = (position + 1) | 0; at !== end; at = (at + 1) | 0) {',
    to: 'for (let at = (position + 1) | 0; at !== end; at = end) {',
  },
  {
    name: 'the last word of a message is not copied',
    file: PRODUCER,
    from: '      words[to + 7] = messages[at + 7];\n',
    to: '',
  },
  {
    name: 'a claim leaves no word of its size',
    file: PRODUCER,
    from: '      words[this.thread + CLAIM_COUNT] = count;\n',
    to: '',
  },
  {
    name: 'a claim is noted only after it was made',
    file: PRODUCER,
    from: `      words[this.thread + CLAIM_RING] = base + 1;
      if (Atomics.compareExchange(words, base + TAIL, tail, end) === tail) {`,
    to: `      if (Atomics.compareExchange(words, base + TAIL, tail, end) === tail) {
        words[this.thread + CLAIM_RING] = base + 1;`,
  },
  {
    name: "a dead thread's claim is left as it is",
    file: PRODUCER,
    from: '  stampBatch(words, base, mask, position, count);\n  return',
    to: '  return',
  },
  {
    name: "a dead thread's slots go to whoever they name",
    file: PRODUCER,
    from: 'words[slotAt(position + index) + DEST] = NOBODY;',
    to: 'slotAt(position);',
  },
  {
    name: 'the consumer looks for the stamp without an atomic load',
    file: CONSUMER,
    from: 'const end = Atomics.load(this.words, this.slot() + STAMP);',
    to: 'const end = this.words[this.slot() + STAMP];',
  },
  {
    name: 'the consumer reads on past the end of the ring',
    file: CONSUMER,
    from: 'if (count <= untilWrap) return count;',
    to: 'if (count <= untilWrap + 1) return count;',
  },
  {
    name: 'room is given back one slot too early',
    file: CONSUMER,
    from: 'Atomics.store(this.words, this.base + HEAD, this.position);',
    to: 'Atomics.store(this.words, this.base + HEAD, this.position + 1);',
  },
  {
    name: 'room is given back without an atomic store',
    file: CONSUMER,
    from: 'Atomics.store(this.words, this.base + HEAD, this.position);',
    to: 'this.words[this.base + HEAD] = this.position;',
  },
  {
    name: 'a sleeper does not look once more before it sleeps',
    file: PARKING,
    from: 'if (!sources.hasWork()) {\n    words[thread + PARKS]++;',
    to: 'if (true) {\n    words[thread + PARKS]++;',
  },
  {
    name: 'a sleeper looks first and announces its sleep then',
    file: PARKING,
    from: `  Atomics.store(words, state, PARKED);
  if (!sources.hasWork()) {`,
    to: `  const idle = !sources.hasWork();
  Atomics.store(words, state, PARKED);
  if (idle) {`,
  },
  {
    name: 'a waker does not notify',
    file: PARKING,
    from: '  Atomics.notify(words, state, 1);\n',
    to: '',
  },
  {
    name: 'a sleep begins whatever the state word says',
    file: PARKING,
    from: 'if (Atomics.wait(words, state, PARKED, SLEEP_LIMIT_MS) !==',
    to: 'if (Atomics.wait(words, state, Atomics.load(words, state), SLEEP_LIMIT_MS) !==',
  },
  {
    name: 'kernel: a claim allows one slot more than there are',
    file: RING,
    from: `        this.head = atomic.load<i32>(base + HEAD);
        if (tail + count - this.head > this.capacity) {`,
    to: `        this.head = atomic.load<i32>(base + HEAD);
        if (tail + count - this.head > this.capacity + 1) {`,
  },
  {
    name: 'kernel: a batch is published before its last words are written',
    file: RING,
    from: '    copyMessage(first, from);\n    for',
    to: '    atomic.store<i32>(first, end);\n    copyMessage(first, from);\n    for',
  },
  {
    name: 'kernel: a batch is published without an atomic store',
    file: RING,
    from: 'atomic.store<i32>(first, end);',
    to: 'store<i32>(first, end);',
  },
  {
    name: 'kernel: a claim does not notice that another one was faster',
    file: RING,
    from: 'if (atomic.cmpxchg<i32>(base + TAIL, tail, tail + count) == tail) break;',
    to: 'atomic.store<i32>(base + TAIL, tail + count);\n      break;',
  },
  {
    name: 'kernel: room is given back without an atomic store',
    file: RING,
    from: 'atomic.store<i32>(this.base + HEAD, this.position);',
    to: 'store<i32>(this.base + HEAD, this.position);',
  },
  {
    name: 'kernel: a waker does not notify',
    file: PERMITS,
    from: '  atomic.notify(state, 1);\n',
    to: '',
  },
  {
    name: 'kernel: a sleeper does not look once more before it sleeps',
    file: KERNEL_PARKING,
    from: 'if (!hasWork()) {\n    count',
    to: 'if (true) {\n    count',
  },
  {
    name: 'kernel: a sleeper looks first and announces its sleep then',
    file: KERNEL_PARKING,
    from: `  atomic.store<i32>(state, PARKED);
  if (!hasWork()) {`,
    to: `  const idle = !hasWork();
  atomic.store<i32>(state, PARKED);
  if (idle) {`,
  },
  {
    name: 'kernel: a sleep begins whatever the state word says',
    file: KERNEL_PARKING,
    from: 'atomic.wait<i32>(state, now, ',
    to: 'atomic.wait<i32>(state, atomic.load<i32>(state), ',
  },
  {
    name: 'permits: who is called is woken only by whoever falls asleep',
    file: KERNEL_PARKING,
    from: '  if (isCalled) admit(self);\n  else notify',
    to: '  if (!isCalled) notify',
  },
  {
    name: 'permits: a sleeper keeps its permit',
    file: KERNEL_PARKING,
    from: '    leavePermit(thread);\n',
    to: '',
  },
  {
    name: 'permits: who gives one back does not look for those called',
    file: PERMITS,
    from: '  atomic.sub<i32>(taken, 1);\n  admit(control);',
    to: '  atomic.sub<i32>(taken, 1);',
  },
  {
    name: 'permits: who gives one back looks for those called before',
    file: PERMITS,
    from: '  atomic.sub<i32>(taken, 1);\n  admit(control);',
    to: '  admit(control);\n  atomic.sub<i32>(taken, 1);',
  },
  {
    name: 'permits: a permit for which there was nobody is not given back',
    file: PERMITS,
    from: 'if (!admitNext(control)) atomic.sub<i32>(taken, 1);',
    to: 'admitNext(control);',
  },
  {
    name: 'permits: a second one is kept',
    file: PERMITS,
    from: '  if (hasPermit) giveBack(control);\n',
    to: '',
  },
  {
    name: 'permits: two threads take the last one',
    file: PERMITS,
    from: 'if (atomic.cmpxchg<i32>(taken, count, count + 1) != count) continue;',
    to: 'atomic.store<i32>(taken, count + 1);',
  },
  {
    name: 'permits: two threads admit the same one',
    file: PERMITS,
    from: 'if (atomic.cmpxchg<i32>(state, CALLED, ADMITTED) != CALLED) continue;',
    to: 'atomic.store<i32>(state, ADMITTED);',
  },
  {
    name: 'permits: a sleeper who was called is not woken',
    file: KERNEL_PARKING,
    from: 'while (now == PARKED || now == CALLED) {',
    to: 'while (now != RUNNING) {',
  },
  {
    name: 'kernel: a sleeper with messages left does not ask for room again',
    file: ENDPOINT,
    from: '    wantSpace(channel / tags);\n    if (ringOf',
    to: '    if (ringOf',
  },
  {
    name: 'kernel: a sleeper does not look whether there is room by now',
    file: ENDPOINT,
    from: '    if (ringOf(channel).room() > 0) return true;\n',
    to: '',
  },
  {
    name: 'kernel: what found no room is dropped',
    file: ENDPOINT,
    from: '  return queue.count == 0;',
    to: '  queue.clear();\n  return true;',
  },
  {
    name: 'kernel: what is published wakes nobody',
    file: ENDPOINT,
    from: '  if (isAnyOut) noteWake(thread);\n',
    to: '',
  },
  {
    name: 'kernel: room is given and nobody told',
    file: ENDPOINT,
    from: '  ring.release();\n  giveSpace();',
    to: '  ring.release();',
  },
];
