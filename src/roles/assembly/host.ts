/** What the roles ask of the thread that hosts them; provided by `swarm/host.ts`. */

/**
 * Takes over a received segment for `rank` and checks it against its hash.
 *
 * @returns false when the bytes are not what the hash list says
 */
export declare function accept(rank: i32, segment: i32, cell: i32, length: i32): bool;

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

/** A rank whose fault was armed has come as far as it was set to. */
export declare function fault(rank: i32): void;
