/** `bt-shm list`: the strategies and pickers there are. */
import type { Paint } from '../report/paint.js';
import { PICKERS } from '../roles/pickers.js';
import { STRATEGIES } from '../roles/strategies.js';
import { DEFAULTS } from '../swarm/config.js';

interface Rule {
  readonly name: string;
  readonly summary: string;
  readonly default: boolean;
}

function describe(
  rules: readonly { readonly name: string; readonly summary: string }[],
  byDefault: string,
): Rule[] {
  return rules.map(({ name, summary }) => ({
    name,
    // The mark is set here: which rule is the default is for the configuration to say.
    summary: summary.replace(/ \(default\)$/, ''),
    default: name === byDefault,
  }));
}

const LIST = {
  strategies: describe(STRATEGIES, DEFAULTS.strategy),
  pickers: describe(PICKERS, DEFAULTS.picker),
};

/** @returns strategies and pickers, one line each, with a line feed after the last */
export function listText(paint: Paint): string {
  const width = Math.max(...[...LIST.strategies, ...LIST.pickers].map(({ name }) => name.length));
  const section = (title: string, rules: readonly Rule[]): string => {
    const lines = rules.map((rule) => {
      const mark = rule.default ? ' (default)' : '';
      return `  ${paint('accent', rule.name.padEnd(width))}  ${rule.summary}${mark}`;
    });
    return [paint('strong', title), ...lines, ''].join('\n');
  };
  return [
    section('Strategies (--strategy): which holder is asked', LIST.strategies),
    section('Pickers (--picker): which segment is asked for', LIST.pickers),
  ].join('\n');
}

/** @returns the same as one JSON object, with a line feed */
export function listJson(): string {
  return `${JSON.stringify(LIST)}\n`;
}
