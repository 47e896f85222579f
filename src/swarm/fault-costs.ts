/** What the faults of a run cost: read off the threads' kernels, and as the result tells it. */
import type { Kernel } from '../roles/kernel.js';
import { type Fault, formatFault, rankOf } from './faults.js';
import type { FaultCost } from './report-types.js';
import type { FaultResult } from './result.js';

/** What the faults of each rank cost the clients of a thread; of those that cost anything. */
export function readFaultCosts(
  kernel: Kernel,
  ranks: number,
  memory: WebAssembly.Memory,
  scratch: number,
): FaultCost[] {
  const costs: FaultCost[] = [];
  for (let rank = 0; rank < ranks; rank++) {
    if (kernel.readFaultCosts(rank, scratch) === 0) break;
    const [refused, avoidedBy, reissued] = new Int32Array(memory.buffer, scratch, 3);
    if (refused + avoidedBy + reissued > 0) costs.push({ rank, refused, avoidedBy, reissued });
  }
  return costs;
}

/** What a run can tell of its faults. */
export interface FaultFindings {
  readonly costs: readonly FaultCost[];
  /** When a fault, by its place in the configuration, took effect; nothing if it did not. */
  readonly takenAt: (index: number) => Pick<FaultResult, 'atMs' | 'atSeconds'>;
  /** Segments that a rank wanted and did not get. */
  readonly lackedBy: (rank: number) => number;
  /** How long the thread of a slow rank was held up; nothing where that is no thread's doing. */
  readonly heldUp: (rank: number) => Pick<FaultResult, 'heldUpMs'>;
}

/** What was injected, when it took effect and what it cost. */
export function faultResults(
  faults: readonly Fault[],
  { costs, takenAt, lackedBy, heldUp }: FaultFindings,
): { readonly faults: FaultResult[] } | undefined {
  if (faults.length === 0) return undefined;
  return {
    faults: faults.map((fault, index) => {
      const rank = rankOf(fault);
      const own = costs.filter((cost) => rank === undefined || cost.rank === rank);
      const sum = (name: 'refused' | 'avoidedBy' | 'reissued'): number =>
        own.reduce((total, cost) => total + cost[name], 0);
      const text = { fault: formatFault(fault), ...takenAt(index) };
      switch (fault.kind) {
        case 'corrupt':
          return { ...text, segmentsRefused: sum('refused'), avoidedBy: sum('avoidedBy') };
        case 'slow':
          return { ...text, ...heldUp(fault.rank) };
        case 'late':
        case 'drop-holder':
          return text;
        default:
          return {
            ...text,
            requestsReissued: sum('reissued'),
            segmentsLacked: lackedBy(rank ?? 0),
          };
      }
    }),
  };
}
