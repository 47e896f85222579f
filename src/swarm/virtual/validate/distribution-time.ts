import type { RunOptions } from '../../config.js';
import { minimumDistributionSeconds } from '../optimum.js';
import {
  AT_LEAST,
  AT_MOST,
  type Check,
  type Findings,
  type ValidationCase,
  check,
  within,
} from './check.js';
import { simulate } from './simulate.js';

/** The published conditions, in bit and bit/s. */
const FILE_BITS = 15e9;
const SEED_UP = 30e6;
const DOWN = 2e6;

/** The published table: seconds for each number of leechers and uplink. */
const PUBLISHED = [
  { leechers: 10, seconds: { 300e3: 7500, 700e3: 7500, 2e6: 7500 } },
  { leechers: 100, seconds: { 300e3: 25_000, 700e3: 15_000, 2e6: 7500 } },
  { leechers: 1000, seconds: { 300e3: 45_455, 700e3: 20_548, 2e6: 7500 } },
] as const;

const FORMULA_TOLERANCE = 0.001;
const MOST_GAP = 1.15;
const ROUNDING = 1e-9;
const BITS = 8;
const SEGMENT_BYTES = 32_768;

/**
 * What is simulated: the table's links with a twentieth of its file (2,861 segments), which all three
 * times of the formula shrink with; it still lasts for dozens of rounds of choking.
 *
 * The seed's uplink is worth 15 downlinks: with fewer slots it can't be filled. It serves all in
 * turn, as the bound's schedule does: whoever it favoured would be done early and idle.
 */
const SEGMENTS = 2861;

/** Who knows whom, by the number of leechers: all where that is possible. */
const NEIGHBOURS: Readonly<Record<number, RunOptions>> = {
  10: { graph: 'full', pipeline: 8 },
  100: { graph: 'full', pipeline: 8 },
  1000: { graph: 'regular:30', pipeline: 4 },
};

const COMMON: RunOptions = {
  protocol: 'bep3',
  strategy: 'tit-for-tat',
  picker: 'rarest',
  seedChoking: 'in-turn',
  segments: SEGMENTS,
  slots: 24,
  segmentBytes: SEGMENT_BYTES,
  // One block a segment: none is lost half-sent when its sender chokes.
  blockBytes: SEGMENT_BYTES,
  latencyMs: [[10]],
  seedUp: SEED_UP / BITS,
  down: DOWN / BITS,
};

/** V2: the least time in which all have the file. */
export const DISTRIBUTION_TIME: ValidationCase = {
  id: 'V2',
  title: 'minimum distribution time',
  source: 'Kumar, Ross, Peer-assisted file distribution: the minimum distribution time, 2006',
  run,
};

function run(): Findings {
  const pairs = PUBLISHED.flatMap(({ leechers, seconds }) =>
    Object.entries(seconds).map(([up, published]) => ({ leechers, up: Number(up), published })),
  );
  const formulas = pairs.map(({ leechers, up, published }) => {
    const ups = new Array<number>(leechers).fill(up);
    const got = minimumDistributionSeconds(FILE_BITS, SEED_UP, ups, DOWN);
    return check(nameOf('formula', leechers, up), 's', published, got, within(FORMULA_TOLERANCE));
  });
  const runs = pairs.flatMap(({ leechers, up }) => judgeRun(leechers, up));
  return {
    checks: [...formulas, ...runs],
    notes: [
      'runs: tit-for-tat, rarest first; time of the last completion over the bound of that run',
      `a file of ${SEGMENTS} segments: a twentieth of the published one's time`,
    ],
  };
}

function nameOf(what: string, leechers: number, up: number): string {
  return `${what}, L = ${leechers}, u = ${up / 1000} kbit/s`;
}

function judgeRun(leechers: number, up: number): Check[] {
  const { result } = simulate({
    ...COMMON,
    ...NEIGHBOURS[leechers],
    ranks: leechers + 2,
    up: up / BITS,
  });
  const gap = result.optimum?.gap ?? NaN;
  const name = nameOf('run', leechers, up);
  const bound = check(`${name}, not below`, 'ratio', 1 - ROUNDING, gap, AT_LEAST);
  return [bound, check(`${name}, near`, 'ratio', MOST_GAP, gap, AT_MOST)];
}
