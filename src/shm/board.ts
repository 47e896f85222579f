/**
 * The board: what every rank may know of every other without asking, one row of words a rank.
 *
 * ```
 *  array        index               writer     reader       meaning
 *  -----------  ------------------  ---------  -----------  ------------------------------------
 *  uploads      rank                its owner  every rank   segments uploaded so far (ACKs sent)
 *  downloads    rank                its owner  conductor    segments checked so far
 *  alive        rank                conductor  every rank   1, and 0 once the rank's thread died
 *  finished     rank                its owner  conductor    1 once the rank has all it wants
 *  available    segment             receivers  every rank   holders of the segment (add)
 *  holdings     rank x bitWords     its owner  every rank   one bit a segment: 1 = held, checked
 *  verified     segment bits        receivers  receivers    1 = some receiver has hashed the cell
 * ```
 *
 * The counts stand side by side, not 128 bytes apart: a rank that orders its holders reads all of
 * them at a stroke, and 64 counts in 4 lines cost far less to read than 64 lines, which outweighs
 * the shared lines that their owners write once a batch.
 *
 * Rows are read with plain loads. A count that is a moment old is still a count; a bit, once set,
 * stays set, and a bit not yet seen only means that the segment is asked for elsewhere.
 */
import { lowestBit } from './bits.js';
import { type Carver, type Words, WORD_BYTES } from './layout.js';

/** Where the board's arrays lie, in words. */
export interface BoardLayout {
  readonly ranks: number;
  readonly segments: number;
  /** Words of one rank's row of holdings. */
  readonly bitWords: number;
  readonly uploads: number;
  readonly downloads: number;
  readonly alive: number;
  readonly finished: number;
  readonly available: number;
  readonly holdings: number;
  readonly verified: number;
}

/** Reserves a board for `ranks` ranks and `segments` segments (over all files). */
export function carveBoard(carver: Carver, ranks: number, segments: number): BoardLayout {
  const bitWords = Math.max(1, Math.ceil(segments / 32));
  return {
    ranks,
    segments,
    bitWords,
    uploads: carver.reserve(ranks),
    downloads: carver.reserve(ranks),
    alive: carver.reserve(ranks),
    finished: carver.reserve(ranks),
    available: carver.reserve(segments),
    holdings: carver.reserve(ranks * bitWords),
    verified: carver.reserve(bitWords),
  };
}

/** A thread's view of the board. */
export class Board {
  readonly uploads: Words;
  readonly downloads: Words;
  readonly alive: Words;
  readonly finished: Words;
  readonly available: Words;
  readonly holdings: Words;
  private readonly verified: Words;
  private readonly bitWords: number;

  constructor(slab: SharedArrayBuffer, layout: BoardLayout) {
    const view = (offset: number, words: number): Words =>
      new Int32Array(slab, offset * WORD_BYTES, words);
    this.bitWords = layout.bitWords;
    this.uploads = view(layout.uploads, layout.ranks);
    this.downloads = view(layout.downloads, layout.ranks);
    this.alive = view(layout.alive, layout.ranks);
    this.finished = view(layout.finished, layout.ranks);
    this.available = view(layout.available, layout.segments);
    this.holdings = view(layout.holdings, layout.ranks * layout.bitWords);
    this.verified = view(layout.verified, layout.bitWords);
  }

  /** Whether `rank` holds `segment`, checked. */
  holds(rank: number, segment: number): boolean {
    return (this.holdings[rank * this.bitWords + (segment >>> 5)] & (1 << (segment & 31))) !== 0;
  }

  /**
   * The first segment of those from `from` and below `past` that `rank` holds, or does not;
   * `past` if there is none. Looks at 32 of them at a time.
   */
  find(rank: number, isHeld: boolean, from: number, past: number): number {
    if (from >= past) return past;
    const row = rank * this.bitWords;
    const flip = isHeld ? 0 : -1;
    let word = from >>> 5;
    let bits = (this.holdings[row + word] ^ flip) & (-1 << (from & 31));
    while (bits === 0) {
      word++;
      if (word << 5 >= past) return past;
      bits = this.holdings[row + word] ^ flip;
    }
    return Math.min(past, (word << 5) + lowestBit(bits));
  }

  /** Marks `segment` as held by `rank`; only the rank's own thread may call this. */
  hold(rank: number, segment: number): void {
    this.holdings[rank * this.bitWords + (segment >>> 5)] |= 1 << (segment & 31);
  }

  /** Marks `count` segments from `first` as held by `rank`, which owns them from the start. */
  holdRange(rank: number, first: number, count: number): void {
    for (let segment = first; segment < first + count; segment++) this.hold(rank, segment);
  }

  /** Notes one more holder of `segment`; any thread. */
  addHolder(segment: number): void {
    Atomics.add(this.available, segment, 1);
  }

  /**
   * Whether some receiver has found `segment`'s bytes right already. Set only after the hash was
   * compared, so it may say no too often, never yes too early.
   */
  isVerified(segment: number): boolean {
    return (Atomics.load(this.verified, segment >>> 5) & (1 << (segment & 31))) !== 0;
  }

  /** Notes that `segment`'s bytes were found right; any thread. */
  markVerified(segment: number): void {
    Atomics.or(this.verified, segment >>> 5, 1 << (segment & 31));
  }
}
