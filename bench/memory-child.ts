/** Runs one swarm in a process of its own and prints what it took; see `memory-section.ts`. */
import { readFileSync } from 'node:fs';
import type { RunOptions } from '../src/swarm/config.js';
import type { ChildReport } from './memory-section.js';
import { verifiedSwarm } from './swarm.js';

const KIB = 1024;

/**
 * Linux counts what the parent had at the fork into `maxRSS`; the high-water mark of the address
 * space begins anew when the program is loaded.
 */
function peakBytes(): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (match !== null) return Number(match[1]) * KIB;
  } catch {
    // No such file outside Linux.
  }
  return process.resourceUsage().maxRSS * KIB;
}

async function main(): Promise<void> {
  const { totals } = await verifiedSwarm(JSON.parse(process.argv[2]) as RunOptions);
  const report: ChildReport = {
    peakBytes: peakBytes(),
    segmentsPerSecond: totals.segmentsPerSecond,
  };
  process.stdout.write(JSON.stringify(report));
}

void main();
