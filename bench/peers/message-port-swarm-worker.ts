import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { SEED, TRACKER, bitfieldWords } from './message-port-swarm.js';
import type { RankJob, RankReport } from './message-port-swarm.js';

/**
 * A message is one word, `value << TAG_BITS | tag`, and travels in a batch: an array of words. Only
 * the answer to HOLDERS is longer: a mask of ranks follows its word.
 */
const Tag = {
  REGISTER: 0,
  RELEASE: 1,
  FILE: 2,
  HOLDERS: 3,
  NEW_HOLDER: 4,
  FINISHED: 5,
  STOP: 6,
  REQUEST: 7,
  ACK: 8,
  NACK: 9,
} as const;
const TAG_BITS = 4;
const TAG_MASK = (1 << TAG_BITS) - 1;
const NO_WORDS: readonly number[] = [];

/** Requests in flight at most. */
const WINDOW = 128;
/** The window is filled again once so few are left: fewer and larger batches than one at a time. */
const LOW_WATER = WINDOW / 2;
/** Segments between two questions for the current holders. */
const REFRESH = 10;

const job = workerData as RankJob;
const { rank, ranks, segments } = job;
const uploads = new Int32Array(job.uploads);
const bitfields = new Int32Array(job.bitfields);
const segmentWords = bitfieldWords(segments);
const maskWords = bitfieldWords(ranks);
const report: RankReport = {
  segmentsDownloaded: 0,
  segmentsUploaded: 0,
  requests: 0,
  nacks: 0,
  batches: 0,
};

/**
 * Bitfields and upload counts are hints to other ranks, read without atomics: a reader that sees an
 * older state asks somebody else, and the upload role decides by its own rank's bitfield alone.
 */
function holds(holder: number, segment: number): boolean {
  return (bitfields[holder * segmentWords + (segment >>> 5)] & (1 << (segment & 31))) !== 0;
}

function markHeld(segment: number): void {
  bitfields[rank * segmentWords + (segment >>> 5)] |= 1 << (segment & 31);
}

/** Collects a turn's messages, and posts them as one batch a destination, or each by itself. */
class Outbox {
  private readonly batches: number[][] = Array.from({ length: ranks }, () => []);
  private readonly dirty: number[] = [];

  send(to: number, tag: number, value = 0): void {
    this.sendLong(to, tag, value, NO_WORDS);
  }

  sendLong(to: number, tag: number, value: number, rest: Iterable<number>): void {
    this.append(to, (value << TAG_BITS) | tag);
    for (const word of rest) this.append(to, word);
    if (job.batch === 'message') this.flush();
  }

  private append(to: number, word: number): void {
    const batch = this.batches[to];
    if (batch.length === 0) {
      this.dirty.push(to);
    }
    batch.push(word);
  }

  flush(): void {
    for (const to of this.dirty) {
      portTo(to).postMessage(this.batches[to]);
      // `postMessage` has copied it: the same array collects the next turn.
      this.batches[to].length = 0;
      report.batches++;
    }
    this.dirty.length = 0;
  }
}

function portTo(other: number): MessagePort {
  const port = job.ports[other];
  if (port === null) {
    throw new Error(`rank=${rank}: no port to rank=${other}`);
  }
  return port;
}

const outbox = new Outbox();

/** What a rank does with its messages. */
interface Role {
  /** Takes one message; returns how many words of mask after it belong to it. */
  receive(from: number, tag: number, value: number, batch: number[], next: number): number;
  /** Called once a turn, after all its messages. */
  endTurn(): void;
}

class Tracker implements Role {
  private registered = 0;
  private finished = 0;
  private readonly holders = new Int32Array(maskWords);

  receive(from: number, tag: number): number {
    switch (tag) {
      case Tag.REGISTER:
        this.registered++;
        if (this.registered === ranks - 1) {
          report.released = process.hrtime.bigint();
          this.tellAll(Tag.RELEASE);
        }
        break;
      case Tag.FILE:
        outbox.send(from, Tag.FILE, segments);
        break;
      case Tag.HOLDERS:
        outbox.sendLong(from, Tag.HOLDERS, 0, this.holders);
        break;
      case Tag.NEW_HOLDER:
        this.holders[from >>> 5] |= 1 << (from & 31);
        break;
      case Tag.FINISHED:
        this.finished++;
        if (this.finished === ranks - 2) {
          report.finished = process.hrtime.bigint();
          this.tellAll(Tag.STOP);
        }
        break;
      default:
        throw new Error(`tracker: tag=${tag} from rank=${from}`);
    }
    return 0;
  }

  endTurn(): void {
    if (report.finished !== undefined) {
      stop();
    }
  }

  private tellAll(tag: number): void {
    for (let to = TRACKER + 1; to < ranks; to++) {
      outbox.send(to, tag);
    }
  }
}

class Client implements Role {
  /** Segments still to be asked for, the next one last; empty before the tracker told of the file. */
  private wanted: number[] = [];
  /** Shuffled before the release, so that the exchange does not pay for it. */
  private readonly pickingOrder = rank === SEED ? [] : shuffled(segments, job.seed * ranks + rank);
  private inFlight = 0;
  private stopped = false;
  private readonly holders = new Int32Array(maskWords);

  constructor() {
    if (rank === SEED) {
      for (let segment = 0; segment < segments; segment++) {
        markHeld(segment);
      }
      outbox.send(TRACKER, Tag.NEW_HOLDER);
    }
    outbox.send(TRACKER, Tag.REGISTER);
  }

  receive(from: number, tag: number, value: number, batch: number[], next: number): number {
    switch (tag) {
      case Tag.REQUEST:
        this.upload(from, value);
        break;
      case Tag.ACK:
        this.take(value);
        break;
      case Tag.NACK:
        // Asked for again after all others, from whoever holds it by then.
        report.nacks++;
        this.inFlight--;
        this.wanted.unshift(value);
        break;
      case Tag.RELEASE:
        if (rank !== SEED) {
          outbox.send(TRACKER, Tag.FILE);
          outbox.send(TRACKER, Tag.HOLDERS);
        }
        break;
      case Tag.FILE:
        if (value !== this.pickingOrder.length) {
          throw new Error(`rank=${rank}: segments=${value}: expected ${this.pickingOrder.length}`);
        }
        this.wanted = this.pickingOrder;
        break;
      case Tag.HOLDERS:
        for (let i = 0; i < maskWords; i++) {
          this.holders[i] = batch[next + i];
        }
        return maskWords;
      case Tag.STOP:
        this.stopped = true;
        break;
      default:
        throw new Error(`rank=${rank}: tag=${tag} from rank=${from}`);
    }
    return 0;
  }

  endTurn(): void {
    this.fillWindow();
    if (this.stopped) {
      stop();
    }
  }

  private upload(to: number, segment: number): void {
    if (holds(rank, segment)) {
      report.segmentsUploaded++;
      uploads[rank] = report.segmentsUploaded;
      outbox.send(to, Tag.ACK, segment);
    } else {
      outbox.send(to, Tag.NACK, segment);
    }
  }

  private take(segment: number): void {
    if (holds(rank, segment)) {
      throw new Error(`rank=${rank}: segment=${segment} delivered twice`);
    }
    markHeld(segment);
    this.inFlight--;
    report.segmentsDownloaded++;
    if (report.segmentsDownloaded === 1) {
      outbox.send(TRACKER, Tag.NEW_HOLDER);
    }
    if (report.segmentsDownloaded === segments) {
      outbox.send(TRACKER, Tag.FINISHED);
    }
  }

  private fillWindow(): void {
    if (this.inFlight > LOW_WATER || this.wanted.length === 0) {
      return;
    }
    const holders = this.leastBusyFirst();
    // The answer with the holders may come a turn after the one with the file.
    if (holders.length === 0) return;
    while (this.inFlight < WINDOW) {
      const segment = this.wanted.pop();
      if (segment === undefined) {
        return;
      }
      const holder = holders.find((candidate) => holds(candidate, segment));
      if (holder === undefined) {
        throw new Error(`rank=${rank}: segment=${segment} has no holder, not even the seed`);
      }
      // The first question for the holders went out with the one for the file.
      if (report.requests > 0 && report.requests % REFRESH === 0) {
        outbox.send(TRACKER, Tag.HOLDERS);
      }
      report.requests++;
      this.inFlight++;
      outbox.send(holder, Tag.REQUEST, segment);
    }
  }

  /** Known holders by upload count; among equals, the next rank after this one comes first. */
  private leastBusyFirst(): number[] {
    const keys: number[] = [];
    for (let distance = 1; distance < ranks; distance++) {
      const other = (rank + distance) % ranks;
      if ((this.holders[other >>> 5] & (1 << (other & 31))) !== 0) {
        keys.push(uploads[other] * ranks + distance);
      }
    }
    // Numbers of one typed array sort without a comparison function.
    return Array.from(Float64Array.from(keys).sort(), (key) => (rank + (key % ranks)) % ranks);
  }
}

/** 0 .. count-1 in a random order (Fisher-Yates, with mulberry32). */
function shuffled(count: number, seed: number): number[] {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

const role: Role = rank === TRACKER ? new Tracker() : new Client();
let turnOpen = false;

function endTurn(): void {
  turnOpen = false;
  role.endTurn();
  outbox.flush();
}

/**
 * All ports with something to read are served in the poll phase of a turn of the event loop, and
 * `setImmediate` runs after it: so one turn's messages to a rank become one batch.
 */
function receive(from: number, batch: number[]): void {
  if (!turnOpen) {
    turnOpen = true;
    setImmediate(endTurn);
  }
  for (let i = 0; i < batch.length;) {
    const word = batch[i++];
    i += role.receive(from, word & TAG_MASK, word >>> TAG_BITS, batch, i);
  }
}

/** Whoever started this rank ends its thread once every rank has reported. */
function stop(): void {
  outbox.flush();
  parentPort?.postMessage(report);
}

job.ports.forEach((port, from) => {
  port?.on('message', (batch: number[]) => receive(from, batch));
});
outbox.flush();
