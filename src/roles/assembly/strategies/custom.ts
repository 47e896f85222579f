/**
 * Rules that are not built in: the host is called for each choice. What it is offered stands in a
 * table of the thread's, a row a holder:
 *
 *     word  0     1                                2
 *           rank  segments uploaded, as far known  own requests unanswered
 */
import { allocate, put } from '../../../shm/assembly/memory';
import { StrategyContext } from './context';

/** Words of a row. */
const ROW_WORDS: i32 = 3;

let table: usize = 0;
let capacity: i32 = 0;

/** Address of a table with room for `rows` holders; what stood in it is gone. */
export function candidateTable(rows: i32): usize {
  if (rows > capacity) {
    capacity = max(rows, capacity * 2);
    table = allocate((<usize>(capacity * ROW_WORDS)) << 2);
  }
  return table;
}

/** Enters a holder as number `index` of the table. */
export function enterCandidate(index: i32, holder: i32, context: StrategyContext): void {
  put(table, index * ROW_WORDS, holder);
  put(table, index * ROW_WORDS + 1, context.load(holder));
  put(table, index * ROW_WORDS + 2, context.waiting(holder));
}
