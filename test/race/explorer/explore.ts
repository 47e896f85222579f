/**
 * Runs small programs under every schedule with up to so many preemptions: a thread is interrupted
 * before any of its accesses to shared memory while it could go on. Source: Musuvathi and Qadeer,
 * "Iterative context bounding for systematic testing of multithreaded programs" (2007), who found
 * that two preemptions show nearly all errors. Beyond the bound, schedules are drawn at random.
 */
import { SeededRandom } from '../../../src/swarm/random.js';
import { type Access, type Machine, type Program, Violation } from './machine.js';

/** Programs about to begin, and what must hold when all are through. */
export interface Run {
  readonly machine: Machine;
  /** One a thread. */
  readonly programs: readonly Program[];
  /** Throws where the outcome is wrong. */
  readonly check: () => void;
  /** A thread that is stopped for good after so many of its accesses. */
  readonly stop?: { readonly thread: number; readonly after: number };
}

/** How far to go. */
export interface Bounds {
  readonly preemptions: number;
  /**
   * Whether threads are interrupted before accesses to the slots of messages, too. Those are proved
   * to be ordered by the accesses around them: in which turn they come makes no difference.
   */
  readonly inSlots?: boolean;
  /** Schedules to draw at random on top. */
  readonly random?: number;
  /** A schedule to run, as a violation names it, in place of all others. */
  readonly replay?: string;
}

/** What was run. */
export interface Explored {
  readonly schedules: number;
  readonly randomSchedules: number;
  /** Most accesses that one of them made. */
  readonly mostAccesses: number;
  /** Whether the thread to be stopped came to its stop, in any schedule. */
  readonly isStopReached: boolean;
}

/** Has a thread wait until any other one has changed shared memory. */
export const PAUSE: Access = { kind: 'pause', word: -1 };

/** A program that has not ended after so many accesses never will. */
const MOST_ACCESSES = 20_000;

const READS = /load|^read$|wait|pause|asleep/;

const PLAIN = /^(read|write|load|store)$/;

/** A point at which more than one thread could go on. */
interface Decision {
  readonly options: readonly number[];
  /** Preemptions that each option but the first one costs. */
  readonly cost: 0 | 1;
  readonly spentBefore: number;
  chosen: number;
}

/**
 * Explores a program.
 *
 * @param build - makes the same programs anew for each schedule
 * @throws Violation with the schedule that shows it
 */
export function explore(
  build: () => Run,
  { preemptions, inSlots = false, random = 0, replay }: Bounds,
): Explored {
  let [schedules, randomSchedules, mostAccesses] = [0, 0, 0];
  let isStopReached = false;
  const runOnce = (choose: Chooser): void => {
    const schedule = new Schedule(build(), inSlots);
    schedule.runAll(choose);
    mostAccesses = Math.max(mostAccesses, schedule.accesses);
    isStopReached ||= schedule.isStopped;
  };
  if (replay !== undefined) {
    runOnce(replayOf(replay));
    return { schedules: 1, randomSchedules: 0, mostAccesses, isStopReached };
  }
  const trail: Decision[] = [];
  do {
    runOnce(followTrail(trail, preemptions));
    schedules++;
  } while (turnBack(trail, preemptions));
  for (; randomSchedules < random; randomSchedules++) {
    const generator = new SeededRandom(randomSchedules, 'schedule');
    runOnce((options) => (generator.next() < 0.7 ? 0 : generator.below(options.length)));
  }
  return { schedules, randomSchedules, mostAccesses, isStopReached };
}

/** @returns index into the threads that can go on; the first is the one that ran last, if it can */
type Chooser = (options: readonly number[], isPreemption: boolean) => number;

/** Repeats the decisions so far, and takes the first option from there on. */
function followTrail(trail: Decision[], preemptions: number): Chooser {
  let depth = 0;
  let spent = 0;
  return (options, isPreemption) => {
    if (depth === trail.length) {
      const cost = isPreemption ? 1 : 0;
      const isAffordable = spent + cost <= preemptions;
      trail.push({
        options: isAffordable ? options : options.slice(0, 1),
        cost,
        spentBefore: spent,
        chosen: 0,
      });
    }
    const decision = trail[depth++];
    if (decision.chosen > 0) spent += decision.cost;
    return decision.chosen;
  };
}

/** Changes the last decision that has an option left; false where there is none. */
function turnBack(trail: Decision[], preemptions: number): boolean {
  for (;;) {
    const last = trail.at(-1);
    if (last === undefined) return false;
    const isLeft = last.chosen + 1 < last.options.length;
    if (isLeft && last.spentBefore + last.cost <= preemptions) {
      last.chosen++;
      return true;
    }
    trail.pop();
  }
}

/** `0*12 1*3`: thread 0 goes 12 steps, then thread 1 goes 3, then whoever can. */
function replayOf(text: string): Chooser {
  const turns = text
    .split(' ')
    .map((turn) => turn.split('*').map(Number))
    .flatMap(([thread, steps]) => Array.from({ length: steps }, () => thread));
  return (options) => Math.max(0, options.indexOf(turns.shift() ?? -1));
}

class Schedule {
  accesses = 0;
  isStopped = false;
  private readonly pending: (Access | undefined)[];
  private readonly steps: number[];
  /** Changes by each thread, and those by all others when it last went on from a pause. */
  private readonly changes: number[];
  private readonly changesSeen: number[];
  private last = -1;
  private readonly order: number[] = [];

  constructor(
    private readonly run: Run,
    private readonly inSlots: boolean,
  ) {
    this.steps = run.programs.map(() => 0);
    this.changes = run.programs.map(() => 0);
    this.changesSeen = run.programs.map(() => 0);
    this.pending = run.programs.map((program, thread) => {
      run.machine.enter(thread);
      return next(program);
    });
  }

  runAll(choose: Chooser): void {
    try {
      for (;;) {
        const options = this.options();
        if (options.length === 0) break;
        const isPreemption = options[0] === this.last;
        // A replayed schedule names every step; the others decide only where there is a choice.
        this.step(options[choose(options, isPreemption)]);
      }
      this.refuseDeadlock();
      this.run.check();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Violation(`${message}\nschedule: ${this.text()}`, { cause: error });
    }
  }

  private options(): number[] {
    if (this.last >= 0 && this.isBetweenPoints(this.last)) return [this.last];
    const ready = this.pending.flatMap((_, thread) => (this.canGoOn(thread) ? [thread] : []));
    const isLast = (thread: number): number => (thread === this.last ? 0 : 1);
    return ready.sort((a, b) => isLast(a) - isLast(b) || a - b);
  }

  private isBetweenPoints(thread: number): boolean {
    const access = this.pending[thread];
    if (access === undefined || this.inSlots || !PLAIN.test(access.kind)) return false;
    return this.run.machine.isOrdered(access.word);
  }

  private canGoOn(thread: number): boolean {
    const access = this.pending[thread];
    if (access === undefined) return false;
    if (access.kind === 'pause') return this.changesByOthers(thread) > this.changesSeen[thread];
    return access.kind !== 'asleep' || !this.run.machine.isAsleep(thread);
  }

  private step(thread: number): void {
    const { machine, programs, stop } = this.run;
    const access = this.pending[thread];
    this.last = thread;
    this.order.push(thread);
    this.accesses++;
    if (this.accesses > MOST_ACCESSES) throw new Violation('it never ends');
    if (access?.kind === 'pause') this.changesSeen[thread] = this.changesByOthers(thread);
    machine.enter(thread);
    this.pending[thread] = next(programs[thread]);
    this.steps[thread]++;
    if (access !== undefined && !READS.test(access.kind)) this.changes[thread]++;
    if (stop?.thread !== thread || this.steps[thread] < stop.after) return;
    if (this.pending[thread] === undefined) return;
    this.pending[thread] = undefined;
    this.isStopped = true;
    machine.stop(thread);
    this.changes[thread]++;
  }

  private changesByOthers(thread: number): number {
    return this.changes.reduce((sum, count, by) => (by === thread ? sum : sum + count), 0);
  }

  private refuseDeadlock(): void {
    const stuck = this.pending.flatMap((access, thread) =>
      access === undefined ? [] : [`thread ${thread} ${access.kind}`],
    );
    if (stuck.length > 0) throw new Violation(`nobody can go on: ${stuck.join(', ')}`);
  }

  private text(): string {
    const turns: [thread: number, steps: number][] = [];
    for (const thread of this.order) {
      const turn = turns.at(-1);
      if (turn?.[0] === thread) turn[1]++;
      else turns.push([thread, 1]);
    }
    return turns.map(([thread, steps]) => `${thread}*${steps}`).join(' ');
  }
}

function next(program: Program): Access | undefined {
  const { done, value } = program.next();
  return done === true ? undefined : value;
}
