/**
 * The channels of a run: for each thread one ring a tag, all in the slab. A tag's ring is its own,
 * so a full channel of one tag never delays another.
 */
import type { Carver } from '../shm/layout.js';
import { ringWords } from './ring-layout.js';

/** Where every ring lies and how large it is. Index = thread * tags + tag. */
export interface ChannelLayout {
  readonly threads: number;
  readonly tags: number;
  /** Word offset of each ring. */
  readonly bases: Int32Array;
  /** Slots of each ring. */
  readonly capacities: Int32Array;
  /** Words that all rings take. */
  readonly totalWords: number;
}

/**
 * Reserves all rings.
 *
 * @param capacityOf slots of thread `thread`'s ring for `tag`, a power of two
 */
export function carveChannels(
  carver: Carver,
  threads: number,
  tags: number,
  capacityOf: (thread: number, tag: number) => number,
): ChannelLayout {
  const bases = new Int32Array(threads * tags);
  const capacities = new Int32Array(threads * tags);
  let totalWords = 0;
  for (let thread = 0; thread < threads; thread++) {
    for (let tag = 0; tag < tags; tag++) {
      const capacity = capacityOf(thread, tag);
      const words = ringWords(capacity);
      bases[thread * tags + tag] = carver.reserve(words);
      capacities[thread * tags + tag] = capacity;
      totalWords += words;
    }
  }
  return { threads, tags, bases, capacities, totalWords };
}
