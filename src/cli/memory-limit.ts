import { MemoryLimitError } from '../errors.js';
import { formatCount, formatMemory } from '../report/format.js';

/** @returns for a run that was refused for its memory, the amounts and what helps */
export function explainMemoryLimit(error: unknown): string | undefined {
  if (!(error instanceof MemoryLimitError)) return undefined;
  const { purpose, requiredBytes, limitBytes } = error;
  const amount = (bytes: number): string => `${formatMemory(bytes)} (${formatCount(bytes)} bytes)`;
  return (
    `not enough memory for ${purpose}: needs ${amount(requiredBytes)}, ` +
    `found ${amount(limitBytes)}; fewer ranks, threads or segments, or smaller ones, take less`
  );
}
