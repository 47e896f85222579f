/** Sentences about a comparison that several outputs share. */
import { formatSignificant, plural } from '../format.js';
import type { Comparison, Sample } from './types.js';

/** @returns `3 strategies, 20 runs each with the same seeds (1 to 20), virtual time` */
export function describeScope({ contenders, points, seeds, config }: Comparison): string {
  const at = points.length === 1 ? '' : ` at ${points.length} points`;
  const which = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds.at(-1)}`;
  const clock = config.clock === undefined ? '' : `, ${config.clock} time`;
  const strategies = plural(contenders.length, 'strategy', 'strategies');
  return `${strategies}${at}, ${plural(seeds.length, 'run')} each (${which})${clock}`;
}

/** @returns what takes away from a comparison, one sentence each; empty for a whole one */
export function describeGaps({ samples, runsMissing }: Comparison): string[] {
  const gaps: string[] = [];
  if (runsMissing > 0) {
    const all = samples.length + runsMissing;
    gaps.push(`Not whole: ${samples.length} of ${plural(all, 'run')} have a result.`);
  }
  const incomplete = samples.filter(({ complete }) => !complete);
  if (incomplete.length > 0) {
    const named = incomplete.slice(0, 3).map(({ contender, seed, outcome }) => {
      return `${contender} with seed ${seed} (${outcome})`;
    });
    const more = incomplete.length - named.length;
    gaps.push(
      `${plural(incomplete.length, 'run')} did not deliver everything and stand in no figure: ` +
        `${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}.`,
    );
  }
  return gaps;
}

/** @returns the outcome of the first run that did not deliver everything */
export function worstOutcome({ samples }: Comparison): Sample['outcome'] | undefined {
  return samples.find(({ complete }) => !complete)?.outcome;
}

/** What an outlier is, and what becomes of it. */
export const OUTLIER_NOTE =
  'More than 1.5 interquartile ranges beyond the quartiles. They are part of all figures.';

/** @returns how pairs were tested, and what a difference is */
export function describeTests({ settings }: Comparison): string {
  const { confidence, noise, resamples, tests } = settings;
  return (
    `Ratios are geometric means over runs of the same seed, with ${confidence * 100} % intervals ` +
    `by ${resamples} bootstrap samples. p is that of Wilcoxon's signed-rank test, corrected by ` +
    `Holm over all ${tests} tests of this report. The effect is the rank-biserial correlation. ` +
    'A difference is shown where the interval leaves out 1, the corrected p is at most ' +
    `${formatSignificant(1 - confidence)} and the ratio differs from 1 by ${noise} or more.`
  );
}
