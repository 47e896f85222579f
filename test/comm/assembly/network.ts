/** The simulated links of some ranks on one thread, driven and watched a message at a time. */
import { LINK_BYTES } from '../../../src/comm/simulated-layout.js';
import { compileForTests, instantiateForTests } from '../../ringbuf/kernel-module.js';

/** Tags of data and control messages, and of what a test sets for itself. */
const DATA = 1;
const CONTROL = 2;
const SEND = 3;

/** As in `links.ts`. */
const ENTERS = 1 << 8;
const NEXT_BLOCK = 1 << 10;
const PART = 1 << 11;
const LAST_BYTE = 1 << 12;

const SOURCE = `
import { allocate, openHeap, put } from './shm/assembly/memory';
import { nextTime, openAgenda, pop, push, NEVER } from './comm/assembly/simulated/agenda';
import { Event, giveEvent, takeEvent } from './comm/assembly/simulated/event';
import { arrive, isSpent, post, setTimer } from './comm/assembly/simulated/links';
import { nextWindow, now, openWindows, setNow, windowEnd } from './comm/assembly/simulated/windows';
export { allocate, openHeap, openAgenda };
export { openLink, openLinks, transfer } from './comm/assembly/simulated/links';
export function open(shared: usize, placement: usize, windowNs: f64, endNs: f64): void {
  openAgenda(2, false);
  openWindows(0, 1, shared, placement, windowNs, endNs, 1, shared, false);
}
/** Writes the next event; the state of the window where there is none. */
export function step(into: usize): i32 {
  let time = nextTime();
  while (time >= windowEnd) {
    const state = nextWindow();
    if (state != 0) return state;
    time = nextTime();
  }
  if (time < now) unreachable();
  setNow(time);
  const event = pop();
  store<f64>(into, <f64>event.time);
  store<f64>(into, <f64>event.lastByte, 8);
  put(into, 4, event.tag);
  put(into, 5, event.source);
  put(into, 6, event.dest);
  put(into, 7, event.bytes);
  put(into, 8, event.a);
  put(into, 9, <i32>event.order);
  const isHandled = arrive(event);
  if (isHandled || isSpent(event)) giveEvent(event);
  return 0;
}
export function wake(tag: i32, rank: i32, delayNs: f64, a: i32): void {
  setTimer(tag, rank, <i64>delayNs, a);
}
export function say(tag: i32, source: i32, dest: i32, bytes: i32, a: i32): void {
  post(tag, source, dest, bytes, a);
}
export function enter(time: f64, order: f64): void {
  const event = takeEvent();
  event.time = <i64>time;
  event.order = <i64>order;
  push(event);
}
export function peek(): f64 {
  const time = nextTime();
  return time == NEVER ? -1 : <f64>time;
}
export function take(into: usize): void {
  const event = pop();
  store<f64>(into, <f64>event.time);
  store<f64>(into, <f64>event.order, 8);
  giveEvent(event);
}
`;

interface Exports {
  openHeap(address: number): void;
  allocate(bytes: number): number;
  openAgenda(ranks: number, looksAhead: number): void;
  open(shared: number, placement: number, windowNs: number, endNs: number): void;
  openLinks(
    thread: number,
    threads: number,
    links: number,
    zones: number,
    zoneCount: number,
    latencies: number,
    downlinks: number,
    jitterNs: number,
    block: number,
  ): void;
  openLink(rank: number, upNsPerByte: number, seed: number): void;
  say(tag: number, source: number, dest: number, bytes: number, a: number): void;
  transfer(
    tag: number,
    source: number,
    dest: number,
    bytes: number,
    headerBytes: number,
    a: number,
    b: number,
    c: number,
    d: number,
  ): void;
  wake(tag: number, rank: number, delayNs: number, a: number): void;
  step(into: number): number;
  enter(time: number, order: number): void;
  peek(): number;
  take(into: number): void;
}

/** What a network is made of: rates in bytes/s, 0: no limit; times in ns. */
export interface NetworkShape {
  readonly up: readonly number[];
  readonly down: readonly number[];
  readonly zones?: readonly number[];
  /** From zone to zone. */
  readonly latencyNs: readonly (readonly number[])[];
  readonly jitterNs?: number;
  readonly blockBytes: number;
  readonly seed?: number;
  readonly endNs?: number;
}

/** Something that is sent at an instant. */
export interface Sending {
  readonly atNs: number;
  readonly source: number;
  readonly dest: number;
  readonly bytes: number;
  readonly isControl?: boolean;
}

/** One block of data, and when; times in ns. */
export interface Block {
  readonly source: number;
  readonly dest: number;
  readonly bytes: number;
  /** Which sending it belongs to, and whether it is that one's last. */
  readonly sending: number;
  readonly isLast: boolean;
  /** Its last byte has left the uplink. */
  leftNs: number;
  /** Its last byte is there. */
  arrivedNs: number;
}

/** A control message, when it arrived. */
export interface Arrival {
  readonly sending: number;
  readonly arrivedNs: number;
}

/** What went through a network, in the order of arrival. */
export interface Traffic {
  readonly blocks: readonly Block[];
  readonly controls: readonly Arrival[];
  /** When the last event was. */
  readonly endedNs: number;
}

/** Compiles what `sendAll` and `openAgenda` run on. */
export function compileNetwork(): Promise<WebAssembly.Module> {
  return compileForTests(SOURCE);
}

/** A calendar queue alone. */
export interface AgendaUnderTest {
  push(time: number, order: number): void;
  /** Time and order of the next event, or `undefined`. */
  pop(): readonly [time: number, order: number] | undefined;
}

/** Opens an empty agenda, for so many ranks. */
export function openAgenda(
  module: WebAssembly.Module,
  ranks = 1,
  looksAhead = false,
): AgendaUnderTest {
  const { exports, memory } = instantiateForTests(module);
  const kernel = exports as Exports;
  kernel.openAgenda(ranks, looksAhead ? 1 : 0);
  const into = kernel.allocate(16);
  return {
    push: (time, order) => kernel.enter(time, order),
    pop: () => {
      if (kernel.peek() < 0) return undefined;
      kernel.take(into);
      const [time, order] = new Float64Array(memory.buffer, into, 2);
      return [time, order];
    },
  };
}

/** Sends data and control messages through a network, and watches them. */
export function sendAll(
  module: WebAssembly.Module,
  shape: NetworkShape,
  sendings: readonly Sending[],
): Traffic {
  const { exports, memory } = instantiateForTests(module);
  const kernel = exports as Exports;
  const ranks = shape.up.length;
  const words = (values: readonly number[]): number => {
    const place = kernel.allocate(values.length * 4);
    new Int32Array(memory.buffer, place, values.length).set(values);
    return place;
  };
  const shared = kernel.allocate(4096);
  const placement = words(new Array<number>(ranks).fill(0));
  const zones = words(shape.zones ?? new Array<number>(ranks).fill(0));
  const doubles = (values: readonly number[]): number => {
    const place = kernel.allocate(values.length * 8);
    new Float64Array(memory.buffer, place, values.length).set(values);
    return place;
  };
  const nsPerByte = (rate: number): number => (rate === 0 ? 0 : 1e9 / rate);
  const latencies = shape.latencyNs.flat();
  kernel.open(shared, placement, Math.min(...latencies), shape.endNs ?? 0);
  kernel.openLinks(
    0,
    1,
    kernel.allocate(ranks * LINK_BYTES),
    zones,
    shape.latencyNs.length,
    doubles(latencies),
    doubles(shape.down.map(nsPerByte)),
    shape.jitterNs ?? 0,
    shape.blockBytes,
  );
  shape.up.forEach((rate, rank) => kernel.openLink(rank, nsPerByte(rate), shape.seed ?? 1));
  sendings.forEach(({ atNs, source }, index) => {
    kernel.wake(SEND, source, atNs, index);
  });
  return watch(kernel, memory, sendings);
}

function watch(kernel: Exports, memory: WebAssembly.Memory, sendings: readonly Sending[]): Traffic {
  const into = kernel.allocate(64);
  const blocks: Block[] = [];
  const controls: Arrival[] = [];
  const underWay = new Map<string, Block>();
  const leftAt = new Map<string, number>();
  let endedNs = 0;
  while (kernel.step(into) === 0) {
    const [time] = new Float64Array(memory.buffer, into, 1);
    const [tag, source, dest, bytes, sending, order] = new Int32Array(memory.buffer, into + 16, 6);
    endedNs = time;
    if (tag === SEND) send(kernel, sendings[sending], sending);
    else if (tag === CONTROL) controls.push({ sending, arrivedNs: time });
    // The uplink's event has the number after its block's.
    else if (tag === NEXT_BLOCK) leftAt.set(`${source} ${order - 1}`, time);
    else if ((tag & ENTERS) !== 0) {
      const isLast = tag !== PART + ENTERS;
      const block = { source, dest, bytes, sending, isLast, leftNs: 0, arrivedNs: 0 };
      underWay.set(`${source} ${order}`, block);
    } else if ((tag & LAST_BYTE) !== 0) {
      const block = underWay.get(`${source} ${order}`);
      if (block === undefined) throw new Error(`a block arrived that never left: tag=${tag}`);
      block.arrivedNs = time;
      blocks.push(block);
    }
  }
  for (const [key, block] of underWay) block.leftNs = leftAt.get(key) ?? NaN;
  return { blocks, controls, endedNs };
}

function send(kernel: Exports, sending: Sending, index: number): void {
  const { source, dest, bytes, isControl } = sending;
  if (isControl === true) kernel.say(CONTROL, source, dest, bytes, index);
  else kernel.transfer(DATA, source, dest, bytes, 0, index, 0, 0, 0);
}
