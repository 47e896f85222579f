/**
 * The protocol's operations. Each has a tag, hence a channel, of its own: with shared tags the
 * system that this one follows mixed up two consecutive messages in about 1 run of 100.
 *
 * Payload words by tag (a message has at most five):
 *
 * | tag             | from -> to                 | words                                       |
 * |-----------------|----------------------------|---------------------------------------------|
 * | Offer           | client -> tracker          | file                                        |
 * | OfferAnswer     | tracker -> client          | file, 1 if its hash list is wanted          |
 * | HashList        | client -> tracker          | file, segments                              |
 * | Ready           | client -> tracker          | -                                           |
 * | Release         | tracker -> client          | -                                           |
 * | HashListRequest | download -> tracker        | file                                        |
 * | HashListAnswer  | tracker -> download        | file, segments, or -1 where nobody owns it  |
 * | HoldersRequest  | download -> tracker        | file                                        |
 * | HoldersAnswer   | tracker -> download        | file, first, count, total, version (of log) |
 * | NewHolder       | download -> tracker        | file                                        |
 * | Finished        | download -> tracker        | -                                           |
 * | Stop            | tracker -> client          | -                                           |
 * | SegmentRequest  | download -> upload         | segment, ticket                             |
 * | SegmentAnswer   | upload -> download         | segment, ticket, cell or -1, bytes, verdict |
 * | LoadRequest     | download -> sendConnection | order                                       |
 * | LoadAnswer      | sendConnection -> download | order, uploads                              |
 * | RankDied        | conductor -> all           | rank (virtual time: from that rank itself)  |
 *
 * A cell of -1 is a NACK. Where threads of their own hash, a segment goes from the upload to one of
 * them, which puts its verdict in and sends it on to the download.
 *
 * Hash lists and holder lists are long and travel by reference: the message names the rows that
 * the sender has written in memory that `comm` shares.
 */
export enum Tag {
  Offer,
  OfferAnswer,
  HashList,
  Ready,
  Release,
  HashListRequest,
  HashListAnswer,
  HoldersRequest,
  HoldersAnswer,
  NewHolder,
  Finished,
  Stop,
  SegmentRequest,
  SegmentAnswer,
  LoadRequest,
  LoadAnswer,
  RankDied,
}

/** Number of tags, hence of channels a thread. */
export const TAG_COUNT = 17;

/** The tracker's rank. */
export const TRACKER = 0;

/** In place of a cell: the answer is a NACK. */
export const NACK = -1;

/** Verdicts on a segment: nobody has hashed it yet; its hash is that of the hash list, or is not. */
export const UNCHECKED = 0;
export const RIGHT = 1;
export const WRONG = 2;
