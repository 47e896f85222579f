import { AT_LEAST, type Findings, type ValidationCase, check, plusMinus } from './check.js';
import { simulate } from './simulate.js';

const PEERS = 20;
const SECONDS = 1800;
const SEED = 1;
const TOLERANCE_SECONDS = 1.5;

/** V8: an only slot goes round among all who want it. */
export const OPTIMISTIC_UNCHOKE: ValidationCase = {
  id: 'V8',
  title: 'optimistic unchoke: one slot, shared evenly by idle interested peers',
  source: 'libtorrent, simulation/test_optimistic_unchoke.cpp',
  run,
};

function run(): Findings {
  const { host, result } = simulate({
    protocol: 'bep3',
    ranks: PEERS + 2,
    segments: 10,
    slots: 1,
    mix: [{ name: 'idle', share: 1 }],
    until: SECONDS,
  });
  const seconds = result.ranks
    .filter(({ role }) => role === 'client')
    .map(({ rank }) => host.unchokedSeconds(SEED, rank));
  const share = SECONDS / PEERS;
  const all = seconds.reduce((sum, each) => sum + each, 0);
  return {
    checks: [
      check('shortest', 's', share, Math.min(...seconds), plusMinus(TOLERANCE_SECONDS)),
      check('longest', 's', share, Math.max(...seconds), plusMinus(TOLERANCE_SECONDS)),
      check('slot in use', 's', SECONDS - TOLERANCE_SECONDS, all, AT_LEAST),
    ],
    notes: [`${PEERS} peers, ${SECONDS} s`],
  };
}
