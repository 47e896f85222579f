/** Thresholds that a comparison must keep, for continuous integration. */
import { UsageError } from '../../errors.js';
import { METRICS } from './metrics.js';
import type { ComparedPoint, PairTest, Summary } from './types.js';
import { describeRatio, formatValue } from './verdict.js';

/**
 * A condition that is a failure where it holds:
 *
 *     NAME[/NAME].METRIC[.low|.high] OPERATOR NUMBER
 *
 * `a/b.lastCompletion > 1.05` looks at the paired ratio of a to b, `a.lastCompletion > 90` at the
 * mean of a; `.low` and `.high` at the ends of its 95 % interval in place of the estimate.
 * OPERATOR is one of `>`, `>=`, `<`, `<=`.
 */
export interface Gate {
  readonly text: string;
  readonly of: string;
  /** Absent where the condition is on one contender alone. */
  readonly to?: string;
  readonly metric: string;
  readonly part: 'estimate' | 'low' | 'high';
  readonly operator: '>' | '>=' | '<' | '<=';
  readonly threshold: number;
}

/** A condition and what was found. */
export interface GateResult {
  readonly text: string;
  /** Whether the condition holds at some point, or there is nothing to tell it by. */
  readonly failed: boolean;
  /** What was found at each point of the sweep; `null`: no figures. */
  readonly found: readonly (number | null)[];
  /** The numbers in words, for the first point at which it failed, otherwise the first of all. */
  readonly numbers: string;
}

/** The metric is what stands behind the last point, were it not for a part: names have points. */
const FIGURE = /^(.+)\.((?!low$|high$)[A-Za-z0-9]+)(?:\.(low|high))?$/;

const GRAMMAR = 'NAME[/NAME].METRIC[.low|.high] > NUMBER (or >=, <, <=)';

/**
 * Reads a condition.
 *
 * @param text - as in {@link Gate}
 * @param contenders - the names there are
 * @throws UsageError - naming what is wrong, and for an unknown name the known ones
 */
export function parseGate(text: string, contenders: readonly string[]): Gate {
  const match = /^\s*(.+?)\s*(>=|<=|>|<)\s*(\S+)\s*$/.exec(text);
  const [, figure = '', operator, number] = match ?? [];
  const [, subject, metric, part] = FIGURE.exec(figure) ?? [];
  const threshold = Number(number);
  if (subject === undefined || !Number.isFinite(threshold)) {
    throw new UsageError(`--fail-if: expected ${GRAMMAR}, found "${text}"`);
  }
  if (!METRICS.some(({ key }) => key === metric)) {
    const known = METRICS.map(({ key }) => key).join(', ');
    throw new UsageError(`--fail-if "${text}": expected a metric (${known}), found ${metric}`);
  }
  return {
    text: text.trim(),
    ...subjectOf(text, subject, contenders),
    metric,
    part: (part as 'low' | 'high' | undefined) ?? 'estimate',
    operator: operator as Gate['operator'],
    threshold,
  };
}

/** A name may hold a slash itself: it is the known names that decide. */
function subjectOf(
  text: string,
  subject: string,
  contenders: readonly string[],
): Pick<Gate, 'of' | 'to'> {
  if (contenders.includes(subject)) return { of: subject };
  const slashes = Array.from(subject.matchAll(/\//g), ({ index }) => index);
  for (const at of slashes) {
    const [of, to] = [subject.slice(0, at), subject.slice(at + 1)];
    if (contenders.includes(of) && contenders.includes(to) && of !== to) return { of, to };
  }
  const unknown = subject.split('/').filter((name) => !contenders.includes(name));
  const found = slashes.length === 1 && unknown.length > 0 ? unknown.join(' and ') : subject;
  throw new UsageError(
    `--fail-if "${text}": expected names among ${contenders.join(', ')}, found ${found}`,
  );
}

/** @returns what each condition found; one that can't be told is taken for a failure */
export function checkGates(gates: readonly Gate[], points: readonly ComparedPoint[]): GateResult[] {
  return gates.map((gate) => {
    const figures = points.map((point) => figureAt(gate, point));
    const found = figures.map((figure) => figure?.[gate.part] ?? null);
    const failures = found.map((value) => value === null || holds(gate, value));
    const shown = Math.max(0, failures.indexOf(true));
    return {
      text: gate.text,
      failed: failures.includes(true),
      found,
      numbers: describeFigure(gate, figures[shown]),
    };
  });
}

interface Figure {
  readonly estimate: number;
  readonly low?: number;
  readonly high?: number;
}

function figureAt({ of, to, metric }: Gate, point: ComparedPoint): Figure | undefined {
  if (to === undefined) {
    const summary: Summary | undefined = point.contenders.find(({ name }) => name === of)?.metrics[
      metric
    ];
    return summary === undefined ? undefined : { estimate: summary.mean, ...summary.interval };
  }
  const isAt = (a: string, b: string): PairTest | undefined =>
    point.pairs.find((pair) => pair.of === a && pair.to === b)?.metrics[metric];
  const ratio = isAt(of, to)?.ratio;
  if (ratio !== undefined) return ratio;
  const inverse = isAt(to, of)?.ratio;
  if (inverse === undefined) return undefined;
  return { estimate: 1 / inverse.estimate, low: 1 / inverse.high, high: 1 / inverse.low };
}

function holds({ operator, threshold }: Gate, value: number): boolean {
  switch (operator) {
    case '>':
      return value > threshold;
    case '>=':
      return value >= threshold;
    case '<':
      return value < threshold;
    case '<=':
      return value <= threshold;
  }
}

function describeFigure({ to }: Gate, figure: Figure | undefined): string {
  if (figure === undefined) return 'no figures';
  const { estimate, low, high } = figure;
  if (low === undefined || high === undefined) return formatValue(estimate);
  if (to !== undefined) return describeRatio({ estimate, low, high });
  return `${formatValue(estimate)} (${formatValue(low)} to ${formatValue(high)})`;
}
