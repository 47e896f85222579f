/** What the messages of `tags.ts` cost on a simulated link. */
import { TAG_COUNT, Tag } from './tags.js';

/** What a message costs on a simulated link. */
export interface WireSize {
  readonly bytes: number;
  /** Bytes of each of the items that it refers to, which payload word `countWord` counts. */
  readonly each?: number;
  readonly countWord?: 1 | 2;
}

/** A message's tag and source, and its payload words. */
const wireBytes = (payloadWords: number): number => 8 + 4 * payloadWords;

/** Bytes of a SHA-1 digest: of an entry of a hash list. */
export const DIGEST_BYTES = 20;

/** Bytes of a rank. */
const RANK_BYTES = 4;

/** The messages that carry more, or less, than their five payload words. */
const WIRE_SIZES: Partial<Record<number, WireSize>> = {
  [Tag.Offer]: { bytes: wireBytes(1) },
  [Tag.OfferAnswer]: { bytes: wireBytes(2) },
  [Tag.HashList]: { bytes: wireBytes(2), each: DIGEST_BYTES, countWord: 1 },
  [Tag.Ready]: { bytes: wireBytes(0) },
  [Tag.Release]: { bytes: wireBytes(0) },
  [Tag.HashListRequest]: { bytes: wireBytes(1) },
  [Tag.HashListAnswer]: { bytes: wireBytes(2), each: DIGEST_BYTES, countWord: 1 },
  [Tag.HoldersRequest]: { bytes: wireBytes(1) },
  [Tag.HoldersAnswer]: { bytes: wireBytes(5), each: RANK_BYTES, countWord: 2 },
  [Tag.NewHolder]: { bytes: wireBytes(1) },
  [Tag.Finished]: { bytes: wireBytes(0) },
  [Tag.Stop]: { bytes: wireBytes(0) },
  [Tag.SegmentRequest]: { bytes: wireBytes(2) },
  [Tag.SegmentAnswer]: { bytes: wireBytes(4) },
  [Tag.LoadRequest]: { bytes: wireBytes(1) },
  [Tag.LoadAnswer]: { bytes: wireBytes(2) },
};

/** The wire sizes as the kernel reads them: bytes, bytes an item, word of the count, for each tag. */
export function wireTable(): number[] {
  return Array.from({ length: TAG_COUNT }, (_, tag) => {
    const { bytes, each = 0, countWord = 0 } = WIRE_SIZES[tag] ?? { bytes: wireBytes(5) };
    return [bytes, each, countWord];
  }).flat();
}
