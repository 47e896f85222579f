import fc from 'fast-check';
import t from 'tap';
import { Heaps } from '../../src/comm/heap.js';
import { Inbox } from '../../src/comm/inbox.js';
import { ANY_SOURCE, ANY_TAG, type ReceivedMessage } from '../../src/comm/message.js';
import { headWord, isLater, wrapStamp } from '../../src/comm/message-layout.js';
import { DEST, NOBODY, PAYLOAD, SLOT_WORDS, SOURCE } from '../../src/ringbuf/ring-layout.js';
import { ControlLayout } from '../../src/shm/control-layout.js';

const RANKS = 3;
const TAGS = 3;

interface Sent {
  readonly source: number;
  readonly tag: number;
  /** Number among the messages of its source. */
  readonly number: number;
}

function openInbox(): Inbox {
  const slab = new Int32Array(new SharedArrayBuffer(4096));
  const heaps = new Heaps([], 0, slab, new ControlLayout(0, RANKS));
  return new Inbox(RANKS, TAGS, TAGS + 1, 2 ** 20, heaps);
}

function deliver(inbox: Inbox, { source, tag, number }: Sent): void {
  const slot = new Int32Array(SLOT_WORDS);
  slot[SOURCE] = source;
  slot[PAYLOAD] = headWord(number, 0);
  inbox.deliver(tag, slot, 0, 1);
}

/** Rings, an inbox beside them, and what MPI's rules say that a receive takes, found slowly. */
class Model {
  readonly inbox = openInbox();
  private readonly rings: Sent[][] = Array.from({ length: TAGS }, () => []);
  private readonly counts = new Array<number>(RANKS).fill(0);
  /** For each source: the highest number taken out of a ring so far. */
  private readonly latest = new Array<number>(RANKS).fill(-1);
  /** In the order taken out of the rings. */
  private readonly taken: Sent[] = [];

  send(source: number, tag: number): void {
    this.rings[tag].push({ source, tag, number: this.counts[source]++ });
  }

  pull(tag: number): void {
    const message = this.rings[tag].shift();
    if (message === undefined) return;
    this.taken.push(message);
    this.latest[message.source] = Math.max(this.latest[message.source], message.number);
    deliver(this.inbox, message);
  }

  expected(source: number, tag: number): Sent | undefined {
    const matching = this.taken.filter(
      (message) =>
        (source === ANY_SOURCE || message.source === source) &&
        (tag === ANY_TAG || message.tag === tag),
    );
    if (tag !== ANY_TAG) return matching[0];
    return matching.find((message) => this.isNext(message));
  }

  /** Whether a receive with any tag may take it: nothing sent before it by its source is left. */
  private isNext({ source, number }: Sent): boolean {
    const numbersIn = (messages: readonly Sent[]): number[] =>
      messages.filter((other) => other.source === source).map((other) => other.number);
    // While a gap is left below what has come, none of the source's messages is handed out.
    const hasGap = numbersIn(this.rings.flat()).some((other) => other < this.latest[source]);
    return !hasGap && number === Math.min(...numbersIn(this.taken));
  }

  receive(source: number, tag: number): void {
    const expected = this.expected(source, tag);
    const found = this.inbox.find(source, tag);
    const same =
      found?.source === expected?.source &&
      found?.tag === expected?.tag &&
      found?.stamp === expected?.number;
    if (!same) throw new Error(`expected ${describe(expected)}, found ${describe(found)}`);
    if (found === undefined || expected === undefined) return;
    this.inbox.take(found);
    this.taken.splice(this.taken.indexOf(expected), 1);
  }
}

function describe(message: Sent | ReceivedMessage | undefined): string {
  return message === undefined ? 'none' : `source=${message.source} tag=${message.tag}`;
}

const tag = fc.nat({ max: TAGS - 1 });
const source = fc.nat({ max: RANKS - 1 });
const commands = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('send' as const), source, tag }),
    fc.record({ kind: fc.constant('pull' as const), source, tag }),
    fc.record({
      kind: fc.constant('receive' as const),
      source: fc.integer({ min: ANY_SOURCE, max: RANKS - 1 }),
      tag: fc.integer({ min: ANY_TAG, max: TAGS - 1 }),
    }),
  ),
  { maxLength: 150, size: 'max' },
);

t.test('every receive takes what the rules of matching say', (t) => {
  fc.assert(
    fc.property(commands, (list) => {
      const model = new Model();
      for (const command of list) {
        if (command.kind === 'send') model.send(command.source, command.tag);
        else if (command.kind === 'pull') model.pull(command.tag);
        else model.receive(command.source, command.tag);
      }
    }),
    { numRuns: 500 },
  );
  t.end();
});

t.test('a later message is held back from any tag until the earlier one has come', (t) => {
  const inbox = openInbox();
  deliver(inbox, { source: 1, tag: 2, number: 1 });
  t.equal(inbox.find(1, ANY_TAG), undefined);
  t.equal(inbox.find(ANY_SOURCE, ANY_TAG), undefined);
  t.equal(inbox.find(ANY_SOURCE, 2)?.stamp, 1, 'its own tag has it');
  deliver(inbox, { source: 1, tag: 0, number: 0 });
  t.equal(inbox.find(ANY_SOURCE, ANY_TAG)?.stamp, 0);
  t.end();
});

t.test('collective messages match no receive with any tag', (t) => {
  const inbox = openInbox();
  deliver(inbox, { source: 1, tag: TAGS, number: 77 });
  t.equal(inbox.find(ANY_SOURCE, ANY_TAG), undefined);
  t.equal(inbox.find(1, TAGS)?.stamp, 77);
  t.end();
});

t.test('a slot that nobody filled is passed over', (t) => {
  const inbox = openInbox();
  const slot = new Int32Array(SLOT_WORDS);
  slot[DEST] = NOBODY;
  inbox.deliver(0, slot, 0, 1);
  t.equal(inbox.find(ANY_SOURCE, 0), undefined);
  t.end();
});

t.test('is full only while more waits than it may hold', (t) => {
  const inbox = new Inbox(
    RANKS,
    TAGS,
    TAGS + 1,
    0,
    new Heaps([], 0, new Int32Array(new SharedArrayBuffer(4)), new ControlLayout(0, 1)),
  );
  t.equal(inbox.isFull, false);
  deliver(inbox, { source: 0, tag: 0, number: 0 });
  t.equal(inbox.isFull, true);
  const message = inbox.find(0, 0);
  if (message !== undefined) inbox.take(message);
  t.equal(inbox.isFull, false);
  t.end();
});

t.test('stamps keep their order where they wrap around', (t) => {
  const last = 2 ** 27 - 1;
  t.equal(wrapStamp(last + 1), 0);
  t.equal(isLater(0, last), true);
  t.equal(isLater(last, 0), false);
  t.equal(isLater(5, 5), false);
  t.equal(isLater(2 ** 26 - 1, 0), true);
  t.end();
});
