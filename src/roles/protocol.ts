/**
 * The protocol's operations. Each has a tag, hence a channel, of its own: with shared tags the
 * system that this one follows mixed up two consecutive messages in about 1 run of 100.
 *
 * Payload words by tag (a message has at most five):
 *
 * | tag             | from -> to          | words                                                |
 * |-----------------|---------------------|------------------------------------------------------|
 * | Offer           | client -> tracker   | file                                                 |
 * | OfferAnswer     | tracker -> client   | file, 1 if its hash list is wanted                   |
 * | HashList        | client -> tracker   | file, segments                                       |
 * | Ready           | client -> tracker   | -                                                    |
 * | Release         | tracker -> client   | -                                                    |
 * | HashListRequest | download -> tracker | file                                                 |
 * | HashListAnswer  | tracker -> download | file, segments, or -1 where nobody owns it           |
 * | HoldersRequest  | download -> tracker | file                                                 |
 * | HoldersAnswer   | tracker -> download | file, first, count, total (of the file's holder log) |
 * | NewHolder       | download -> tracker | file                                                 |
 * | Finished        | download -> tracker | -                                                    |
 * | Stop            | tracker -> client   | -                                                    |
 * | SegmentRequest  | download -> upload  | segment, ticket                                      |
 * | SegmentAnswer   | upload -> download  | segment, ticket, cell or -1 (NACK), bytes            |
 * | LoadRequest     | download -> sendConnection | ticket                                        |
 * | LoadAnswer      | sendConnection -> download | ticket, uploads                               |
 * | RankDied        | conductor -> all    | rank                                                 |
 *
 * Hash lists and holder lists are long and travel by reference: the message names the rows that
 * the sender has written in memory that `comm` shares.
 */
export const Tag = {
  Offer: 0,
  OfferAnswer: 1,
  HashList: 2,
  Ready: 3,
  Release: 4,
  HashListRequest: 5,
  HashListAnswer: 6,
  HoldersRequest: 7,
  HoldersAnswer: 8,
  NewHolder: 9,
  Finished: 10,
  Stop: 11,
  SegmentRequest: 12,
  SegmentAnswer: 13,
  LoadRequest: 14,
  LoadAnswer: 15,
  RankDied: 16,
} as const;

/** Number of tags, hence of channels a thread. */
export const TAG_COUNT = 17;

/** A tag's number. */
export type Tag = (typeof Tag)[keyof typeof Tag];

/** Names by tag, for diagnosis. */
export const TAG_NAMES: readonly string[] = Object.keys(Tag);

/** The tracker's rank. */
export const TRACKER = 0;

/** In place of a cell: the answer is a NACK. */
export const NACK = -1;

/** How a role sends; never blocks. `comm`'s endpoint is one. */
export interface Port {
  /**
   * Sends up to five payload words from `source`, a rank of the calling thread, to `dest`.
   * Messages from one rank to another on one tag arrive in the order they were sent.
   */
  send(
    tag: number,
    source: number,
    dest: number,
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
  ): void;
}

/** A seeded source of random numbers, one stream a rank. */
export interface Random {
  /** A uniform integer in [0, `bound`), `bound` from 1 to 2^31 - 1. */
  below(bound: number): number;
}

/** A file as the roles know it. */
export interface FileInfo {
  /** Number of its first segment: segments are numbered through over all files. */
  readonly firstSegment: number;
  readonly segmentCount: number;
}

/** What clients may know of each other without asking; see `shm/board.ts`. */
export interface Knowledge {
  readonly uploads: Int32Array;
  readonly downloads: Int32Array;
  readonly finished: Int32Array;
  readonly available: Int32Array;
  holds(rank: number, segment: number): boolean;
  hold(rank: number, segment: number): void;
  addHolder(segment: number): void;
}

/** Each file's holders in the order they registered, written by the tracker alone. */
export interface HolderLog {
  /** The rank at `index` of `file`'s log. */
  at(file: number, index: number): number;
  /** Sets the rank at `index`. */
  set(file: number, index: number, rank: number): void;
}

/** Segments' bytes, as far as the roles deal with them. */
export interface Payload {
  /** Cell from which `rank` serves `segment`. */
  cellOf(rank: number, segment: number): number;
  /** Length in bytes of `segment`. */
  lengthOf(segment: number): number;
  /**
   * Takes over a received segment for `rank` and checks it against the file's hash list.
   *
   * @returns false when the bytes are not what the hash list says
   */
  accept(rank: number, segment: number, cell: number, length: number): boolean;
  /** Called once `rank` has every segment of `file`, each checked: the file is written. */
  complete(rank: number, file: number): void;
}
