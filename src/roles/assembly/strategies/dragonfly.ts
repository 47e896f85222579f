import { heldShare, zoneOf } from '../swarm';
import { StrategyContext, distance } from './context';

/** Weights in thousandths of a part. */
const FINISHED_PIECES: i32 = 200;
const FREE_UPLOAD: i32 = 150;
const HOST_TYPE: i32 = 150;
const SAME_SITE: i32 = 150 + 150;

/** Uploads that a holder takes at a time. */
const UPLOAD_LIMIT: i32 = 50;
const PARTS: i32 = 1000;

/**
 * The evaluator of Dragonfly's scheduler: a weighted sum of what a holder has finished, how free
 * its uploads are, whether it is a seed, and whether it is near (its data centre and its location
 * are both the zone here). The share of uploads that succeeded is left out: none fail. What is free
 * is known of one's own requests only. Ties: nearest after oneself round the ring of ranks.
 *
 * Source: Dragonfly 2, `scheduler/scheduling/evaluator`, the default algorithm and its weights.
 */
export function dragonfly(rank: i32, context: StrategyContext): i64 {
  const finished = heldShare(rank, PARTS);
  const free = PARTS - (PARTS * min(context.waiting(rank), UPLOAD_LIMIT)) / UPLOAD_LIMIT;
  let merit = FINISHED_PIECES * finished + FREE_UPLOAD * free;
  merit += HOST_TYPE * (finished == PARTS ? PARTS : PARTS / 2);
  if (zoneOf(rank) == zoneOf(context.self)) merit += SAME_SITE * PARTS;
  return ((<i64>(PARTS * PARTS - merit)) << 20) | (<i64>distance(rank, context.self));
}
