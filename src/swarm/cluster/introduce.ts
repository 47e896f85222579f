/** How processes get to know each other, and how far apart their clocks are. */
import type { MpiWorld } from '../../comm/mpi/world.js';
import { monotonicMs } from '../report-types.js';
import { Exchange, MpiTag, waitFor } from './exchange.js';
import type { Member } from './members.js';

/** Questions to a process for the time; the one that is answered fastest counts. */
const CLOCK_ROUNDS = 10;

/** What a process can say of itself alone. */
export type Introduction = Omit<Member, 'process' | 'clockOffsetMs'>;

/** Tells all processes of each other; every process has to call it. */
export function introduce(world: MpiWorld, self: Introduction): Member[] {
  const exchange = new Exchange(world);
  const gathered = exchange.gather(self) as Introduction[];
  const offsets = world.process === 0 ? measureClocks(world) : answerClock(world);
  const members = gathered.map((introduction, process) => ({
    ...introduction,
    process,
    clockOffsetMs: offsets[process],
  }));
  return exchange.share(members, 0) as Member[];
}

/** Asks every process for its time and takes it for that in the middle of question and answer. */
function measureClocks(world: MpiWorld): number[] {
  return Array.from({ length: world.processes }, (_, process) => {
    if (process === 0) return 0;
    let fastestMs = Infinity;
    let offsetMs = 0;
    for (let round = 0; round < CLOCK_ROUNDS; round++) {
      const askedMs = monotonicMs();
      pass(world, process, 0);
      const theirsMs = hear(world, process);
      const answeredMs = monotonicMs();
      if (answeredMs - askedMs >= fastestMs) continue;
      fastestMs = answeredMs - askedMs;
      offsetMs = theirsMs - (askedMs + answeredMs) / 2;
    }
    return offsetMs;
  });
}

function answerClock(world: MpiWorld): number[] {
  for (let round = 0; round < CLOCK_ROUNDS; round++) {
    hear(world, 0);
    pass(world, 0, monotonicMs());
  }
  return [];
}

function pass(world: MpiWorld, process: number, ms: number): void {
  const set = world.requests(1);
  world.send(new Uint8Array(new Float64Array([ms]).buffer), process, MpiTag.Clock, set, 0);
  waitFor(
    () => (world.test(set) > 0 ? true : undefined),
    () => false,
  );
}

function hear(world: MpiWorld, process: number): number {
  const found = waitFor(
    () => world.probe(process, MpiTag.Clock),
    () => false,
  );
  if (found === undefined) return 0;
  const bytes = world.take(process, MpiTag.Clock, found);
  return new Float64Array(bytes.buffer, bytes.byteOffset, 1)[0];
}
