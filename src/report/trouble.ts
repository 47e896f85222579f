/** What went wrong in a run: who died, what is missing, who waits for what. */
import { isVirtual } from '../swarm/config.js';
import type { FaultResult, RankResult, RunResult } from '../swarm/result.js';
import { escapeControls, formatDuration, formatRanges, formatRanks, plural } from './format.js';
import type { Row } from './rows.js';

/** Missing lists shown; each may be long, and there may be one a client. */
const MISSING_LISTS = 4;

/** Ranges shown of one missing list. */
const MISSING_RANGES = 6;

/** Ranges of ranks shown as those that are waited for. */
const WAITED_FOR_RANGES = 8;

/** @returns a block of lines; empty for a run in which nothing went wrong */
export function describeTrouble(result: RunResult): Row[] {
  return [
    ...faultRows(result),
    ...deathRows(result),
    ...missingRows(result),
    ...silenceRows(result),
    ...waitRows(result),
    ...fillRows(result),
  ];
}

/** Puts the label on the first row only. */
function labelled(label: string, texts: readonly string[]): Row[] {
  return texts.map((text, index) => ({ label: index === 0 ? label : '', text }));
}

/** Members under the first text that they share, in the order of first appearance. */
function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** What was injected on purpose, and what it cost. */
function faultRows({ faults = [] }: RunResult): Row[] {
  return labelled('Injected', faults.map(describeFault));
}

function describeFault(fault: FaultResult): string {
  const { segmentsRefused, avoidedBy, requestsReissued, segmentsLacked, heldUpMs } = fault;
  const atMs = msOf(fault);
  if (atMs === undefined) return `${fault.fault}: never came due`;
  const costs = [`${fault.fault} after ${formatDuration(atMs)}`];
  if (segmentsRefused !== undefined) costs.push(`${plural(segmentsRefused, 'segment')} refused`);
  if (avoidedBy !== undefined) costs.push(`avoided by ${plural(avoidedBy, 'client')}`);
  if (requestsReissued !== undefined)
    costs.push(`${plural(requestsReissued, 'request')} made anew`);
  if (segmentsLacked !== undefined) costs.push(`${plural(segmentsLacked, 'segment')} short`);
  if (heldUpMs !== undefined) costs.push(`held up ${formatDuration(heldUpMs)}`);
  return costs.join(', ');
}

/** An instant of either clock, in ms. */
function msOf(event: { readonly atMs?: number; readonly atSeconds?: number }): number | undefined {
  return event.atSeconds === undefined ? event.atMs : event.atSeconds * 1000;
}

/** In real time ranks die with their thread, in virtual time each by itself. */
function deathRows({ ranks, config }: RunResult): Row[] {
  const dead = ranks.flatMap(({ rank, thread, died }) =>
    died === undefined ? [] : [{ rank, thread, died }],
  );
  const placeOf = ({ thread, rank }: Pick<RankResult, 'thread' | 'rank'>): string =>
    String(isVirtual(config) ? rank : thread);
  const texts = [...groupBy(dead, placeOf)].map(([thread, group]) => {
    const who = group.map(({ rank }) => rank);
    const [{ died }] = group;
    const notes = group.length === 1 ? [] : [`all of thread ${thread}`];
    if (who.includes(0)) notes.push(who.length === 1 ? 'the tracker' : 'with the tracker');
    const place = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
    return `${formatRanks(who)}${place} after ${formatDuration(msOf(died) ?? 0)}: ${escapeControls(died.reason)}`;
  });
  return labelled('Died', texts);
}

function missingRows({ missing }: RunResult): Row[] {
  const lists = [
    ...groupBy(missing, ({ file, ranges }) => JSON.stringify([file, ranges])).values(),
  ].map((group) => {
    const [{ file, ranges, count }] = group;
    const who = formatRanks(
      group.map(({ rank }) => rank),
      MISSING_RANGES,
    );
    if (count === 0) return `${file}, wanted by ${who}: nobody owns it`;
    return `${file}, ${who}: ${plural(count, 'segment')}: ${formatRanges(ranges, MISSING_RANGES)}`;
  });
  const hidden = lists.length - MISSING_LISTS;
  const texts = lists.slice(0, MISSING_LISTS);
  if (hidden > 0) texts.push(`and ${plural(hidden, 'list')} more (--json has all)`);
  return labelled('Missing', texts);
}

function silenceRows({ silentThreads, ranks }: RunResult): Row[] {
  const texts = silentThreads.map((thread) => {
    const hosted = ranks.filter((rank) => rank.thread === thread).map(({ rank }) => rank);
    return `thread ${thread}, which hosts ${formatRanks(hosted)}, did not answer`;
  });
  return labelled('Silent', texts);
}

/** Ranks that wait for the same thing share a line; only where waiting is what went wrong. */
function waitRows({ waits, outcome }: RunResult): Row[] {
  if (outcome !== 'stalled') return [];
  const groups = groupBy(waits, ({ waitsFor, tag, from }) => JSON.stringify([waitsFor, tag, from]));
  const texts = [...groups.values()].map((group) => {
    const [{ waitsFor, tag, from }] = group;
    const who = formatRanks(group.map(({ rank }) => rank));
    const source = from.length === 0 ? 'nobody' : formatRanks(from, WAITED_FOR_RANGES);
    return `${who} for ${waitsFor} (${tag}) from ${source}`;
  });
  return labelled('Waiting', texts);
}

function fillRows({ fills, outcome }: RunResult): Row[] {
  if (outcome !== 'stalled') return [];
  const texts = [...fills]
    .sort((a, b) => a.thread - b.thread)
    .map(({ thread, byTag }) => {
      const channels = Object.entries(byTag).map(([tag, fill]) => `${tag} ${fill}`);
      return `thread ${thread}: ${channels.join(', ')}`;
    });
  return labelled('Channels', texts);
}
