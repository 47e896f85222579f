/** A worker thread's side of a strategy of the user's own: what the kernel calls for a choice. */
import { AssertionError, assert } from '../../assert.js';
import type { Kernel, KernelHost } from '../../roles/kernel.js';
import type { CustomPlan } from './check.js';
import { firstLine, lineIn } from './failure.js';
import type {
  ChokingNeighbour,
  ChokingStrategy,
  CustomStrategy,
  RoutingCandidate,
  RoutingStrategy,
  Unchoked,
} from './interface.js';
import { importStrategy } from './module.js';
import { ChoiceLog, choiceError } from './watch.js';

/** The part of the kernel's host that chooses. */
export type Choices = Pick<KernelHost, 'chooseHolder' | 'chooseUnchoked'>;

/** Rows of the kernel's tables; see `roles/assembly`: `strategies/custom.ts`, `chokers/custom.ts`. */
const CANDIDATE_WORDS = 3;
const NEIGHBOUR_WORDS = 13;
const CHOICE = 12;

const UNCHOKE = 1;
const UNCHOKE_OPTIMISTIC = 3;

/** Ranks that a message about a wrong choice lists. */
const MOST_LISTED = 10;

/** What of a run's own a choice needs. */
export interface ChoiceSurroundings {
  readonly memory: WebAssembly.Memory;
  /** Called only once the kernel is there. */
  readonly kernel: () => Kernel;
  /** Zone of each rank, where there are any. */
  readonly zones?: Int32Array;
  /** Slots of a peer that chokes. */
  readonly slots?: number;
}

/** What the kernel never calls where all strategies are built in. */
export const NO_CHOICES: Choices = {
  chooseHolder: () => assertNever(),
  chooseUnchoked: () => assertNever(),
};

function assertNever(): never {
  throw new AssertionError('the kernel asks for a choice where all strategies are built in');
}

/** Imports a run's strategy into the calling thread. */
export async function loadChooser(plan: CustomPlan, thread: number): Promise<Chooser> {
  const strategy = await importStrategy(plan.url);
  assert(typeof strategy === 'object', 'a module exports in every thread what it did in the first');
  return new Chooser(plan, strategy, new ChoiceLog(plan, thread));
}

/** Asks a strategy, and checks what it answers. */
export class Chooser {
  constructor(
    private readonly plan: CustomPlan,
    private readonly strategy: CustomStrategy,
    private readonly log: ChoiceLog,
  ) {}

  /** What the kernel calls; each throws a StrategyError where the strategy's answer is none. */
  choices(surroundings: ChoiceSurroundings): Choices {
    const { strategy } = this;
    if (strategy.kind === 'routing') {
      const route = this.routing(strategy, surroundings);
      return { ...NO_CHOICES, chooseHolder: route };
    }
    return { ...NO_CHOICES, chooseUnchoked: this.choking(strategy, surroundings) };
  }

  private routing(
    strategy: RoutingStrategy,
    { memory, kernel, zones }: ChoiceSurroundings,
  ): Choices['chooseHolder'] {
    return (self, segment, table, count, stream) => {
      const words = new Int32Array(memory.buffer, table >>> 0, count * CANDIDATE_WORDS);
      const candidates: RoutingCandidate[] = [];
      for (let at = 0; at < words.length; at += CANDIDATE_WORDS) {
        candidates.push(candidateAt(words, at, zones));
      }
      const random = (): number => kernel().draw(stream);
      const chosen = this.ask(self, segment, () =>
        strategy.choose(candidates, { self, segment, random }),
      );
      for (let at = 0; at < words.length; at += CANDIDATE_WORDS) {
        if (words[at] === chosen) return chosen;
      }
      throw this.wrongRank(self, segment, chosen, ranksOf(words, CANDIDATE_WORDS, 0));
    };
  }

  private choking(
    strategy: ChokingStrategy,
    { memory, kernel, zones, slots = 0 }: ChoiceSurroundings,
  ): Choices['chooseUnchoked'] {
    return (self, isSeed, isRound, round, table, count, stream) => {
      const words = new Int32Array(memory.buffer, table >>> 0, count * NEIGHBOUR_WORDS);
      const neighbours = Array.from({ length: count }, (_, index) =>
        neighbourAt(words, index * NEIGHBOUR_WORDS, zones),
      );
      const random = (): number => kernel().draw(stream);
      const flags = { isSeed: isSeed !== 0, isRound: isRound !== 0 };
      const answer = this.ask(self, round, () =>
        strategy.choose(neighbours, { self, slots, ...flags, round, random }),
      );
      const { unchoke, optimistic } = this.unchokedOf(answer, self, round);
      for (const rank of unchoke) this.mark(words, rank, UNCHOKE, self, round);
      if (optimistic === undefined) return;
      if (!unchoke.includes(optimistic)) {
        const rest = `expected one of [${unchoke.join(', ')}], found ${show(optimistic)}`;
        const did = 'returned an optimistic rank that it does not unchoke';
        throw choiceError(this.plan, self, round, did, rest);
      }
      this.mark(words, optimistic, UNCHOKE_OPTIMISTIC, self, round);
    };
  }

  /** Has the strategy choose, and blames it for what it throws. */
  private ask<Answer>(rank: number, what: number, choose: () => Answer): Answer {
    this.log.begin(rank, what);
    try {
      return choose();
    } catch (error) {
      const line = lineIn(error, this.plan.url);
      const place = line === undefined ? '' : ` (line ${line})`;
      throw choiceError(this.plan, rank, what, 'threw', `${firstLine(error)}${place}`);
    } finally {
      this.log.end();
    }
  }

  private unchokedOf(answer: readonly number[] | Unchoked, rank: number, round: number): Unchoked {
    if (Array.isArray(answer)) return { unchoke: answer as readonly number[] };
    const isObject = typeof answer === 'object' && (answer as unknown) !== null;
    if (isObject && 'unchoke' in answer && Array.isArray(answer.unchoke)) return answer;
    const rest = `expected ranks, or { unchoke, optimistic? }, found ${show(answer)}`;
    throw choiceError(this.plan, rank, round, 'returned no list', rest);
  }

  private mark(words: Int32Array, rank: number, choice: number, self: number, round: number): void {
    for (let at = 0; at < words.length; at += NEIGHBOUR_WORDS) {
      if (words[at + 1] !== rank) continue;
      words[at + CHOICE] = choice;
      return;
    }
    throw this.wrongRank(self, round, rank, ranksOf(words, NEIGHBOUR_WORDS, 1));
  }

  private wrongRank(rank: number, what: number, found: unknown, offered: readonly number[]): Error {
    const listed = offered.slice(0, MOST_LISTED).join(', ');
    const more = offered.length > MOST_LISTED ? `, ... (${offered.length})` : '';
    const rest = `expected one of ${listed}${more}, found ${show(found)}`;
    return choiceError(this.plan, rank, what, 'returned a rank that was not offered', rest);
  }
}

/** One literal for each shape: these are built for every choice. */
function candidateAt(
  words: Int32Array,
  at: number,
  zones: Int32Array | undefined,
): RoutingCandidate {
  const rank = words[at];
  const load = words[at + 1];
  const waiting = words[at + 2];
  return zones === undefined ? { rank, load, waiting } : { rank, load, waiting, zone: zones[rank] };
}

function neighbourAt(
  words: Int32Array,
  at: number,
  zones: Int32Array | undefined,
): ChokingNeighbour {
  const rank = words[at + 1];
  const flags = words[at + 2];
  const rounds = (count: number): number => (count < 0 ? Infinity : count);
  return {
    rank,
    isInterested: (flags & 1) !== 0,
    isInteresting: (flags & 2) !== 0,
    isUnchoked: (flags & 4) !== 0,
    chokesUs: (flags & 8) !== 0,
    isOptimistic: (flags & 16) !== 0,
    received: words[at + 3],
    receivedBefore: words[at + 4],
    sent: words[at + 5],
    sentBefore: words[at + 6],
    receivedInAll: words[at + 7],
    sentInAll: words[at + 8],
    roundsSinceOptimistic: rounds(words[at + 9]),
    roundsSinceUnchoked: rounds(words[at + 10]),
    held: words[at + 11],
    zone: zones?.[rank] ?? 0,
  };
}

function ranksOf(words: Int32Array, rowWords: number, column: number): number[] {
  return Array.from(
    { length: words.length / rowWords },
    (_, row) => words[row * rowWords + column],
  );
}

/** What a strategy returned, on one line. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (typeof value === 'object' && value !== null) {
    return value instanceof Promise ? 'a promise' : 'an object';
  }
  return typeof value === 'function' ? 'a function' : String(value);
}
