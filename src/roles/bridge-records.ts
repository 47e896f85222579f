/**
 * What processes tell each other besides the messages of `tags.ts`: kinds of a batch's records, after
 * the tags. Words are those of a slot's payload, unless said otherwise. Constants only, so that the
 * assembly sources share them.
 */

/** Words of the board: (word, value) up to three times, from the slot's second word on; -1: none. */
export const RECORD_BOARD = 32;
/** Entries of a holder log: file and first entry as source and destination; -1: no more. */
export const RECORD_LOG = RECORD_BOARD + 1;
/** How far the process has come: a number that changes, and the threads that are ready. */
export const RECORD_STATUS = RECORD_LOG + 1;
/** The run is given up: the reason. */
export const RECORD_ABORT = RECORD_STATUS + 1;
/** The last record: nothing else will come from the process. */
export const RECORD_END = RECORD_ABORT + 1;

/** Words of the board that a record tells. */
export const BOARD_PAIRS = 3;
