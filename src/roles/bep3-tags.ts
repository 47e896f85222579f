/**
 * What peers and tracker tell each other in the protocol `bep3`, and what a peer sets for itself.
 *
 * | tag           | from -> to       | words                                       | bytes on the wire |
 * |---------------|------------------|---------------------------------------------|-------------------|
 * | Announce      | peer -> tracker  | -                                           | 100               |
 * | Leave         | peer -> tracker  | -                                           | 100               |
 * | Peers         | tracker -> peer  | address of ranks, count                     | 20 + 6 a peer     |
 * | Handshake     | peer -> peer     | sender's connection, bitfield               | 68 + 5 + bitfield |
 * | Accept        | peer -> peer     | receiver's, sender's connection, bitfield   | 68 + 5 + bitfield |
 * | Refuse        | peer -> peer     | receiver's connection                       | 0 (closed)        |
 * | Close         | peer -> peer     | receiver's connection, 1: it has crashed    | 0 (closed)        |
 * | Interested, NotInterested, Choke, Unchoke | receiver's connection           | 5                 |
 * | Have          | peer -> peers    | segment                                     | 9 each            |
 * | Reveal        | seed -> peer     | receiver's connection, segment              | 9                 |
 * | Request       | peer -> peer     | receiver's connection, segment              | 17                |
 * | Cancel        | peer -> peer     | receiver's connection, segment              | 17                |
 * | Piece         | peer -> peer     | receiver's connection, segment, 1: its last | 13 + block        |
 *
 * Sizes are those of BEP 3 and BEP 23 (compact peer lists). Connections are numbered by each side
 * for itself; both numbers are exchanged when a connection opens. What a bitfield shows is written
 * in `assembly/bep3/bitfield.ts`. A Reveal is a HAVE for one neighbour alone (BEP 16).
 */
export enum PeerTag {
  Announce,
  Leave,
  Peers,
  Handshake,
  Accept,
  Refuse,
  Close,
  Interested,
  NotInterested,
  Choke,
  Unchoke,
  Have,
  Reveal,
  Request,
  Cancel,
  Piece,
  /** The peer joins the swarm. */
  Join,
  /** The peer turns to the neighbours that it was given. */
  Meet,
  /** The peer leaves the swarm. */
  Depart,
  /** It leaves, unless it has everything. */
  GiveUp,
  /** The tracker answers those who have announced themselves at the same instant. */
  Answer,
  /** The uplink has let a block go. */
  UplinkFree,
  /** Time to choose whom to upload to. */
  Rechoke,
}
