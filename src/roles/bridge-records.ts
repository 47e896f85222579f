/** What processes tell each other besides the messages of `tags.ts`; constants only. */

/** Kinds of a batch's records, after the tags; words are those of a slot's payload. */
export enum Record {
  /** Words of the board: (word, value) up to three times, from the slot's second word on; -1: none. */
  Board = 32,
  /** Entries of a holder log: file and first entry as source and destination; -1: no more. */
  Log,
  /** How far the process has come: a number that changes, and the threads that are ready. */
  Status,
  /** The run is given up: the reason. */
  Abort,
  /** The last record: nothing else will come from the process. */
  End,
}

/** Words of the board that a record tells. */
export const PAIRS = 3;
