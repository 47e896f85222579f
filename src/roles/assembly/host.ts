/** What the roles ask of the thread that hosts them; provided by `swarm/host.ts`. */

/**
 * Takes over a received segment for `rank` and checks it against its hash.
 *
 * @returns false when the bytes are not what the hash list says
 */
// @ts-ignore: decorator
@external('host', 'accept')
export declare function accept(rank: i32, segment: i32, cell: i32, length: i32): bool;

/** `rank` has every segment of `file`, each checked. */
// @ts-ignore: decorator
@external('host', 'complete')
export declare function complete(rank: i32, file: i32): void;

/** `rank` has nothing left to fetch. */
// @ts-ignore: decorator
@external('host', 'finished')
export declare function finished(rank: i32): void;

/** `rank` wants its `onTimer` called after a delay. */
// @ts-ignore: decorator
@external('host', 'after')
export declare function after(rank: i32, delayMs: i32): void;

/** The tracker has released all clients. */
// @ts-ignore: decorator
@external('host', 'released')
export declare function released(): void;

/** The tracker knows that all living clients have finished. */
// @ts-ignore: decorator
@external('host', 'allFinished')
export declare function allFinished(): void;

/** A rank whose fault was armed has come as far as it was set to. */
// @ts-ignore: decorator
@external('host', 'fault')
export declare function fault(rank: i32): void;
