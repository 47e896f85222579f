import type { RankResult } from '../../result.js';
import { type Findings, type ValidationCase, check, within, AT_LEAST } from './check.js';
import { type Simulated, simulate } from './simulate.js';

const SEGMENTS = 400;
const SEGMENT_BYTES = 32_768;
/** 1 / mu: the time in which an uplink lets a whole file go. */
const UPLOAD_SECONDS = 400;
/** 1 / gamma: how long a client stays with the whole file, on average. */
const SEEDING_SECONDS = 100;
const ARRIVALS_PER_SECOND = 0.5;
/** Downlinks take in so many times as much as uplinks let go: they never decide. */
const DOWN_OVER_UP = 8;

/** The swarm is looked at once it has settled, for some times as long as a download lasts. */
const SETTLED_SECONDS = 1500;
const END_SECONDS = 5500;
/** Who joins so late may not have finished by the end: such downloads are left out of the mean. */
const LAST_JOIN_SECONDS = END_SECONDS - 3 * UPLOAD_SECONDS;

const TOLERANCE = 0.1;
const LEAST_LEECHERS = 100;

/** V5: a swarm in its steady state. */
export const FLUID_MODEL: ValidationCase = {
  id: 'V5',
  title: 'fluid model: download time and population of a steady swarm',
  source: 'Qiu, Srikant, Modeling and performance analysis of BitTorrent-like networks, 2004',
  run,
};

/**
 * The model's steady state. The one seed that was there first never leaves: it serves as much as
 * one more of the seeds that come and go, so of the arrivals' demand `1 / lambda` seconds a file
 * are met by it: T = (1/eta)(1/mu - 1/gamma - 1/lambda).
 *
 * @param eta - how well leechers' uplinks are used
 */
export function steadyState(eta: number): {
  readonly downloadSeconds: number;
  readonly leechers: number;
  readonly seeds: number;
} {
  const served = SEEDING_SECONDS + 1 / ARRIVALS_PER_SECOND;
  const uplinkBound = (UPLOAD_SECONDS - served) / eta;
  const downloadSeconds = Math.max(UPLOAD_SECONDS / DOWN_OVER_UP, uplinkBound);
  return {
    downloadSeconds,
    leechers: ARRIVALS_PER_SECOND * downloadSeconds,
    seeds: ARRIVALS_PER_SECOND * SEEDING_SECONDS,
  };
}

function run(): Findings {
  const up = (SEGMENTS * SEGMENT_BYTES) / UPLOAD_SECONDS;
  const simulated = simulate({
    protocol: 'bep3',
    // More than will join before the end.
    ranks: 2 + Math.ceil(ARRIVALS_PER_SECOND * END_SECONDS * 1.1),
    segments: SEGMENTS,
    segmentBytes: SEGMENT_BYTES,
    blockBytes: SEGMENT_BYTES,
    up,
    down: up * DOWN_OVER_UP,
    pipeline: 4,
    arrivals: `poisson:${ARRIVALS_PER_SECOND}`,
    seeding: `exp:${SEEDING_SECONDS}`,
    until: END_SECONDS,
  });
  const stays = staysOf(simulated);
  const eta = uplinkUse(simulated, stays);
  const model = steadyState(eta);
  const leechers = meanPresent(stays.map(({ joined, finished }) => [joined, finished]));
  const seeds = meanPresent(stays.map(({ finished, left }) => [finished, left]));
  return {
    checks: [
      check('leechers, enough for the model', 'peers', LEAST_LEECHERS, leechers, AT_LEAST),
      check(
        'mean download time',
        's',
        model.downloadSeconds,
        meanDownload(stays),
        within(TOLERANCE),
      ),
      check('mean number of leechers', 'peers', model.leechers, leechers, within(TOLERANCE)),
      check('mean number of seeds', 'peers', model.seeds, seeds, within(TOLERANCE)),
    ],
    notes: [
      `eta, the use of leechers' uplinks, measured: ${eta.toFixed(3)}`,
      `lambda ${ARRIVALS_PER_SECOND}/s, 1/mu ${UPLOAD_SECONDS} s, 1/gamma ${SEEDING_SECONDS} s, ` +
        `${SETTLED_SECONDS} to ${END_SECONDS} s; one seed stays, which serves 1/lambda s of a file`,
    ],
  };
}

/** A client's times in s; those that lie beyond the run's end are Infinity. */
interface Stay {
  readonly rank: number;
  readonly joined: number;
  readonly finished: number;
  readonly left: number;
}

function staysOf({ result }: Simulated): Stay[] {
  return result.ranks.filter(({ role }) => role === 'client').map(stayOf);
}

function stayOf({ rank, joinedSeconds = 0, completionSeconds, departedSeconds }: RankResult): Stay {
  return {
    rank,
    joined: joinedSeconds,
    finished: joinedSeconds + (completionSeconds ?? Infinity),
    left: departedSeconds ?? Infinity,
  };
}

/** The mean number of clients that are between two of their times while the swarm is looked at. */
function meanPresent(spans: readonly (readonly [from: number, to: number])[]): number {
  const present = spans.reduce((sum, [from, to]) => {
    const overlap = Math.min(to, END_SECONDS) - Math.max(from, SETTLED_SECONDS);
    return sum + Math.max(0, overlap);
  }, 0);
  return present / (END_SECONDS - SETTLED_SECONDS);
}

/** Those who joined in the time that is looked at, early enough to have finished. */
function observed(stays: readonly Stay[]): Stay[] {
  return stays.filter(({ joined }) => joined >= SETTLED_SECONDS && joined < LAST_JOIN_SECONDS);
}

function meanDownload(stays: readonly Stay[]): number {
  const times = observed(stays).map(({ joined, finished }) => finished - joined);
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

/** Bytes that leechers uploaded over what their uplinks could have let go. */
function uplinkUse({ host, plan }: Simulated, stays: readonly Stay[]): number {
  let sent = 0;
  let possible = 0;
  for (const { rank, joined, finished } of observed(stays)) {
    sent += host.uploadsBeforeSeeding(rank) * SEGMENT_BYTES;
    possible += (finished - joined) * plan.population.up[rank];
  }
  return sent / possible;
}
