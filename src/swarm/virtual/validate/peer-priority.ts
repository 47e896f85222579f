import { peerPriority } from '../../../roles/peer-priority.js';
import { EXACT, type Findings, type ValidationCase, check } from './check.js';

/** The examples of the BEP. */
const EXAMPLES = [
  { a: '123.213.32.10', b: '98.76.54.32', priority: 0xec2d7224 },
  { a: '123.213.32.10', b: '123.213.32.234', priority: 0x99568189 },
] as const;

/** Any: they count between peers of one address only. */
const PORT = 6881;

/** V11: canonical peer priority. */
export const PEER_PRIORITY: ValidationCase = {
  id: 'V11',
  title: 'canonical peer priority of the example pairs',
  source: 'BEP 40, Canonical peer priority',
  run,
};

function run(): Findings {
  const checks = EXAMPLES.map(({ a, b, priority }) => {
    const got = peerPriority({ ip: a, port: PORT }, { ip: b, port: PORT });
    return check(`${a} and ${b}`, 'checksum', priority, got, EXACT);
  });
  return { checks, notes: [] };
}
