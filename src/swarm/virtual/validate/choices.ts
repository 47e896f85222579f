import {
  AT_LEAST,
  AT_MOST,
  type Check,
  type Findings,
  type ValidationCase,
  check,
  plusMinus,
  within,
} from './check.js';
import { Chooser } from './chooser.js';
import { type QueueOptions, meanResponse } from './queues.js';

const PEERS = 2048;
const FEW_PEERS = 256;
const MANY_PEERS = 65_536;
const RUNS = 20;

/** The O(1) of the bound for d choices. */
const CONSTANT = 1.5;
/** Gonnet's expression leaves out what is less than one request. */
const RANDOM_TOLERANCE = 0.1;

const QUEUES = { servers: 100, load: 0.9, requests: 200_000, seed: 1 } as const;
const FRESH = 0;
const STALE = 10;

/** V7: what one choice more is worth, and what old figures do to the best of all choices. */
export const CHOICES: ValidationCase = {
  id: 'V7',
  title: 'choices: the most requests that any of n peers gets of n',
  source:
    'Azar, Broder, Karlin, Upfal, Balanced allocations, 1999; Gonnet, Expected length of the ' +
    'longest probe sequence in hash code searching, 1981; Mitzenmacher, How useful is old ' +
    'information?, 2000',
  run,
};

function run(): Findings {
  const random = meanMaximum('random', PEERS);
  const logarithms = Math.log(PEERS) / Math.log(Math.log(PEERS));
  const exact = inverseGamma(PEERS) - 1.5;
  const few = meanMaximum('power-of-2', FEW_PEERS);
  const many = meanMaximum('power-of-2', MANY_PEERS);
  return {
    checks: [
      check('random, Gonnet', 'requests', exact, random, within(RANDOM_TOLERANCE)),
      check('random, at least ln n / ln ln n', 'requests', logarithms, random, AT_LEAST),
      check('random, at most twice that', 'requests', 2 * logarithms, random, AT_MOST),
      ...[2, 3].map((choices) => maximumOf(choices)),
      // ln ln n / ln 2 grows by 1 where n is squared; a maximum is a whole number, and may not.
      check('2 choices, growth as n is squared', 'requests', 1, many - few, AT_MOST),
      ...judgeOldFigures(),
    ],
    notes: [
      `n = ${PEERS}, means of ${RUNS} runs; squared: from ${FEW_PEERS} to ${MANY_PEERS}`,
      'chosen by the strategies random, least-loaded and power-of-d themselves',
      `queues: ${QUEUES.servers} servers under a load of ${QUEUES.load}, lengths told every ` +
        `${STALE} service times (stale) or always (fresh)`,
    ],
  };
}

function maximumOf(choices: number): Check {
  const expected = Math.log(Math.log(PEERS)) / Math.log(choices);
  const got = meanMaximum(`power-of-${choices}`, PEERS);
  return check(`${choices} choices`, 'requests', expected, got, plusMinus(CONSTANT));
}

/** The most requests that any of `peers` peers gets of as many, mean of some runs. */
function meanMaximum(strategy: string, peers: number): number {
  let sum = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const chooser = new Chooser(strategy, peers, seed);
    for (let request = 0; request < peers; request++) chooser.loads[chooser.choose()]++;
    sum += chooser.loads.reduce((most, load) => Math.max(most, load), 0);
  }
  return sum / RUNS;
}

/** The x for which Gamma(x) = `value`, by halving; Gamma by Stirling's series. */
export function inverseGamma(value: number): number {
  let low = 2;
  let high = 64;
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (logGamma(middle) < Math.log(value)) low = middle;
    else high = middle;
  }
  return low;
}

function logGamma(x: number): number {
  // The series needs large arguments: Gamma(x) = Gamma(x + 1) / x.
  if (x < 10) return logGamma(x + 1) - Math.log(x);
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + 1 / (12 * x);
}

function judgeOldFigures(): Check[] {
  const worse = (updateEvery: number): number => {
    const options: QueueOptions = { ...QUEUES, updateEvery };
    const least = meanResponse(new Chooser('least-loaded', QUEUES.servers, QUEUES.seed), options);
    const two = meanResponse(new Chooser('power-of-2', QUEUES.servers, QUEUES.seed), options);
    return least / two;
  };
  return [
    check('fresh loads, least loaded of all / of 2', 'ratio', 1, worse(FRESH), AT_MOST),
    check('stale loads, least loaded of all / of 2', 'ratio', 1, worse(STALE), AT_LEAST),
  ];
}
