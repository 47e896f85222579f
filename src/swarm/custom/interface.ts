/** What a strategy of the user's own is: a module's default export, an object of these types. */

/** What every choice is given. */
export interface ChoiceContext {
  /** The rank that chooses. */
  readonly self: number;
  /** Draws a number from 0, below 1, from this rank's own stream of the run's seed. */
  random(): number;
}

/** A holder that can be asked for a segment. */
export interface RoutingCandidate {
  readonly rank: number;
  /** Segments that it has uploaded since the run began, to anybody, as far as is known. */
  readonly load: number;
  /** Requests of the choosing rank to it that are not answered yet. */
  readonly waiting: number;
  /** Its zone of `--latency`, from 0; with `--clock virtual` only. */
  readonly zone?: number;
}

/** For which request a holder is chosen. */
export interface RoutingContext extends ChoiceContext {
  /** The segment that is to be asked for; numbered through over all files. */
  readonly segment: number;
}

/**
 * Chooses which holder is asked for a segment: `--protocol ack`, under both clocks.
 *
 * A run has one instance a thread. So that it does not depend on the number of threads, `choose`
 * must be a pure function of what it is given and of what `random` draws: no variable that outlives
 * a call, no clock, no `Math.random`.
 */
export interface RoutingStrategy {
  /** How results and messages call it: up to 60 characters. */
  readonly name: string;
  /** One line on its rule. */
  readonly summary?: string;
  readonly kind: 'routing';
  /**
   * @param candidates - all known holders of the segment, at least one; in the order in which the
   *   tracker named them, which says nothing: ties are best broken by rank or by `random`
   * @param context - who chooses, and for what
   * @returns the rank of one of the candidates
   */
  choose(candidates: readonly RoutingCandidate[], context: RoutingContext): number;
}

/** A peer at the other end of an open connection. */
export interface ChokingNeighbour {
  readonly rank: number;
  /** It wants something that the choosing peer holds. */
  readonly isInterested: boolean;
  /** It holds something that the choosing peer wants. */
  readonly isInteresting: boolean;
  /** The choosing peer uploads to it at present. */
  readonly isUnchoked: boolean;
  /** It uploads nothing to the choosing peer. */
  readonly chokesUs: boolean;
  /** It was named as the optimistic unchoke in the choice before. */
  readonly isOptimistic: boolean;
  /** Blocks (`--block-bytes`) that came from it since the last round, and in the round before. */
  readonly received: number;
  readonly receivedBefore: number;
  /** Blocks that were sent to it since the last round, and in the round before. */
  readonly sent: number;
  readonly sentBefore: number;
  /** Blocks that came and went since the connection opened. */
  readonly receivedInAll: number;
  readonly sentInAll: number;
  /** Rounds since it last became the optimistic unchoke, or was unchoked; Infinity: never. */
  readonly roundsSinceOptimistic: number;
  readonly roundsSinceUnchoked: number;
  /** Segments that it is known to hold. */
  readonly held: number;
  /** Its zone of `--latency`, from 0. */
  readonly zone: number;
}

/** In which situation a peer chooses. */
export interface ChokingContext extends ChoiceContext {
  /** Neighbours to upload to at a time, the optimistic one included (`--slots`): advice. */
  readonly slots: number;
  /** It holds everything, so it gets nothing back. */
  readonly isSeed: boolean;
  /** Rounds of choking so far (`--rechoke`), this one included. */
  readonly round: number;
  /** False between two rounds: a slot is free, or a neighbour has become interested in one. */
  readonly isRound: boolean;
}

/** Whom a peer uploads to until the next choice. */
export interface Unchoked {
  /** Ranks; whoever is not among them is choked. */
  readonly unchoke: readonly number[];
  /** One of `unchoke` that is only tried out: the next choice finds it marked. */
  readonly optimistic?: number;
}

/**
 * Chooses whom a peer uploads to: `--protocol bep3`. It is called at every round of choking, and in
 * between when a slot is free and a neighbour wants one; optimistic unchokes are its own business.
 *
 * It must be pure, as is said at {@link RoutingStrategy}.
 */
export interface ChokingStrategy {
  /** How results and messages call it: up to 60 characters. */
  readonly name: string;
  /** One line on its rule. */
  readonly summary?: string;
  readonly kind: 'choking';
  /**
   * @param neighbours - all neighbours, those included that want nothing, at least one; in the order
   *   of their connections, which says little: ties are best broken by `random`
   * @param context - who chooses, and when
   * @returns the ranks to upload to, among the neighbours
   */
  choose(
    neighbours: readonly ChokingNeighbour[],
    context: ChokingContext,
  ): readonly number[] | Unchoked;
}

/** A strategy of the user's own. */
export type CustomStrategy = RoutingStrategy | ChokingStrategy;
