/**
 * Whether a choice of the user's strategy ever ends: a block of words a thread, in memory that the
 * main thread watches, each 128 bytes apart from the next.
 *
 *     word  0        1     2
 *           choices  rank  what for: a segment, or a round of choking
 *
 * Word 0 counts beginnings and ends: odd while a choice is under way. The thread stores it after
 * the others, so that who reads an odd count sees what the choice is about.
 */
import { StrategyError } from '../../errors.js';
import { CHOICE_WORDS, type CustomPlan } from './check.js';

const COUNT = 0;
const RANK = 1;
const WHAT = 2;

/** A choice that takes longer does not come to an end, whatever `--stall-timeout` allows. */
const LONGEST_CHOICE_MS = 5000;

/** A thread's side: says when a choice begins and when it has ended. */
export class ChoiceLog {
  private readonly words: Int32Array<SharedArrayBuffer>;
  private readonly base: number;
  private count = 0;

  constructor({ choices }: CustomPlan, thread: number) {
    this.words = new Int32Array(choices);
    this.base = thread * CHOICE_WORDS;
  }

  begin(rank: number, what: number): void {
    this.words[this.base + RANK] = rank;
    this.words[this.base + WHAT] = what;
    this.step();
  }

  end(): void {
    this.step();
  }

  private step(): void {
    this.count = (this.count + 1) | 0;
    // Publishes rank and subject; pairs with the load in `look`.
    Atomics.store(this.words, this.base + COUNT, this.count);
  }
}

/** A thread that is in a choice for too long. */
export interface EndlessChoice {
  readonly thread: number;
  readonly error: StrategyError;
}

/** The main thread's side. */
export class ChoiceWatch {
  private readonly words: Int32Array<SharedArrayBuffer>;
  private readonly counts: Int32Array;
  private readonly stillTicks: Int32Array;
  private readonly limitMs: number;
  private readonly mostTicks: number;

  /**
   * @param tickMs - time between two looks: ticks are counted, not time, since nothing moves while
   *   the whole process is stopped
   * @param stallTimeoutMs - the choice's end is not awaited for longer than half of it, so that the
   *   strategy is blamed before the whole run is called stalled
   */
  constructor(
    private readonly plan: CustomPlan,
    tickMs: number,
    stallTimeoutMs: number,
  ) {
    this.words = new Int32Array(plan.choices);
    const threads = this.words.length / CHOICE_WORDS;
    this.counts = new Int32Array(threads);
    this.stillTicks = new Int32Array(threads);
    this.limitMs = Math.min(LONGEST_CHOICE_MS, stallTimeoutMs / 2);
    this.mostTicks = Math.ceil(this.limitMs / tickMs);
  }

  /** Looks at all threads, once a tick; each endless choice is told once. */
  look(): EndlessChoice[] {
    const endless: EndlessChoice[] = [];
    for (let thread = 0; thread < this.counts.length; thread++) {
      const count = Atomics.load(this.words, thread * CHOICE_WORDS + COUNT);
      const isSame = count === this.counts[thread] && (count & 1) === 1;
      this.counts[thread] = count;
      this.stillTicks[thread] = isSame ? this.stillTicks[thread] + 1 : 0;
      if (this.stillTicks[thread] === this.mostTicks) endless.push(this.describe(thread));
    }
    return endless;
  }

  private describe(thread: number): EndlessChoice {
    const rank = this.words[thread * CHOICE_WORDS + RANK];
    const what = this.words[thread * CHOICE_WORDS + WHAT];
    const found = `expected an end within ${this.limitMs / 1000} s, found none`;
    return { thread, error: choiceError(this.plan, rank, what, 'goes on for ever', found) };
  }
}

/**
 * @param did - what the strategy did in the choice: `threw`
 * @param rest - what was expected and found, or thrown
 * @returns the error for a choice that came to no good
 */
export function choiceError(
  { path, name, kind }: CustomPlan,
  rank: number,
  what: number,
  did: string,
  rest: string,
): StrategyError {
  const choice =
    kind === 'routing' ? `a holder of segment ${what}` : `whom to unchoke in round ${what}`;
  return new StrategyError(
    `${path}: the strategy ${name} ${did} in rank ${rank}'s choice of ${choice}: ${rest}`,
  );
}
