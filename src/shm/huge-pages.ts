/**
 * Huge pages. A swarm's rows and rings are read here and there, and each look at a page that the
 * processor has not looked at lately costs it a walk through the system's tables, on a virtual
 * machine through two sets of them. Pages of 2 MiB are few enough to be remembered. Linux uses them
 * for memory that asks for it (`transparent_hugepage` is `madvise` on most machines), and only C
 * can ask: the package koffi, which is optional, makes the call.
 */
import { requireKoffi } from './koffi.js';

/** Linux's number of the advice to use huge pages. */
const MADV_HUGEPAGE = 14;

type Madvise = (start: Uint8Array, bytes: number, advice: number) => number;

let madvise: Madvise | undefined;

/**
 * Asks for huge pages behind `bytes` bytes from the start of `memory` on, which may reach beyond
 * its present end.
 *
 * @returns whether the system has taken the advice; without it everything works, only slower
 */
export function adviseHugePages(memory: WebAssembly.Memory, bytes: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    madvise ??= loadMadvise();
  } catch {
    return false;
  }
  return madvise(new Uint8Array(memory.buffer), bytes, MADV_HUGEPAGE) === 0;
}

function loadMadvise(): Madvise {
  return requireKoffi().load(null).func('int madvise(void *, size_t, int)');
}
