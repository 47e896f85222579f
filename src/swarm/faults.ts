import { UsageError } from '../errors.js';

/** A fault to inject. */
export interface Fault {
  /** `crash`: the rank's thread ends at once; `hang`: it stops answering without ending. */
  readonly kind: 'crash' | 'hang';
  readonly rank: number;
  /**
   * When: the share of its segments that the rank has downloaded, or, where it downloads none,
   * the share of all segments that the swarm has.
   */
  readonly at: number;
}

/** Reads `crash:rank=5,at=0.5`; throws {@link UsageError} on anything else. */
export function parseFault(text: string): Fault {
  const match = /^(crash|hang):rank=(\d+),at=(\d*\.?\d+)$/.exec(text);
  const at = Number(match?.[3]);
  if (match === null || !(at >= 0 && at <= 1)) {
    throw new UsageError(
      `--fault: expected crash:rank=R,at=F or hang:rank=R,at=F with F from 0 to 1, found ${text}`,
    );
  }
  return { kind: match[1] as Fault['kind'], rank: Number(match[2]), at };
}

/** The text that {@link parseFault} reads. */
export function formatFault(fault: Fault): string {
  return `${fault.kind}:rank=${fault.rank},at=${fault.at}`;
}
