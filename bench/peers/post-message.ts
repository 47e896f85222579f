import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { NODE_VERSION, SMALL_MESSAGE_BYTES, median, ratesPerSecond } from './peer.js';
import type { PeerResult } from './peer.js';
import { runWorkers } from './workers.js';

/**
 * Ways to say 16 bytes in a message, as users do: four numbers as an object's properties, as an
 * array's elements, or as a typed array.
 */
export type Payload = 'object' | 'array' | 'Int32Array';

/** What a `post-message-worker` does. */
export interface PostMessageJob {
  role: 'rateSender' | 'rateReceiver' | 'ping' | 'pong';
  port: MessagePort;
  payload: Payload;
  /** Words of {@link PostMessageControl}. */
  control: SharedArrayBuffer;
  messages: number;
  repetitions: number;
}

/** What a `post-message-worker` reports. */
export interface PostMessageReport {
  /** `process.hrtime.bigint()` at the start (sender, ping) or end (receiver) of each repetition. */
  stamps: bigint[];
  /** Sum of all words of all messages sent or received. */
  sum: number;
}

/** Shared words beside the port, for what is not measured. */
export const PostMessageControl = { MET: 0, RECEIVED: 1, WORDS: 2 } as const;

const PAYLOADS: readonly Payload[] = ['object', 'array', 'Int32Array'];
const TIME_LIMIT_MS = 30_000;
/** The first one warms up, and is not counted. */
const REPETITIONS = 6;

/**
 * One-way rate of 16-byte messages from one worker thread to another through a `MessageChannel`.
 *
 * Object, array and typed array are all measured; the fastest of them is returned and named, as
 * which one that is depends on Node's version. The receiver drains its port with
 * `receiveMessageOnPort` whenever it is woken: faster than an event a message.
 *
 * @param messages - messages in a repetition
 * @returns the fastest payload's median repetition
 * @throws Error when a message was lost or changed
 */
export async function postMessageRate(messages = 40_000): Promise<PeerResult> {
  const results: PeerResult[] = [];
  for (const payload of PAYLOADS) {
    const [sent, received] = await runPair('rateSender', 'rateReceiver', payload, messages);
    const rates = ratesPerSecond(messages, sent.stamps, received.stamps);
    results.push({
      name: `postMessage, one way, ${SMALL_MESSAGE_BYTES} B as ${payload}`,
      version: NODE_VERSION,
      unit: 'msg/s',
      value: median(rates.slice(1)),
    });
  }
  return results.reduce((best, next) => ((next.value ?? 0) > (best.value ?? 0) ? next : best));
}

/**
 * Round trip of a 16-byte message (an array of four numbers) between two worker threads, each
 * waiting for the other in its event loop.
 *
 * @param roundTrips - round trips in a repetition
 * @returns the median repetition's mean round trip
 * @throws Error when a message was lost or changed
 */
export async function postMessageRoundTrip(roundTrips = 2_000): Promise<PeerResult> {
  const [{ stamps }] = await runPair('ping', 'pong', 'array', roundTrips);
  const means = stamps.slice(1).map((stamp, i) => Number(stamp - stamps[i]) / roundTrips);
  return {
    name: `postMessage, round trip, ${SMALL_MESSAGE_BYTES} B`,
    version: NODE_VERSION,
    unit: 'ns',
    value: median(means.slice(1)),
  };
}

async function runPair(
  first: PostMessageJob['role'],
  second: PostMessageJob['role'],
  payload: Payload,
  messages: number,
): Promise<PostMessageReport[]> {
  const { port1, port2 } = new MessageChannel();
  const control = new SharedArrayBuffer(PostMessageControl.WORDS * Int32Array.BYTES_PER_ELEMENT);
  const job = (role: PostMessageJob['role'], port: MessagePort) => {
    const data: PostMessageJob = {
      role,
      port,
      payload,
      control,
      messages,
      repetitions: REPETITIONS,
    };
    return { data, transfer: [port] };
  };
  const reports = await runWorkers<PostMessageReport>(
    'post-message-worker.js',
    [job(first, port1), job(second, port2)],
    TIME_LIMIT_MS,
  );
  if (reports[0].sum !== reports[1].sum) {
    throw new Error(`postMessage: sent sum=${reports[0].sum}, received sum=${reports[1].sum}`);
  }
  return reports;
}
