/** What the roles ask of the thread that hosts them; provided by `swarm/host.ts`. */

/**
 * Takes over a received segment for `rank` and checks it against its hash.
 *
 * @returns false when the bytes are not what the hash list says
 */
export declare function accept(rank: i32, segment: i32, cell: i32, length: i32): bool;

/** A thread that hashes: the segment in `cell` comes next. */
export declare function lookAhead(cell: i32, length: i32): void;

/** As `accept`, but the bytes that arrived are wrong. */
export declare function acceptSpoiled(rank: i32, segment: i32, cell: i32, length: i32): bool;

/** `rank` has every segment of `file`, each checked. */
export declare function complete(rank: i32, file: i32): void;

/** `rank` has nothing left to fetch. */
export declare function finished(rank: i32): void;

/** `rank` wants its `onTimer` called after a delay. */
export declare function after(rank: i32, delayMs: i32): void;

/** The tracker has released all clients. */
export declare function released(): void;

/** The tracker knows that all living clients have finished. */
export declare function allFinished(): void;

/**
 * Has a strategy of the user's choose whom `rank` asks for `segment`.
 *
 * @param candidates address of the holders; see `strategies/custom.ts`
 * @param random address of the rank's generator, for `draw`
 * @returns the rank of one of them
 */
export declare function chooseHolder(
  rank: i32,
  segment: i32,
  candidates: usize,
  count: i32,
  random: usize,
): i32;

/**
 * Has a strategy of the user's choose whom `rank` uploads to; it marks them in the table.
 *
 * @param neighbours address of the neighbours; see `bep3/chokers/custom.ts`
 * @param random address of the rank's generator, for `draw`
 */
export declare function chooseUnchoked(
  rank: i32,
  isSeed: bool,
  isRound: bool,
  round: i32,
  neighbours: usize,
  count: i32,
  random: usize,
): void;

/** A rank whose fault was armed has come as far as it was set to. */
export declare function fault(rank: i32): void;
