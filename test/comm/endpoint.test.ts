import t from 'tap';
import { Endpoint, type Fabric } from '../../src/comm/endpoint.js';
import { Placement } from '../../src/comm/placement.js';
import { carveChannels } from '../../src/ringbuf/channels.js';
import { PAYLOAD, SLOT_WORDS } from '../../src/ringbuf/ring-layout.js';
import { ControlLayout, STATE } from '../../src/shm/control-layout.js';
import { Carver } from '../../src/shm/layout.js';
import { PARKED, RUNNING } from '../../src/shm/parking.js';

const CAPACITY = 4;

/** The endpoints of three threads with a rank each, and two tags. */
function openThree(): [Endpoint, Endpoint, Endpoint] {
  const carver = new Carver();
  const control = ControlLayout.carve(carver, 3);
  const channels = carveChannels(carver, 3, 2, () => CAPACITY);
  const slab = new SharedArrayBuffer(carver.totalWords * 4);
  const fabric: Fabric = { slab, control, channels, placement: new Placement(3, 3) };
  return [new Endpoint(fabric, 0), new Endpoint(fabric, 1), new Endpoint(fabric, 2)];
}

/** First payload words of what there is to receive. */
function receiveAll(endpoint: Endpoint, tag: number): number[] {
  const received: number[] = [];
  const deliver = (_: number, words: Int32Array, at: number, count: number): void => {
    for (let index = 0; index < count; index++) {
      received.push(words[at + index * SLOT_WORDS + PAYLOAD]);
    }
  };
  endpoint.receive(tag, { deliver }, 100);
  return received;
}

const trySend = (endpoint: Endpoint, tag: number, dest: number, value: number): boolean =>
  endpoint.trySend(tag, 0, dest, value, 0, 0, 0, 0);

t.test('trySend publishes at once and refuses when the ring is full', (t) => {
  const [a, b] = openThree();
  t.equal(b.hasMessage(1), false);
  const accepted = [0, 1, 2, 3, 4].map((value) => trySend(a, 1, 1, value));
  t.strictSame(accepted, [true, true, true, true, false]);
  t.equal(a.sent, 4);
  t.equal(b.hasMessage(1), true);
  t.equal(b.hasMessage(0), false);
  t.strictSame(receiveAll(b, 1), [0, 1, 2, 3]);
  t.equal(trySend(a, 1, 1, 5), true);
  t.strictSame(receiveAll(b, 1), [5]);
  t.end();
});

t.test('trySend never overtakes what waits for room', (t) => {
  const [a, b] = openThree();
  for (let value = 0; value < 5; value++) a.send(1, 0, 1, value, 0, 0, 0, 0);
  t.equal(a.flush(), false);
  t.strictSame(receiveAll(b, 1), [0, 1, 2, 3]);
  t.equal(trySend(a, 1, 1, 5), false, 'there is room, but message 4 comes first');
  t.equal(a.flush(), true);
  t.equal(trySend(a, 1, 1, 5), true);
  t.strictSame(receiveAll(b, 1), [4, 5]);
  t.end();
});

t.test('trySend leaves it to its caller to wake the receiver', (t) => {
  const [a, b] = openThree();
  b.words[b.control + STATE] = PARKED;
  trySend(a, 0, 1, 1);
  a.wakeReceivers();
  t.equal(b.words[b.control + STATE], PARKED);
  t.end();
});

t.test('trySend reaches a rank of the same thread', (t) => {
  const [a] = openThree();
  t.equal(trySend(a, 0, 0, 7), true);
  t.strictSame(receiveAll(a, 0), [7]);
  t.end();
});

t.test('a sender that goes to sleep after others took its room is woken for the next', (t) => {
  const [a, b, c] = openThree();
  for (let value = 0; value < 5; value++) a.send(1, 0, 1, value, 0, 0, 0, 0);
  t.equal(a.flush(), false);
  // Its wish is granted while it is still running, and the room goes to another sender.
  t.strictSame(receiveAll(b, 1), [0, 1, 2, 3]);
  b.wakeReceivers();
  for (let value = 10; value < 14; value++) t.equal(trySend(c, 1, 1, value), true);
  a.words[a.control + STATE] = PARKED;
  t.equal(a.hasWork(), false);
  t.strictSame(receiveAll(b, 1), [10, 11, 12, 13]);
  b.wakeReceivers();
  t.equal(a.words[a.control + STATE], RUNNING);
  t.equal(a.flush(), true);
  t.strictSame(receiveAll(b, 1), [4]);
  t.end();
});

t.test('trySend to a rank that has died goes nowhere and holds up nobody', (t) => {
  const [a, b] = openThree();
  a.forget(1);
  t.equal(trySend(a, 0, 1, 7), true);
  t.equal(b.hasMessage(0), false);
  t.end();
});
