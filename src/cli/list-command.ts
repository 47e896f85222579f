/** `bt-shm list`: the strategies, pickers and behaviours there are. */
import type { Paint } from '../report/paint.js';
import { BEHAVIOURS, CHOKERS, SEED_CHOKERS } from '../roles/chokers.js';
import { PICKERS } from '../roles/pickers.js';
import { STRATEGIES } from '../roles/strategies.js';
import { DEFAULTS } from '../swarm/config.js';
import { VIRTUAL_DEFAULTS } from '../swarm/virtual/options.js';

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
  chokers: describe(CHOKERS, CHOKERS[0].name),
  seedChokers: describe(SEED_CHOKERS, VIRTUAL_DEFAULTS.seedChoking),
  pickers: describe(PICKERS, DEFAULTS.picker),
  behaviours: describe(BEHAVIOURS, ''),
};

const TITLES: Readonly<Record<keyof typeof LIST, string>> = {
  strategies: 'Strategies (--strategy): which holder is asked',
  chokers: 'Strategies of --protocol bep3 (--strategy): whom to upload to',
  seedChokers: 'Seeds of --protocol bep3 (--seed-choking): whom to upload to',
  pickers: 'Pickers (--picker): which segment is asked for; with bep3 the default is rarest',
  behaviours: 'Behaviours of --protocol bep3 (--mix): besides every strategy above',
};

/** @returns all rules, one line each, with a line feed after the last */
export function listText(paint: Paint): string {
  const keys = Object.keys(LIST) as (keyof typeof LIST)[];
  const width = Math.max(...keys.flatMap((key) => LIST[key].map(({ name }) => name.length)));
  const section = (title: string, rules: readonly Rule[]): string => {
    const lines = rules.map((rule) => {
      const mark = rule.default ? ' (default)' : '';
      return `  ${paint('accent', rule.name.padEnd(width))}  ${rule.summary}${mark}`;
    });
    return [paint('strong', title), ...lines, ''].join('\n');
  };
  return keys.map((key) => section(TITLES[key], LIST[key])).join('\n');
}

/** @returns the same as one JSON object, with a line feed */
export function listJson(): string {
  return `${JSON.stringify(LIST)}\n`;
}
