/** What a run in virtual time takes, so that one that is too large is refused before it starts. */
import { MemoryLimitError } from '../../errors.js';
import { MAX_PAGES, PAGE_BYTES } from '../../roles/kernel.js';
import type { VirtualRunConfig } from '../config.js';
import { availableBytes, bytesOfAcquaintance } from '../plan.js';
import { bytesOfObservation } from './observation.js';
import type { Population } from './population.js';

/** Bytes of one side of a connection without its requests, with its places in lists. */
const CONNECTION_BYTES = 128 + 4 + 2 * 4;

/** Bytes of a peer's or client's objects without what grows with options. */
const RANK_BYTES = 1024;

/** Events under way for each request that may be. */
const EVENT_BYTES = 64;

/** Lists double as they grow: what they leave behind, and blocks that are not filled. */
const SLACK = 1.2;

/** Neighbours that a peer has requests with at a time. */
const ACTIVE_NEIGHBOURS = 8;

/**
 * @param slabBytes - what is laid out before the threads begin
 * @throws MemoryLimitError where the run would need more than there is
 */
export function refuseTooMuch(
  config: VirtualRunConfig,
  population: Population,
  slabBytes: number,
): void {
  const { ranks, protocol } = config;
  const growth = protocol === 'bep3' ? bytesOfPeers(config, population) : bytesOfClients(config);
  const observed = config.observe === true ? config.threads * bytesOfObservation(config) : 0;
  const required = Math.ceil(slabBytes + SLACK * growth + observed);
  const limit = Math.min(MAX_PAGES * PAGE_BYTES, availableBytes());
  if (required <= limit) return;
  throw new MemoryLimitError(
    `${ranks} ranks in virtual time, protocol ${protocol}`,
    required,
    limit,
  );
}

function bytesOfPeers(config: VirtualRunConfig, population: Population): number {
  const segments = config.files * config.segments;
  const row = Math.ceil(segments / 128) * 16;
  const connection = CONNECTION_BYTES + config.pipeline * 8;
  const connections = population.connections.reduce((sum, count) => sum + count, 0);
  const tables = config.ranks * config.threads * config.latencyMs.length * (row + 16);
  const active = Math.min(config.neighbours, ACTIVE_NEIGHBOURS) * config.pipeline * EVENT_BYTES;
  return connections * connection + tables + config.ranks * (RANK_BYTES + row * 2 + active);
}

function bytesOfClients(config: VirtualRunConfig): number {
  const { ranks, files, segments, window, handout } = config;
  const acquaintances = ranks * bytesOfAcquaintance(config);
  const requests = window * (24 + 3 * EVENT_BYTES);
  return ranks * (RANK_BYTES + files * segments * 4 + requests + handout * 12 + acquaintances);
}
